"""Recordings ready for release, with a separation and its estimates, and a release built from them."""

import csv
import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

from audio.files import encode_flac
from collection.models import Campaign, Recording
from core.storage import object_store
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import QualityEstimate, Separation, Stem
from releases.services.builder import BuiltRelease, build_release
from tests.factories import make_participation, make_recording, make_sound


def make_accepted(*, campaign: Campaign, separated: bool = True, **fields: Any) -> Recording:
    """An accepted recording of a new session."""
    participation = fields.pop("participation", None) or make_participation(campaign=campaign)
    recording = make_recording(participation=participation, review_state="accepted", **fields)
    if separated:
        make_separation(recording=recording)
    return recording


def make_bundle(*, kind: str) -> ModelBundle:
    bundle, _ = ModelBundle.objects.get_or_create(
        kind=kind,
        is_default=True,
        defaults={
            "name": f"test-{kind}",
            "digest": hashlib.sha256(kind.encode()).hexdigest(),
            "location": f"test-{kind}",
            "sample_rate_hz": 8000,
            "description": {"target_convention": "reverberant"},
        },
    )
    return bundle


def make_separation(*, recording: Recording, si_snr_db: tuple[float, float] = (7.25, 3.5)) -> Separation:
    separation = Separation.objects.create(
        recording=recording, bundle=make_bundle(kind="separator"), code_version="1", compute_s=0.1
    )
    for number, value in enumerate(si_snr_db, start=1):
        stem = make_stem(separation=separation, number=number)
        QualityEstimate.objects.create(
            stem=stem, bundle=make_bundle(kind="estimator"), code_version="1", si_snr_db=value
        )
    return separation


def make_stem(*, separation: Separation, number: int) -> Stem:
    sound = make_sound(duration_s=1.0, sample_rate_hz=8000)
    data = encode_flac(sound, sample_rate_hz=8000, bits_per_sample=16)
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"stems/{separation.recording.public_id}/{uuid.uuid4().hex[:8]}-1/{number}.flac"
    object_store().put(key=key, data=data, sha256=sha256, content_type="audio/flac")
    return Stem.objects.create(
        separation=separation,
        source_number=number,
        object_key=key,
        sha256=sha256,
        byte_length=len(data),
        sample_rate_hz=8000,
        frames=len(sound),
    )


def build(*, campaign: Campaign, out_dir: Path, version: str = "0.1.0") -> BuiltRelease:
    return build_release(campaign=campaign, version=version, out_dir=out_dir)


def jsonl_rows(built: BuiltRelease) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (built.folder / "manifest.jsonl").read_text().splitlines()]


def csv_rows(built: BuiltRelease) -> list[dict[str, str]]:
    with (built.folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
