"""After a withdrawal nothing of a voice is left, wherever a crash struck, and everybody may know what went."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from collection.models import Campaign, DerivedObject, QualityFlag, Recording, Review
from core.errors import Broken, RetryLater
from core.storage import ObjectStore, object_store
from evaluation.listening.models import Presentation, Rating, Study, Trial
from evaluation.runs.models import QualityEstimate, Separation, Stem
from recruitment.models import Participant
from recruitment.services.stamps import mint_stamp, show_stamp
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from recruitment.services.work_units import record_finished_work
from releases import withdrawal
from releases.models import Release, WithdrawnRecording
from releases.services.publishing import publish_release
from releases.withdrawal import erase_participant, erase_withdrawn, recheck_erased
from tests.factories import make_effort, make_participant, make_participation, make_user
from tests.releases.made import build, jsonl_rows, make_accepted

DOWNSTREAM = (Rating, Presentation, Trial, QualityEstimate, Stem, Separation)
OF_RECORDING = (DerivedObject, QualityFlag, Review)


def take_back(recording: Recording) -> Participant:
    return withdraw(code=show_withdrawal_code(participant=recording.participation.participant))


def make_everything(campaign: Campaign) -> Recording:
    """A recording with all that can be made from it: copies, flags, a review, stems, a study with a rating."""
    recording = make_accepted(
        campaign=campaign,
        participation=make_participation(campaign=campaign, other_native_languages="Farsi"),
        capture={"browser": "Chromium", "settings": {"sampleRate": 44100}},
    )
    put_derived(recording)
    QualityFlag.objects.create(recording=recording, code="quiet", severity="info", message="Quiet.")
    Review.objects.create(recording=recording, reviewer=make_user(), decision="accepted")
    study = Study.objects.create(slug="s", title="S", effort=make_effort(), created_by=make_user())
    trial = Trial.objects.create(study=study, separation=recording.separations.get())
    listener = make_participant(effort=study.effort, people_consenting=1)
    Presentation.objects.create(trial=trial, participant=listener, position=1)
    Rating.objects.create(trial=trial, participant=listener, score=4)
    return recording


def put_derived(recording: Recording) -> None:
    key = f"derived/{recording.public_id}/peaks"
    digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    object_store().put(key=key, data=b"foo", sha256=digest, content_type="application/json")
    DerivedObject.objects.create(
        recording=recording, kind="peaks", object_key=key, sha256=digest, byte_length=3
    )


def keys(store: ObjectStore) -> list[str]:
    return [item.key for item in store.list("")]


def test_withdrawn_recordings_are_hidden_at_once(campaign: Campaign, tmp_path: Path) -> None:
    kept, taken = make_accepted(campaign=campaign), make_accepted(campaign=campaign, public_example="good")
    take_back(taken)
    staff = make_user(role="admin")
    for seen in (
        Recording.objects.kept(),
        Recording.objects.visible_to(staff),
        Recording.objects.releasable(),
    ):
        assert list(seen) == [kept]
    assert not Recording.objects.public_examples().exists()
    rows = jsonl_rows(build(campaign=campaign, out_dir=tmp_path))
    assert [row["recording_id"] for row in rows] == [str(kept.public_id)]


def test_the_sweep_leaves_no_object_and_no_result(campaign: Campaign, store: ObjectStore) -> None:
    recording = make_everything(campaign)
    take_back(recording)
    assert erase_withdrawn() == 1
    assert keys(store) == []
    assert [model.__name__ for model in (*DOWNSTREAM, *OF_RECORDING) if model.objects.exists()] == []
    assert Participant.objects.get(participation__recordings=recording).erased_at is not None


def test_recordings_of_others_stay_whole(campaign: Campaign, store: ObjectStore) -> None:
    make_accepted(campaign=campaign)
    before = keys(store)
    take_back(make_accepted(campaign=campaign))
    erase_withdrawn()
    assert keys(store) == before
    assert Stem.objects.count() == 2


def test_what_people_said_about_themselves_goes_too(campaign: Campaign) -> None:
    recording = make_everything(campaign)
    take_back(recording)
    erase_withdrawn()
    recording = Recording.objects.get(pk=recording.pk)
    assert recording.capture == {}
    session = recording.participation
    answers = (session.speaker_genders, session.native_speakers, session.other_native_languages)
    assert answers == ("undisclosed", "", "")


def test_the_stamp_stays_valid_and_the_code_still_answers(campaign: Campaign) -> None:
    recording = make_accepted(campaign=campaign)
    participant = recording.participation.participant
    unit = record_finished_work(participant=participant, subject=recording.work_subject, evidence={})
    stamp = mint_stamp(work_unit=unit)
    take_back(recording)
    erase_withdrawn()
    assert show_stamp(stamp=unit.stamp) == stamp
    assert take_back(recording) == participant


def test_the_public_list_names_what_was_taken_back(campaign: Campaign, client: Client) -> None:
    recording = make_accepted(campaign=campaign)
    take_back(recording)
    erase_withdrawn()
    response = client.get("/withdrawals.jsonl")
    assert [json.loads(line) for line in response.content.decode().splitlines()] == [
        {
            "recording_id": str(recording.public_id),
            "mixture": recording.mixture_name,
            "original_sha256": recording.sha256,
            "withdrawn_on": timezone.now().date().isoformat(),
        }
    ]


def test_the_public_list_is_empty_but_there_before_anybody_withdraws(db: None, client: Client) -> None:
    response = client.get("/withdrawals.jsonl")
    assert (response.status_code, response.content) == (200, b"")


def test_a_release_that_holds_it_is_retracted_and_its_archive_deleted(
    campaign: Campaign, store: ObjectStore, client: Client
) -> None:
    recording = make_accepted(campaign=campaign)
    make_accepted(campaign=campaign)
    release = publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    take_back(recording)
    erase_withdrawn()
    assert Release.objects.get().state == "retracted"
    assert store.head(release.archive_key) is None
    client.force_login(make_user(role="admin"))
    assert client.get("/releases/demo/0.1.0/download").status_code == 410


def test_a_release_without_it_stays(campaign: Campaign) -> None:
    make_accepted(campaign=campaign)
    publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    take_back(make_accepted(campaign=campaign))
    erase_withdrawn()
    assert Release.objects.get().is_ready


def test_the_next_release_lists_it_as_withdrawn(campaign: Campaign, tmp_path: Path) -> None:
    recording = make_accepted(campaign=campaign)
    make_accepted(campaign=campaign)
    publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    take_back(recording)
    erase_withdrawn()
    folder = build(campaign=campaign, out_dir=tmp_path, version="0.1.1").folder
    assert str(recording.public_id) in (folder / "withdrawals.jsonl").read_text()
    assert "1 dropped, 1 of those withdrawn" in (folder / "CHANGELOG.md").read_text()


def test_a_withdrawal_during_the_build_stops_the_release(
    campaign: Campaign, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = make_accepted(campaign=campaign)
    make_accepted(campaign=campaign)
    release = Release.objects.create(campaign=campaign, version="0.1.0")
    real_put = type(store).put

    def put_after_withdrawal(self: ObjectStore, **arguments: Any) -> Any:
        take_back(recording)
        return real_put(self, **arguments)

    monkeypatch.setattr(type(store), "put", put_after_withdrawal)
    with pytest.raises(RetryLater, match="withdrew while"):
        publish_release(release=release)
    assert not list(store.list("releases/"))
    monkeypatch.undo()
    publish_release(release=Release.objects.get())
    assert Release.objects.get().is_ready and Release.objects.get().recordings.count() == 1


class WorkerKilledError(Exception):
    """The worker is killed here."""


def crash_on_call(number: int, function: Callable[..., Any]) -> Callable[..., Any]:
    calls = iter(range(1, 1000))

    def crashing(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == number:
            raise WorkerKilledError
        return function(*args, **kwargs)

    return crashing


STEPS = ["raise_tombstones", "retract_releases", "delete_objects", "delete_upload_objects", "erase_rows"]


@pytest.mark.parametrize("step", [*STEPS, "delete_results", "empty_shells"])
def test_a_crash_at_any_step_is_repaired_by_the_next_sweep(
    campaign: Campaign, store: ObjectStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    recording = make_everything(campaign)
    publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    take_back(recording)
    with monkeypatch.context() as patched:
        patched.setattr(withdrawal, step, crash_on_call(1, getattr(withdrawal, step)))
        with pytest.raises(WorkerKilledError):
            erase_withdrawn()
    assert Participant.objects.awaiting_erasure().count() == 1
    erase_withdrawn()
    assert keys(store) == [] and not Stem.objects.exists()
    assert WithdrawnRecording.objects.count() == 1
    assert not Participant.objects.awaiting_erasure().exists()


@pytest.mark.parametrize("number", range(1, 6))
def test_a_store_that_fails_between_two_deletes_is_repaired_by_the_next_sweep(
    campaign: Campaign, store: ObjectStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    take_back(make_everything(campaign))
    with monkeypatch.context() as patched:
        patched.setattr(type(store), "delete", crash_on_call(number, type(store).delete))
        if number < 5:
            with pytest.raises(WorkerKilledError):
                erase_withdrawn()
            assert Stem.objects.count() == 2, "rows still name the objects"
    erase_withdrawn()
    assert keys(store) == []


def test_sweeping_twice_changes_nothing(campaign: Campaign) -> None:
    take_back(make_everything(campaign))
    erase_withdrawn()
    erased_at = Participant.objects.get(erased_at__isnull=False).erased_at
    assert erase_withdrawn() == 0
    assert Participant.objects.get(erased_at__isnull=False).erased_at == erased_at


def test_an_object_written_late_is_found_by_the_recheck(campaign: Campaign, store: ObjectStore) -> None:
    recording = make_everything(campaign)
    take_back(recording)
    erase_withdrawn()
    digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    late = f"stems/{recording.public_id}/abc-1/1.flac"
    store.put(key=late, data=b"foo", sha256=digest, content_type="audio/flac")
    assert recheck_erased() == 0, "two hours have not passed"
    WithdrawnRecording.objects.update(withdrawn_at=timezone.now() - withdrawal.RECHECK_AFTER * 2)
    assert recheck_erased() == 1
    assert keys(store) == []
    assert recheck_erased() == 0


def test_a_take_that_was_completed_while_its_people_were_erased_is_erased_too(
    campaign: Campaign, store: ObjectStore
) -> None:
    recording = make_accepted(campaign=campaign)
    take_back(recording)
    erase_withdrawn()
    late = make_accepted(campaign=campaign, participation=recording.participation)
    erase_withdrawn()
    assert keys(store) == []
    assert WithdrawnRecording.objects.filter(recording_id=late.public_id).exists()


def test_a_listener_takes_back_opinions_and_no_recording(campaign: Campaign, store: ObjectStore) -> None:
    make_everything(campaign)
    before = keys(store)
    listener = Participant.objects.get(ratings__isnull=False)
    withdraw(code=show_withdrawal_code(participant=listener))
    erase_withdrawn()
    assert not Rating.objects.exists() and not Presentation.objects.exists()
    assert keys(store) == before and Trial.objects.exists()


def test_nobody_is_erased_who_has_not_withdrawn(campaign: Campaign, store: ObjectStore) -> None:
    recording = make_accepted(campaign=campaign)
    with pytest.raises(Broken, match="has not withdrawn"):
        erase_participant(participant=recording.participation.participant)
    assert store.head(recording.object_key) is not None


def models_below(model: type[Model], found: set[type[Model]]) -> set[type[Model]]:
    for relation in model._meta.related_objects:
        below = relation.related_model
        if below is not model and below not in found and not below._meta.auto_created:
            found.add(below)
            models_below(below, found)
    return found


def test_every_table_that_hangs_on_a_recording_is_erased() -> None:
    known = {*DOWNSTREAM, *OF_RECORDING, Release}
    assert models_below(apps.get_model("collection", "Recording"), set()) == known
