"""The worker makes copies and pictures of a recording, once, and none of what was withdrawn."""

import io
import json

import numpy as np
import pytest
import soundfile
from PIL import Image

from collection.models import DerivedObject, Recording
from collection.services import derivation
from collection.services.derivation import derive
from collection.tasks import derive as derive_job
from core.models import Job, JobState
from core.runner import run_waiting
from core.storage import MissingObject, ObjectStore
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from tests.collection.recorder import Recorder
from tests.factories import make_recording, make_sound, make_wav

pytestmark = pytest.mark.django_db


def derived_bytes(recording: Recording, kind: str, store: ObjectStore) -> bytes:
    row = recording.derived_objects.get(kind=kind)
    data = store.open(row.object_key).read()
    assert len(data) == row.byte_length
    return data


def test_the_native_flac_is_the_original_bit_for_bit(store: ObjectStore) -> None:
    wav = make_wav(sample_rate_hz=44_100)
    recording = make_recording(wav=wav, sample_rate_hz=44_100)
    derive(recording=recording)
    samples, rate_hz = soundfile.read(
        io.BytesIO(derived_bytes(recording, "flac_native", store)), dtype="int16"
    )
    assert rate_hz == 44_100
    assert samples.tobytes() == wav[44:]


@pytest.mark.parametrize(("kind", "rate_hz"), [("flac_16k", 16_000), ("flac_8k", 8_000)])
def test_resampled_copies_have_their_rate_and_duration(kind: str, rate_hz: int, store: ObjectStore) -> None:
    recording = make_recording(wav=make_wav(sample_rate_hz=44_100), sample_rate_hz=44_100)
    derive(recording=recording)
    info = soundfile.info(io.BytesIO(derived_bytes(recording, kind, store)))
    assert info.samplerate == rate_hz
    assert info.duration == pytest.approx(recording.duration_s, abs=1 / rate_hz)


def test_peaks_and_spectrogram_show_the_sound(store: ObjectStore) -> None:
    samples = make_sound()
    recording = make_recording(wav=make_wav(samples=samples))
    derive(recording=recording)
    peaks = json.loads(derived_bytes(recording, "peaks", store))
    assert peaks["duration_s"] == pytest.approx(2.5)
    assert max(peaks["high"]) == pytest.approx(np.max(samples), abs=0.001)
    picture = Image.open(io.BytesIO(derived_bytes(recording, "spectrogram", store)))
    assert picture.size == (1_000, 256)
    assert recording.derived_objects.get(kind="spectrogram").details["max_hz"] == 8_000


def test_the_job_of_a_new_recording_makes_all_kinds_and_running_it_again_changes_nothing(
    store: ObjectStore,
) -> None:
    Recorder().send(make_wav())
    assert run_waiting(worker="test") == 1
    assert Job.objects.get(kind="collection.derive").state == JobState.DONE
    before = list(DerivedObject.objects.order_by("id").values())
    assert {row["kind"] for row in before} == set(DerivedObject.Kind.values)
    objects = len(list(store.list("derived/")))
    derive(recording=Recording.objects.get())
    assert list(DerivedObject.objects.order_by("id").values()) == before
    assert len(list(store.list("derived/"))) == objects == 5


def test_flags_say_what_a_reviewer_should_look_at_and_stale_ones_go() -> None:
    recording = make_recording(wav=make_wav(samples=make_sound() * 0.01))
    recording.quality_flags.create(code="once_true", severity="info", message="No longer.")
    derive(recording=recording)
    flag = recording.quality_flags.get(code="low_level")
    assert (flag.severity, flag.unit) == ("warning", "dBFS")
    assert flag.value < -45
    assert not recording.quality_flags.filter(code="once_true").exists()


def test_nothing_is_made_of_what_was_withdrawn(store: ObjectStore) -> None:
    recording = make_recording()
    withdraw(code=show_withdrawal_code(participant=recording.participation.participant))
    derive(recording=Recording.objects.get())
    assert not DerivedObject.objects.exists()


def test_a_withdrawal_while_the_worker_is_at_it_leaves_no_copy_behind(store: ObjectStore) -> None:
    recording = make_recording()
    assert not recording.participation.participant.has_withdrawn
    withdraw(code=show_withdrawal_code(participant=recording.participation.participant))
    derive(recording=recording)
    assert not DerivedObject.objects.exists()
    assert list(store.list("derived/")) == []


def test_a_take_erased_under_the_worker_is_no_failure_but_a_lost_one_is(store: ObjectStore) -> None:
    erased, lost = make_recording(), make_recording()
    for recording in (erased, lost):
        store.delete(recording.object_key)
    payload = {"recording_id": erased.pk}
    with pytest.raises(MissingObject):
        derive_job({"recording_id": lost.pk})
    read = derivation.read_original

    def withdrawn_meanwhile(recording: Recording) -> object:
        withdraw(code=show_withdrawal_code(participant=recording.participation.participant))
        return read(recording)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(derivation, "read_original", withdrawn_meanwhile)
        derive_job(payload)
    assert not DerivedObject.objects.exists()
