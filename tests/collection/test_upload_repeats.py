"""Every step of an upload may be repeated, at any time and at once, and gives the same answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from collection.models import Recording, Upload
from collection.services.uploads import complete_upload
from core.models import Job
from core.storage import ObjectStore
from recruitment.models import WorkStamp
from tests.collection.recorder import Recorder
from tests.factories import make_wav


@pytest.mark.django_db
def test_announcing_again_gives_the_same_answer() -> None:
    recorder = Recorder()
    announcement = recorder.announcement(make_wav()) | recorder.read_sentences()
    first, second = recorder.begin(announcement), recorder.begin(announcement)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Upload.objects.count() == 1


@pytest.mark.django_db
def test_every_step_again_after_the_end_changes_nothing(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav) | recorder.read_sentences()
    stored = recorder.send(wav, **announcement).json()
    assert recorder.begin(announcement).json() == stored
    assert recorder.put(announcement["client_uuid"], wav).status_code == 204
    assert recorder.complete(announcement["client_uuid"]).json() == stored
    assert len(list(store.list(""))) == Recording.objects.count() == WorkStamp.objects.count() == 1
    assert Job.objects.filter(kind="collection.derive").count() == 1


@pytest.mark.django_db
def test_an_old_take_gets_its_old_answer_after_newer_ones() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav) | recorder.read_sentences()
    first = recorder.send(wav, **announcement).json()
    recorder.send(make_wav())
    assert recorder.complete(announcement["client_uuid"]).json() == first


@pytest.mark.django_db
def test_a_refusal_is_repeated_word_for_word() -> None:
    recorder, wav = Recorder(), make_wav(duration_s=0.5)
    announcement = recorder.announcement(wav) | recorder.read_sentences()
    refused = recorder.send(wav, **announcement).json()
    assert refused["state"] == "refused"
    assert recorder.begin(announcement).json() == refused
    assert recorder.put(announcement["client_uuid"], wav).json() == refused
    assert recorder.complete(announcement["client_uuid"]).json() == refused


@pytest.mark.django_db
def test_after_a_refusal_the_same_sentences_are_recorded_again() -> None:
    recorder = Recorder()
    sentences = recorder.read_sentences()
    assert recorder.send(make_wav(duration_s=0.5)).status_code == 422
    assert recorder.read_sentences() == sentences
    assert recorder.send(make_wav()).json()["submissions"] == 1


@pytest.mark.django_db(transaction=True)
def test_completing_many_times_at_once_stores_once(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    recorder.begin(announcement)
    recorder.put(announcement["client_uuid"], wav)
    states = at_once(6, lambda: complete_upload(upload=Upload.objects.get()).state)
    assert states == ["stored"] * 6
    assert Recording.objects.count() == WorkStamp.objects.count() == len(list(store.list(""))) == 1


@pytest.mark.django_db(transaction=True)
def test_two_takes_for_the_same_sentences_at_once_keep_one(store: ObjectStore) -> None:
    recorder = Recorder()
    for _ in range(2):
        wav = make_wav()
        announcement = recorder.announcement(wav)
        recorder.begin(announcement)
        recorder.put(announcement["client_uuid"], wav)
    uploads = iter(Upload.objects.all())
    states = at_once(2, lambda: complete_upload(upload=next(uploads)).state)
    assert sorted(states) == ["refused", "stored"]
    assert Upload.objects.get(state="refused").refusal_code == "already_recorded"
    assert [found.key for found in store.list("")] == [Recording.objects.get().object_key]


def at_once(times: int, ask: Callable[[], str]) -> list[str]:
    def ask_and_hang_up(_: int) -> str:
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as callers:
        return list(callers.map(ask_and_hang_up, range(times)))
