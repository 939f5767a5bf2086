"""Studies for tests: recordings really separated into stems with sound in the store, and estimates."""

import hashlib
import io
import itertools
import uuid
from collections.abc import Sequence
from datetime import timedelta

import soundfile as sf
from django.utils import timezone

from accounts.models import Role
from collection.models import Recording
from core.storage import object_store
from evaluation.listening.models import Presentation, Rating, Study, Trial
from evaluation.listening.services.listeners import begin_listening
from evaluation.listening.services.studies import create_study, open_study
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import QualityEstimate, Separation, Stem
from recruitment.models import Participant
from tests.factories import make_recording, make_sound, make_user

counter = itertools.count(1)


def make_bundle(*, kind: str = "separator", is_default: bool = True, **fields: object) -> ModelBundle:
    number = next(counter)
    fields.setdefault("name", f"secret-{kind}-{number}")
    fields.setdefault("digest", hashlib.sha256(f"bundle {number}".encode()).hexdigest())
    description = {"target_convention": "reverberant"}
    return ModelBundle.objects.create(
        kind=kind, is_default=is_default, sample_rate_hz=8000, location="", description=description, **fields
    )


def make_separation(
    *, bundle: ModelBundle, recording: Recording | None = None, si_snr_db: Sequence[float] = (), **fields: str
) -> Separation:
    """Two stems; with `si_snr_db`, estimated by the default estimator."""
    fields.setdefault("code_version", "v1")
    separation = Separation.objects.create(
        recording=recording or make_recording(), bundle=bundle, compute_s=0.1, **fields
    )
    for number in (1, 2):
        add_stem(separation=separation, number=number)
    estimator = ModelBundle.objects.filter(kind="estimator", is_default=True).first()
    for stem, value in zip(separation.stems.all(), si_snr_db, strict=False):
        QualityEstimate.objects.create(stem=stem, bundle=estimator, code_version="v1", si_snr_db=value)
    return separation


def add_stem(*, separation: Separation, number: int) -> Stem:
    sound = make_flac(duration_s=2.5, sample_rate_hz=8000)
    digest, key = hashlib.sha256(sound).hexdigest(), f"stems/{uuid.uuid4()}/{number}.flac"
    object_store().put(key=key, data=sound, sha256=digest, content_type="audio/flac")
    return Stem.objects.create(
        separation=separation,
        source_number=number,
        object_key=key,
        sha256=digest,
        byte_length=len(sound),
        sample_rate_hz=8000,
        frames=20000,
    )


def make_flac(*, duration_s: float, sample_rate_hz: int) -> bytes:
    sound = io.BytesIO()
    samples = make_sound(duration_s=duration_s, sample_rate_hz=sample_rate_hz)
    sf.write(sound, samples, sample_rate_hz, format="FLAC", subtype="PCM_16")
    return sound.getvalue()


def make_study(*, estimates: Sequence[Sequence[float]] = ((8.0, 6.0),) * 3, is_open: bool = True) -> Study:
    """One trial for each pair of estimates, in this order; made and opened by a researcher."""
    researcher = make_user(role=Role.RESEARCHER)
    if not ModelBundle.objects.filter(kind="estimator").exists():
        make_bundle(kind="estimator")
    bundle = make_bundle(is_default=False)
    separations = [make_separation(bundle=bundle, si_snr_db=pair) for pair in estimates]
    study = create_study(
        title="How well are voices separated?",
        instructions="Rate the separation.",
        bundle=bundle,
        recordings=[separation.recording for separation in separations],
        created_by=researcher,
    )
    return open_study(study=study, actor=researcher) if is_open else study


def make_listener(*, study: Study) -> Participant:
    return begin_listening(study=study, consented=True)


def let_time_pass(*, participant: Participant, seconds: float = 60) -> None:
    """As if the trial had been on the screen for so long."""
    shown_at = timezone.now() - timedelta(seconds=seconds)
    Presentation.objects.filter(participant=participant).update(presented_at=shown_at)


def make_rating(*, trial: Trial, score: int, participant: Participant | None = None) -> Rating:
    """A vote as the service leaves it, without the waiting."""
    participant = participant or make_listener(study=trial.study)
    position = participant.presentations.count() + 1
    Presentation.objects.create(trial=trial, participant=participant, position=position, state="rated")
    return Rating.objects.create(trial=trial, participant=participant, score=score)
