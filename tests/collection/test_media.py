"""Sound and pictures of a recording reach those who may see it, in ranges, and nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from collection.models import Recording
from collection.services.derivation import derive
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from recruitment.sessions import remember_participant
from tests.factories import make_recording, make_user, make_wav

pytestmark = pytest.mark.django_db
ADDRESSES = ("recording-audio", "recording-peaks", "recording-spectrogram")


def statuses(client: Client, recording: Recording) -> set[int]:
    return {client.get(reverse(name, args=[recording.public_id])).status_code for name in ADDRESSES}


def contributor_of(recording: Recording) -> Client:
    client = Client()
    session = client.session
    remember_participant(session=session, participant=recording.participation.participant)
    session.save()
    return client


def test_strangers_and_other_sessions_learn_nothing() -> None:
    recording = make_recording()
    derive(recording=recording)
    assert statuses(Client(), recording) == {404}
    assert statuses(contributor_of(make_recording()), recording) == {404}


def test_staff_and_the_people_themselves_hear_it() -> None:
    recording = make_recording()
    derive(recording=recording)
    staff = Client()
    staff.force_login(make_user(role="researcher"))
    assert statuses(staff, recording) == {200}
    assert statuses(contributor_of(recording), recording) == {200}


def test_everybody_hears_public_examples() -> None:
    recording = make_recording(public_example="bad")
    derive(recording=recording)
    assert statuses(Client(), recording) == {200}


def test_what_was_withdrawn_is_gone_for_all_at_once() -> None:
    recording = make_recording(public_example="good")
    derive(recording=recording)
    withdraw(code=show_withdrawal_code(participant=recording.participation.participant))
    staff = Client()
    staff.force_login(make_user(role="admin"))
    assert statuses(staff, recording) == statuses(contributor_of(recording), recording) == {404}


def test_before_the_worker_the_original_plays_and_the_pictures_wait() -> None:
    wav = make_wav()
    recording = make_recording(public_example="good", wav=wav)
    audio = Client().get(reverse("recording-audio", args=[recording.public_id]))
    assert (audio.headers["Content-Type"], audio.getvalue()) == ("audio/wav", wav)
    peaks = Client().get(reverse("recording-peaks", args=[recording.public_id]))
    assert peaks.json() == {"duration_s": 2.5, "low": [], "high": []}
    assert Client().get(reverse("recording-spectrogram", args=[recording.public_id])).status_code == 204


def test_a_player_may_ask_for_a_part() -> None:
    recording = make_recording(public_example="good")
    derive(recording=recording)
    address = reverse("recording-audio", args=[recording.public_id])
    whole = Client().get(address)
    part = Client().get(address, headers={"Range": "bytes=4-99"})
    assert whole.headers["Content-Type"] == "audio/flac"
    assert part.status_code == 206
    assert part.getvalue() == whole.getvalue()[4:100]
