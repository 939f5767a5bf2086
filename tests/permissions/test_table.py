"""The table of who may use which address; an address that is not listed fails the suite."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Role
from evaluation.registry.models import CheckpointImport
from recruitment.models import Effort, MturkHit
from recruitment.services.anomalies import note_anomaly
from recruitment.services.embedding import entry_token, holder_of
from recruitment.services.provider_files import choose_columns, read_file
from tests.factories import make_campaign
from tests.listening.studies import make_bundle
from tests.permissions.cast import PEOPLE, Cast, client_of, make_cast
from tests.recruitment.results_files import make_csv_effort

ANYBODY = frozenset(PEOPLE)
CONTRIBUTOR = frozenset({"contributor"})
CONTRIBUTORS = frozenset({"contributor", "other contributor"})
LISTENER = frozenset({"listener"})
STAFF = frozenset({"reviewer", "researcher", "admin"})
REVIEWERS = frozenset({"reviewer", "admin"})
RESEARCHERS = frozenset({"researcher", "admin"})
ADMINS = frozenset({"admin"})


@dataclass(frozen=True)
class Row:
    """One address and method; `allowed` may use it, everybody else is sent to a door or sees a 404."""

    name: str
    allowed: frozenset[str]
    method: str = "get"
    arguments: Callable[["Cast"], list[Any]] = field(default=lambda cast: [])
    data: Callable[["Cast"], dict[str, Any]] = field(default=lambda cast: {})

    def doors(self, cast: Cast) -> list[str]:
        """Pages where one logs in or agrees to take part; the doors themselves are open."""
        slug = cast.campaign.slug
        doors = [reverse("login"), reverse("campaign", args=[slug]), reverse("begin", args=[slug])]
        doors.append(reverse("listen-begin", args=[cast.study.slug]))
        own = reverse(self.name, args=self.arguments(cast))
        return [] if own in doors else doors


def campaign(cast: Cast) -> list[Any]:
    return [cast.campaign.slug]


def own_recording(cast: Cast) -> list[Any]:
    """A recording of the contributor in the cast that is no public example."""
    return [cast.recording.public_id]


def own_stem(cast: Cast) -> list[Any]:
    return [cast.recording.public_id, 1]


def own_upload(cast: Cast) -> list[Any]:
    return [cast.upload.client_uuid]


def own_take(cast: Cast) -> dict[str, Any]:
    capture = {"frame_gaps": 0, "hidden_during_take": False}
    take = {"client_uuid": str(uuid.uuid4()), "sha256": "1" * 64, "byte_length": 9000, "capture": capture}
    return take | {"assignment": str(cast.upload.assignment.public_id)}


def study(cast: Cast) -> list[Any]:
    return [cast.study.slug]


def trial(cast: Cast) -> list[Any]:
    return [cast.study.slug, cast.trial.public_id]


def signal(cast: Cast) -> list[Any]:
    return [cast.study.slug, cast.trial.public_id, 0]


def vote(cast: Cast) -> dict[str, Any]:
    return {"trial": str(cast.trial.public_id), "score": 4, "played": [0, 1, 2]}


def release(cast: Cast) -> list[Any]:
    return [cast.release.campaign.slug, cast.release.version]


def effort(cast: Cast) -> list[Any]:
    return [cast.campaign.effort_id]


def anomaly(cast: Cast) -> list[Any]:
    noticed = note_anomaly(effort=cast.campaign.effort, kind="stamp_late", subject="recording:1")
    return [cast.campaign.effort_id, noticed.pk]


def submission(cast: Cast) -> list[Any]:
    return [cast.campaign.effort_id, cast.payment.submission.public_id]


def payment(cast: Cast) -> list[Any]:
    return [cast.campaign.effort_id, cast.payment.pk]


def decision(cast: Cast) -> list[Any]:
    return [cast.campaign.effort_id, cast.payment.submission.decisions.get().pk]


def next_version(cast: Cast) -> dict[str, Any]:
    return {"campaign": cast.campaign.slug, "version": "0.2.0"}


def prolific_effort(cast: Cast) -> list[Any]:
    effort = make_campaign().effort
    Effort.objects.filter(pk=effort.pk).update(channel="prolific")
    return [effort.pk]


def turk_effort(cast: Cast) -> list[Any]:
    effort = make_campaign().effort
    Effort.objects.filter(pk=effort.pk).update(channel="mturk")
    return [effort.pk]


def turk_hit(cast: Cast) -> list[Any]:
    (effort_id,) = turk_effort(cast)
    hit = MturkHit.objects.create(effort_id=effort_id, endpoint="https://elsewhere.example")
    return [effort_id, hit.public_id]


def preview(cast: Cast) -> dict[str, Any]:
    return {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}


def turk_ticket(cast: Cast) -> list[Any]:
    address = reverse("embedded", args=turk_effort(cast))
    sent_by = {"assignmentId": "3ASSIGNMENT", "workerId": "A1WORKER", "turkSubmitTo": "https://www.mturk.com"}
    return [Client().get(address, sent_by)["Location"].rpartition("/")[2]]


def turk_entry(cast: Cast) -> list[Any]:
    submission, _ = holder_of(turk_ticket(cast)[0])
    return [entry_token(submission=submission)]


def results_file(cast: Cast) -> list[Any]:
    effort = make_csv_effort()
    data = b"person,submission,code\nW1,A1,none\n"
    names = {"person": "person", "submission": "submission", "code": "code"}
    admin = cast.staff[Role.ADMIN]
    kept, _ = read_file(effort=effort, file_name="results.csv", data=data, actor=admin)
    choose_columns(provider_file=kept, names=names, actor=admin)
    return [effort.pk, kept.public_id]


def idle_bundle(cast: Cast) -> list[Any]:
    return [make_bundle(is_default=False).digest]


def checkpoint_import(cast: Cast) -> list[Any]:
    asked_by = cast.staff[Role.RESEARCHER]
    row = CheckpointImport.objects.create(toolkit="asteroid", name="theirs", asked_by=asked_by)
    return [row.public_id]


def mistyped_row(cast: Cast) -> dict[str, Any]:
    return {"line": "2", "confirmed": "0"}


TABLE = [
    Row("home", ANYBODY),
    Row("healthz", ANYBODY),
    Row("login", ANYBODY),
    Row("logout", ANYBODY, "post"),
    Row("api-schema", ANYBODY),
    Row("withdraw", ANYBODY),
    Row("own-stamps", ANYBODY),
    Row("stamps-return", ANYBODY, "post"),
    Row("withdrawals", ANYBODY),
    Row("workbench", STAFF),
    Row("status", STAFF),
    # contributors: no account, only what their own browser session began
    Row("campaign", ANYBODY, arguments=campaign),
    Row("begin", ANYBODY, arguments=campaign),
    Row("record", CONTRIBUTORS, arguments=campaign),
    Row("receipt", CONTRIBUTORS, arguments=campaign),
    Row("finished", ANYBODY, arguments=campaign),
    Row("recording-audio", CONTRIBUTOR | STAFF, arguments=own_recording),
    Row("recording-peaks", CONTRIBUTOR | STAFF, arguments=own_recording),
    Row("recording-spectrogram", CONTRIBUTOR | STAFF, arguments=own_recording),
    Row("recording-results", CONTRIBUTOR | STAFF, arguments=own_recording),
    Row("stem-audio", CONTRIBUTOR | STAFF, arguments=own_stem),
    Row("stem-spectrogram", CONTRIBUTOR | STAFF, arguments=own_stem),
    Row("api-uploads", CONTRIBUTOR, "post", data=own_take),
    Row("api-upload", CONTRIBUTOR, arguments=own_upload),
    Row("api-upload-bytes", CONTRIBUTOR, "put", own_upload),
    Row("api-upload-complete", CONTRIBUTOR, "post", own_upload),
    # reviewers
    Row("review-queue", REVIEWERS),
    Row("review-recording", REVIEWERS, arguments=own_recording),
    Row("review-decide", REVIEWERS, "post", own_recording),
    Row("review-undo", REVIEWERS, "post", own_recording),
    # researchers, and listeners who followed a link
    Row("bundle-list", RESEARCHERS),
    Row("bundle-add", RESEARCHERS),
    Row("checkpoint-add", RESEARCHERS),
    Row("checkpoint", RESEARCHERS, arguments=checkpoint_import),
    Row("bundle", RESEARCHERS, arguments=idle_bundle),
    Row("bundle-change", RESEARCHERS, "post", idle_bundle, lambda cast: {"change": "retire"}),
    Row("study-list", RESEARCHERS),
    Row("study-new", RESEARCHERS),
    Row("study-results", RESEARCHERS, arguments=study),
    Row("study-open", RESEARCHERS, "post", study),
    Row("study-ratings", RESEARCHERS, arguments=study),
    Row("study-trial", RESEARCHERS, arguments=trial),
    Row("study-signal", RESEARCHERS, arguments=signal),
    Row("listen-begin", ANYBODY, arguments=study),
    Row("listen-next", LISTENER, arguments=study),
    Row("listen-rate", LISTENER, "post", study, vote),
    Row("listen-signal", LISTENER, arguments=signal),
    Row("listen-finished", LISTENER, arguments=study),
    Row("study-close", RESEARCHERS, "post", study),
    # workers of Mechanical Turk: the ticket in the address or, for the state, in a header is what lets them in
    Row("embedded", ANYBODY, arguments=turk_effort, data=preview),
    Row("embedded-task", ANYBODY, arguments=turk_ticket),
    Row("embedded-state", frozenset(), "post"),
    Row("embedded-enter", ANYBODY, arguments=turk_entry),
    # admins
    Row("campaign-new", ADMINS),
    Row("campaign-admin", ADMINS, arguments=campaign),
    Row("campaign-state", ADMINS, "post", campaign, data=lambda cast: {"state": "closed"}),
    Row("effort-list", ADMINS),
    Row("effort-prolific", ADMINS, arguments=prolific_effort),
    Row("prolific-ask", ADMINS, "post", prolific_effort),
    Row("stamp-search", ADMINS),
    Row("effort-stamps", ADMINS, arguments=effort),
    Row("effort", ADMINS, arguments=effort),
    Row("effort-take-in", ADMINS, "post", effort),
    Row("effort-settings", ADMINS, arguments=effort),
    Row("effort-decisions", ADMINS, arguments=effort),
    Row("effort-decide-clear", ADMINS, arguments=effort),
    Row("decisions-send", ADMINS, "post", effort),
    Row("decisions-progress", ADMINS, arguments=effort),
    Row("decision-undo", ADMINS, "post", decision),
    Row("effort-submission", ADMINS, arguments=submission),
    Row("submission-decide", ADMINS, "post", submission, lambda cast: {"verdict": "approve"}),
    Row("effort-bonus", ADMINS, arguments=submission),
    Row("effort-ledger", ADMINS, arguments=effort),
    Row("ledger-file", ADMINS, arguments=effort),
    Row("paying-file", ADMINS, "post", effort),
    Row("payments-send", ADMINS, "post", effort),
    Row("payments-mark-all", ADMINS, arguments=effort),
    Row("payment-paid", ADMINS, "post", payment, lambda cast: {"note": "in cash"}),
    Row("payment-unpaid", ADMINS, "post", payment),
    Row("payment-cancel", ADMINS, "post", payment),
    Row("effort-mturk", ADMINS, arguments=turk_effort),
    Row("mturk-preview", ADMINS, arguments=turk_effort),
    Row("mturk-hit-new", ADMINS, "post", turk_effort),
    Row("mturk-hit-close", ADMINS, "post", turk_hit),
    Row("mturk-hit-follow", ADMINS, "post", turk_effort),
    Row("mturk-ask", ADMINS, "post", turk_effort),
    Row("effort-anomalies", ADMINS, arguments=effort),
    Row("effort-import", ADMINS, arguments=turk_effort),
    Row("import-file", ADMINS, arguments=results_file),
    Row("import-columns", ADMINS, arguments=results_file),
    Row("import-confirm", ADMINS, "post", results_file, mistyped_row),
    Row("import-apply", ADMINS, "post", results_file),
    Row("import-undo", ADMINS, "post", results_file),
    Row("import-discard", ADMINS, "post", results_file),
    Row("import-export", ADMINS, "post", results_file),
    Row("anomalies-look", ADMINS, "post", effort),
    Row("anomaly-settle", ADMINS, "post", anomaly),
    Row("anomaly-reopen", ADMINS, "post", anomaly),
    Row("release-list", ADMINS),
    Row("release-new", ADMINS, "post", data=next_version),
    Row("release-retry", ADMINS, "post", release),
    Row("release-download", ADMINS, arguments=release),
]


def may_use(row: Row, *, person: str, cast: Cast) -> bool:
    """False when the person is sent to a door, or sees a 401, 403 or 404."""
    address = reverse(row.name, args=row.arguments(cast))
    kind = (
        {"content_type": "application/json"} if address.startswith("/api/") and row.method == "post" else {}
    )
    response = getattr(client_of(cast, person), row.method)(address, row.data(cast), **kind)
    assert response.status_code < 500, f"{row.name} broke for {person}"
    location = response.headers.get("Location", "").split("?")[0]
    turned_away = response.status_code in (302, 303) and location in row.doors(cast)
    return not turned_away and response.status_code not in (401, 403, 404)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method}-{row.name}")
def test_only_those_in_the_table_may(row: Row, cast: Cast) -> None:
    allowed = {person for person in PEOPLE if may_use(row, person=person, cast=cast)}
    assert allowed == row.allowed


def every_url_name(patterns: list[Any]) -> set[str]:
    """Names of all addresses except the Django admin's, which has a test of its own."""
    names: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            names.add(pattern.name or f"unnamed {pattern.pattern}")
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            names |= every_url_name(pattern.url_patterns)
    return names


def test_every_address_has_a_row() -> None:
    assert every_url_name(get_resolver().url_patterns) == {row.name for row in TABLE}


def test_the_django_admin_is_for_admins(cast: Cast) -> None:
    answers = {person: client_of(cast, person).get(reverse("admin:index")) for person in PEOPLE}
    assert [person for person, answer in answers.items() if answer.status_code == 200] == ["admin"]
