"""Whatever happens in whatever order, receipts, rows and objects of takes agree."""

import hashlib
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from collection.models import Participation, Recording, Upload
from collection.services import uploads
from collection.services.upload_sweep import sweep_takes, sweep_uploads
from core.storage import object_store
from core.storage.config import ObjectStoreConfig
from recruitment.models import WorkStamp
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from tests.collection.recorder import Recorder
from tests.factories import make_campaign, make_participation, make_wav

TAKES = [make_wav(seed=seed, sample_rate_hz=8_000) for seed in range(4)]
CRASH_POINTS = ("store_or_refuse", "earn_stamp", "clear_away")


class ServerDied(Exception):  # noqa: N818 - not an error of ours
    """Stands for a SIGKILL between two steps."""


class UploadLedger(RuleBasedStateMachine):
    """One session sends a few takes, repeats itself, meets crashes and may withdraw."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        folder = self.undo.enter_context(TemporaryDirectory())
        self.undo.enter_context(override_settings(OBJECT_STORE=ObjectStoreConfig(folder=Path(folder))))
        self.undo.enter_context(transaction.atomic())
        participation: Participation = make_participation(campaign=make_campaign(prompts=8))
        self.recorder = Recorder(participation=participation)
        self.announcements: dict[int, dict[str, object]] = {}
        self.receipts: dict[str, str] = {}
        self.has_withdrawn = False

    takes = st.integers(min_value=0, max_value=len(TAKES) - 1)

    @precondition(lambda self: not self.has_withdrawn)
    @rule(take=takes)
    def begin(self, take: int) -> None:
        if take not in self.announcements:
            self.announcements[take] = (
                self.recorder.announcement(TAKES[take]) | self.recorder.read_sentences()
            )
        self.recorder.begin(self.announcements[take])

    @rule(take=takes)
    def put(self, take: int) -> None:
        if take in self.announcements:
            self.recorder.put(str(self.announcements[take]["client_uuid"]), TAKES[take])

    @rule(take=takes)
    def complete(self, take: int) -> None:
        if take in self.announcements:
            answer = self.recorder.complete(str(self.announcements[take]["client_uuid"]))
            if answer.status_code == 200:
                self.keep_receipt(answer.json())

    @rule(take=takes, point=st.sampled_from(CRASH_POINTS))
    def die_while_completing(self, take: int, point: str) -> None:
        if take in self.announcements:
            with patch.object(uploads, point, side_effect=ServerDied), pytest.raises(ServerDied):
                self.recorder.complete(str(self.announcements[take]["client_uuid"]))
                raise ServerDied  # the step was never reached: nothing to complete

    @rule()
    def sweep(self) -> None:
        sweep_uploads()
        sweep_takes()

    @rule()
    def withdraw(self) -> None:
        withdraw(code=show_withdrawal_code(participant=self.recorder.participation.participant))
        self.has_withdrawn = True

    def keep_receipt(self, answer: dict[str, str]) -> None:
        earlier = self.receipts.setdefault(answer["sha256"], answer["stamp"])
        assert earlier == answer["stamp"]

    @invariant()
    def every_receipt_has_its_row_object_and_stamp(self) -> None:
        digests = list(Recording.objects.values_list("sha256", flat=True))
        assert len(digests) == len(set(digests)) == WorkStamp.objects.count()
        assert set(self.receipts) <= set(digests)
        for digest, key in Recording.objects.values_list("sha256", "object_key"):
            assert hashlib.sha256(object_store().open(key).read()).hexdigest() == digest

    @invariant()
    def no_row_is_stored_without_a_recording(self) -> None:
        assert Upload.objects.filter(state="stored").count() == Recording.objects.count()

    def teardown(self) -> None:
        """After the last sweep only takes are left in the store."""
        for upload in Upload.objects.filter(state="pending"):
            upload.begun_at = upload.begun_at.replace(year=2020)
            upload.save()
        self.sweep()
        kept = {found.key for found in object_store().list("")}
        recorded = set(Recording.objects.values_list("object_key", flat=True))
        transaction.set_rollback(True)
        self.undo.close()
        assert kept == recorded


@pytest.mark.django_db
def test_receipts_rows_and_objects_agree_after_any_history() -> None:
    run_state_machine_as_test(
        UploadLedger,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
