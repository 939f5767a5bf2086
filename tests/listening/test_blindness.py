"""Nothing that reaches a listener says which system made a sound, how it was estimated, or whose it is."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from collection.models import DerivedObject
from evaluation.listening.models import Study
from evaluation.listening.signals import signal_of
from tests.listening.studies import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(estimates=[(7.1234, 3.4321)])


def everything_sent(client: Client, study: Study) -> list[HttpResponse]:
    client.post(reverse("listen-begin", args=[study.slug]), {"consent": "yes"})
    trial = study.trials.get().public_id
    pages = [reverse(name, args=[study.slug]) for name in ("listen-next", "listen-finished")]
    sounds = [reverse("listen-signal", args=[study.slug, trial, number]) for number in (0, 1, 2)]
    responses = [client.get(address) for address in [*pages, *sounds]]
    assert [response.status_code for response in responses] == [200] * 5
    return responses


def secrets_of(study: Study) -> list[str]:
    separation = study.trials.get().separation
    recording = separation.recording
    assert study.estimator is not None
    return [
        separation.bundle.name,
        separation.bundle.digest[:8],
        study.estimator.name,
        study.estimator.digest[:8],
        "7.1", "3.4", "5.2", "5.3", " dB",
        str(recording.public_id),
        recording.participation.session_code,
        recording.object_key,
        *separation.stems.values_list("object_key", flat=True),
    ]  # fmt: skip


def test_no_page_and_no_header_gives_a_secret_away(client: Client, study: Study) -> None:
    for response in everything_sent(client, study):
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        text = headers if response.streaming else headers + response.content.decode()
        assert [secret for secret in secrets_of(study) if secret in text] == []


def test_stems_of_two_systems_differ_in_nothing_but_their_bytes(client: Client, study: Study) -> None:
    *_, first, second = everything_sent(client, study)
    assert first.headers.keys() == second.headers.keys()
    same = {name for name in first.headers if first.headers[name] == second.headers[name]}
    assert set(first.headers) - same <= {"ETag", "Content-Length"}


def test_the_mixture_has_no_more_treble_than_its_stems(study: Study) -> None:
    trial = study.trials.get()
    before = signal_of(trial=trial, number=0)
    assert before is not None and before.key == trial.separation.recording.object_key
    copy = DerivedObject.objects.create(
        recording=trial.separation.recording,
        kind=DerivedObject.Kind.FLAC_8K,
        object_key="derived/copy",
        sha256="0" * 64,
        byte_length=44,
        content_type="audio/flac",
    )
    after = signal_of(trial=study.trials.get(), number=0)
    assert after is not None and after.key == copy.object_key


def test_there_is_no_signal_beyond_the_stems(study: Study) -> None:
    assert signal_of(trial=study.trials.get(), number=3) is None
