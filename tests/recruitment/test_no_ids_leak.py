"""Planted worker ids are found in no table, log, session, page, export or release; after the purge not even sealed."""

from __future__ import annotations

import gzip
import json
import logging
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection.models import Campaign, Participation, Recording
from collection.services.reviews import accept
from core.runner import run_waiting
from recruitment.models import Participant, ProviderFile, ProviderIdentity, Submission
from recruitment.sealing import seal
from recruitment.services.decisions import decide, send_decisions
from recruitment.services.identities import identity_of, purge_identities
from recruitment.services.payments import owe_bonus, send_payments
from recruitment.services.reconciling import reconcile_effort
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from releases.services.builder import build_release
from tests.factories import make_recording, make_user
from tests.recruitment.leaks import all_files, encodings_of, hits, whole_database
from tests.recruitment.prolific_people import (
    COMPLETED,
    agree,
    make_prolific_campaign,
    parameters,
    reference,
    worker_id,
)
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = (1, 2, 3)
PLANTED = [plant(number) for number in PEOPLE for plant in (worker_id, reference)]
ADMIN_PAGES = (
    "effort",
    "effort-prolific",
    "effort-decisions",
    "effort-ledger",
    "effort-stamps",
    "effort-anomalies",
)
EXPORTS = ("ledger-file",)  # not the file to pay by, which names people because an admin asks for it


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that anybody logs, however quiet they are set otherwise, SQL included."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def record_and_finish(campaign: Campaign, number: int, prolific: FakeProlific) -> None:
    """One person all the way: arrives, agrees, records, sees the way back, and submits at Prolific."""
    client = Client()
    client.get(f"/c/{campaign.slug}/", parameters(number))
    agree(client, campaign)
    participant = Participant.objects.latest("pk")
    recording = make_recording(participation=Participation.objects.get(participant=participant))
    unit = record_finished_work(participant=participant, subject=recording.work_subject, evidence={})
    mint_stamp(work_unit=unit)
    assert COMPLETED in client.get(f"/c/{campaign.slug}/finished").content.decode()
    client.get(
        f"/c/{campaign.slug}/", parameters(number, 99)
    )  # a refused second turn is not written down either
    prolific.add(reference=reference(number), worker=worker_id(number))
    prolific.finish(reference(number), code=COMPLETED if number != 2 else worker_id(number))


@pytest.fixture
def campaign(prolific: FakeProlific, log: Any) -> Campaign:
    """Three people, two approved and given a bonus, one rejected; everything was sent and confirmed."""
    campaign = make_prolific_campaign(reward_minor=300, currency="GBP")
    admin, effort = make_user(role="admin"), campaign.effort
    for number in PEOPLE:
        record_and_finish(campaign, number, prolific)
    for recording in Recording.objects.all():
        accept(recording=recording, reviewer=admin)
    reconcile_effort(effort=effort)
    for index, submission in enumerate(effort.submissions.order_by("pk")):
        verdict, reason = ("reject", "no_work") if index == 2 else ("approve", "")
        decide(submission=submission, verdict=verdict, reason_code=reason, actor=admin)
        if verdict == "approve":
            key = str(submission.public_id)
            owe_bonus(
                submission=submission, amount_minor=50, reason="Clear.", idempotency_key=key, actor=admin
            )
    send_decisions(effort=effort, actor=admin)
    send_payments(effort=effort, actor=admin)
    run_waiting(worker="test")
    reconcile_effort(effort=effort)
    return campaign


def every_page(campaign: Campaign) -> bytes:
    client = Client()
    client.force_login(make_user(role="admin"))
    names = (*ADMIN_PAGES, "effort-settings", *EXPORTS)
    answers = [client.get(reverse(name, args=[campaign.effort_id])) for name in names]
    assert [answer.status_code for answer in answers] == [200] * len(names)
    return b"\n".join(b"".join(answer) for answer in answers)


def every_session() -> bytes:
    """Unpacked: in the table they are compressed, where no search would find anything."""
    return json.dumps([row.get_decoded() for row in Session.objects.all()]).encode()


def test_the_search_itself_finds_a_planted_id_in_every_encoding() -> None:
    for code in encodings_of(PLANTED[0]):
        assert hits(PLANTED[:1], where=b"some " + code + b" text")


def test_no_id_is_found_in_the_database_the_logs_or_the_pages(campaign: Campaign, log: Any) -> None:
    assert Submission.objects.filter(state="approved").count() == 2
    assert ProviderIdentity.objects.count() == len(PEOPLE)
    assert hits(PLANTED, where=whole_database()) == []
    assert hits(PLANTED, where=log.text.encode()) == []
    assert hits(PLANTED, where=every_session()) == []
    assert hits(PLANTED, where=every_page(campaign)) == []


def test_no_id_is_found_in_a_release(campaign: Campaign, tmp_path: Path) -> None:
    built = build_release(campaign=campaign, version="0.1.0", out_dir=tmp_path)
    assert hits(PLANTED, where=all_files(built.folder)) == []
    with tarfile.open(built.archive) as archive:
        names = "\n".join(archive.getnames()).encode()
    assert hits(PLANTED, where=names + gzip.decompress(built.archive.read_bytes())) == []


def test_after_the_purge_the_sealed_ids_are_gone_as_well(campaign: Campaign, log: Any) -> None:
    assert identity_of(campaign.effort.submissions.earliest("pk")).worker_id == worker_id(1)
    kept_file = ProviderFile.objects.create(
        effort=campaign.effort,
        file_name="results.csv",
        sha256_digest="0" * 64,
        content_sealed=seal(worker_id(1)),
        uploaded_by=make_user(role="admin"),
        applied_at=timezone.now(),
    )
    sealed = [*ProviderIdentity.objects.values_list("worker_id_sealed", flat=True), kept_file.content_sealed]
    sealed += ProviderIdentity.objects.values_list("reference_sealed", flat=True)
    assert all(text.encode() in whole_database() for text in sealed)
    campaign.effort.identities_kept_days = 0
    campaign.effort.save()
    [purge] = purge_identities()
    assert (purge.identities, purge.files) == (len(PEOPLE), 1)
    left = whole_database()
    assert [text for text in sealed if text.encode() in left] == []
    assert hits(PLANTED, where=left + log.text.encode()) == []
