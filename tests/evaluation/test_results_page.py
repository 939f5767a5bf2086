"""The results of a recording: players and estimates when they are there, an honest sentence until then."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection.models import Recording
from core.models import Job, JobState
from core.runner import run_waiting
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation, Stem
from evaluation.runs.services.requests import pull
from recruitment.models import Participant
from recruitment.sessions import session_key
from tests.evaluation.conftest import FakeModels
from tests.factories import make_recording, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user())
    return client


def shown(client: Client, recording: Recording, query: str = "") -> str:
    response = client.get(reverse("recording-results", args=[recording.public_id]) + query)
    assert response.status_code == 200
    return response.content.decode()


def scored() -> Recording:
    recording = make_recording()
    pull()
    run_waiting(worker="test")
    return recording


def test_a_scored_recording_shows_three_players_and_two_estimates(
    reviewer: Client, models: FakeModels
) -> None:
    page = shown(reviewer, scored())
    assert re.findall(r'data-label="([^"]+)"', page) == ["Mixture", "Voice 1", "Voice 2"]
    assert re.findall(r"(-?[\d.]+) dB<", page) == ["7.3", "5.1"]
    assert page.count("estimated SI-SNR, as at the microphone") == 2
    assert "Blind estimate by debug-estimator." in page
    assert "interval" not in page and "abstains" not in page
    assert "every 3s" not in page


def test_an_estimate_says_how_far_off_its_estimator_is(reviewer: Client, models: FakeModels) -> None:
    recording = scored()
    assert "on average" not in shown(reviewer, recording)
    estimator = ModelBundle.objects.get(kind="estimator")
    estimator.description["scores"] = {"estimator_mae_db": 2.14}
    estimator.save()
    page = shown(reviewer, recording)
    assert page.count('off by <span class="numeric">2.1 dB</span> on average on test mixtures') == 2


FIGURES: dict[str, object] = {
    "low_db": [5.9, 3.0],
    "high_db": [10.2, 7.0],
    "si_snr_improvement_db": [6.0, -0.5],
    "out_of_domain": [0.4, 1.2],
    "conventions": {"dry": {"si_snr_db": [6.4, 4.0]}},
}


def test_staff_read_the_interval_and_the_other_references(reviewer: Client, models: FakeModels) -> None:
    models.figures = FIGURES
    page = shown(reviewer, scored())
    assert "5.9 to 10.2 dB" in page and "3.0 to 7.0 dB" in page
    assert re.findall(r"Dry, without the room <[^>]+>([\d.]+) dB", page) == ["6.4", "4.0"]
    assert re.findall(r"unseparated mixture <[^>]+>([-+][\d.]+) dB", page) == ["+6.0", "-0.5"]
    bars = re.findall(r'interval-range" x="([\d.]+)" y="3" width="([\d.]+)"', page)
    assert bars == [("159.0", "43.0"), ("130.0", "40.0")]


def test_an_estimator_that_never_heard_such_sound_abstains(reviewer: Client, models: FakeModels) -> None:
    models.figures = FIGURES
    recording = scored()
    first, second = (shown(reviewer, recording, f"?part=estimate&source={source}") for source in (1, 2))
    assert "abstains" not in first
    assert "never trained on sound like this" in second and 'class="results-estimate abstains"' in second


def test_contributors_read_a_value_and_a_word(models: FakeModels) -> None:
    models.figures = FIGURES
    page = shown(Client(), make_public(scored()))
    assert re.findall(r"(-?[\d.]+) dB</strong>", page) == ["7.3", "5.1"]
    assert "mostly separated" in page and "never trained on sound like this" in page
    for jargon in ("SI-SNR", "interval", "microphone", "debug-estimator"):
        assert jargon not in page


def test_while_a_model_works_the_page_asks_again_and_says_how_many_come_first(
    reviewer: Client, models: FakeModels
) -> None:
    make_recording()
    waiting = make_recording()
    pull()
    page = shown(reviewer, waiting)
    assert 'data-label="Mixture"' in page and "every 3s" in page
    assert "1 other task comes first" in page
    assert "realm-player-group" not in shown(reviewer, waiting, "?part=stems")


def test_stems_are_shown_before_their_estimate_which_then_comes_alone(
    reviewer: Client, models: FakeModels
) -> None:
    recording = make_recording()
    pull()
    run_waiting(worker="test", limit=1)
    page = shown(reviewer, recording)
    assert 'data-label="Voice 2"' in page and "?part=estimate&amp;source=2" in page
    run_waiting(worker="test")
    part = shown(reviewer, recording, "?part=estimate&source=2")
    assert "5.1 dB" in part and "realm-player" not in part and "every 3s" not in part


def test_a_half_written_separation_is_never_shown(reviewer: Client, models: FakeModels) -> None:
    recording = scored()
    torn = Stem.objects.filter(separation__recording=recording, source_number=2)
    torn.update(separation=scored().separations.get(), source_number=3)
    assert "Voice 1" not in shown(reviewer, recording)
    assert reviewer.get(reverse("stem-audio", args=[recording.public_id, 1])).status_code == 404


def test_staff_learn_why_a_separation_failed_and_others_only_that_the_take_is_safe(
    reviewer: Client, models: FakeModels
) -> None:
    recording = make_recording(public_example="bad")
    pull()
    Job.objects.work().update(state=JobState.QUARANTINED, last_error="Broken: no such folder")
    assert "Broken: no such folder" in shown(reviewer, recording)
    page = shown(Client(), recording)
    assert "The recording itself is safe" in page and "no such folder" not in page


def test_without_a_model_the_page_says_so(reviewer: Client) -> None:
    assert "No separation model is installed yet" in shown(reviewer, make_recording())


@pytest.mark.parametrize("name", ["recording-results", "stem-audio", "stem-spectrogram"])
def test_who_may_see_results(models: FakeModels, name: str) -> None:
    private, public = scored(), scored()
    Recording.objects.filter(pk=public.pk).update(public_example="good")
    anonymous, contributor, staff = Client(), Client(), Client()
    remember(contributor, private)
    staff.force_login(make_user(role="researcher"))
    assert [status(person, name, private) for person in (anonymous, contributor, staff)] == [404, 200, 200]
    assert [status(person, name, public) for person in (anonymous, contributor, staff)] == [200, 200, 200]


@pytest.mark.parametrize("name", ["recording-results", "stem-audio", "stem-spectrogram"])
def test_nobody_sees_results_of_a_withdrawn_recording(
    reviewer: Client, models: FakeModels, name: str
) -> None:
    recording = scored()
    Participant.objects.filter(participation=recording.participation_id).update(withdrawn_at=timezone.now())
    remember(reviewer, recording)
    assert status(reviewer, name, recording) == 404


def test_stems_are_served_in_ranges(reviewer: Client, models: FakeModels) -> None:
    recording = scored()
    address = reverse("stem-audio", args=[recording.public_id, 1])
    answer = reviewer.get(address, headers={"Range": "bytes=0-3"})
    assert answer.status_code == 206 and b"".join(answer.streaming_content) == b"fLaC"
    picture = reviewer.get(reverse("stem-spectrogram", args=[recording.public_id, 2]))
    assert b"".join(picture.streaming_content)[:4] == b"\x89PNG"
    assert Separation.objects.count() == 1


@pytest.mark.parametrize("query", ["?part=secrets", "?part=estimate&source=9", "?part=estimate"])
def test_parts_that_do_not_exist_are_not_found(reviewer: Client, models: FakeModels, query: str) -> None:
    address = reverse("recording-results", args=[scored().public_id])
    assert reviewer.get(address + query).status_code == 404


def make_public(recording: Recording) -> Recording:
    Recording.objects.filter(pk=recording.pk).update(public_example="good")
    return recording


def status(client: Client, name: str, recording: Recording) -> int:
    arguments = [recording.public_id] if name == "recording-results" else [recording.public_id, 1]
    return client.get(reverse(name, args=arguments)).status_code


def remember(client: Client, recording: Recording) -> None:
    participant = recording.participation.participant
    session = client.session
    session[session_key(participant.effort_id)] = str(participant.public_id)
    session.save()
