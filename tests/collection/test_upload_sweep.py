"""The sweep clears away what never finished, and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from collection.models import Recording, Upload
from collection.services.upload_sweep import discard_upload, sweep_takes, sweep_uploads
from collection.services.uploads import take_key
from core.storage import ObjectStore
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from tests.collection.recorder import Recorder
from tests.factories import make_wav

pytestmark = pytest.mark.django_db


def send_without_completing(recorder: Recorder, wav: bytes) -> dict[str, object]:
    announcement = recorder.announcement(wav) | recorder.read_sentences()
    recorder.begin(announcement)
    recorder.put(str(announcement["client_uuid"]), wav)
    return announcement


def make_old() -> None:
    Upload.objects.update(begun_at=timezone.now() - timedelta(hours=25))


def test_an_upload_pending_for_a_day_goes_with_its_object_and_may_come_again(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = send_without_completing(recorder, wav)
    make_old()
    assert sweep_uploads().stale_uploads == 1
    assert not Upload.objects.exists()
    assert list(store.list("")) == []
    assert recorder.send(wav, **announcement).status_code == 200


def test_objects_of_a_stale_upload_go_before_its_row_so_that_a_repeat_keeps_its_own(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_without_completing(Recorder(), make_wav())
    held: list[bool] = []
    monkeypatch.setattr(type(store), "delete", lambda self, key: held.append(Upload.objects.exists()))
    assert discard_upload(upload=Upload.objects.get())
    assert held == [True, True]
    assert not Upload.objects.exists()


def test_a_take_announced_again_gets_a_key_that_no_sweep_is_about_to_delete() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = send_without_completing(recorder, wav)
    swept_key = take_key(Upload.objects.get())
    make_old()
    sweep_uploads()
    recorder.send(wav, **announcement)
    assert Recording.objects.get().object_key != swept_key


def test_young_uploads_and_stored_takes_stay(store: ObjectStore) -> None:
    recorder = Recorder()
    recorder.send(make_wav())
    make_old()
    send_without_completing(recorder, make_wav())
    before = list(store.list(""))
    assert (sweep_uploads().orphan_objects, sweep_takes().orphan_objects) == (0, 0)
    assert list(store.list("")) == before
    assert Upload.objects.count() == 2


def test_objects_that_no_row_knows_are_deleted_and_counted(store: ObjectStore) -> None:
    recorder = Recorder()
    recorder.send(make_wav())
    for key in ("incoming/00/{}.wav", "takes/00/{}.wav"):
        name = key.format("00000000-0000-4000-8000-000000000000")
        store.put(key=name, data=b"", sha256=EMPTY_SHA256, content_type="audio/wav")
    assert (sweep_uploads().orphan_objects, sweep_takes().orphan_objects) == (1, 1)
    assert [found.key for found in store.list("")] == [Recording.objects.get().object_key]


def test_a_foreign_file_among_the_takes_is_left_alone(store: ObjectStore) -> None:
    store.put(key="takes/readme.txt", data=b"", sha256=EMPTY_SHA256, content_type="text/plain")
    assert sweep_takes().orphan_objects == 0
    assert [found.key for found in store.list("")] == ["takes/readme.txt"]


def test_a_finished_upload_is_never_discarded() -> None:
    recorder = Recorder()
    recorder.send(make_wav())
    assert not discard_upload(upload=Upload.objects.get())
    assert Recording.objects.exists()


def test_unfinished_uploads_of_people_who_withdrew_go_at_once(store: ObjectStore) -> None:
    recorder = Recorder()
    send_without_completing(recorder, make_wav())
    withdraw(code=show_withdrawal_code(participant=recorder.participation.participant))
    assert sweep_uploads().stale_uploads == 1
    assert list(store.list("")) == []


EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
