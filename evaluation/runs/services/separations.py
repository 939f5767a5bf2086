"""Separate a recording: stems as objects first, then all rows at once, or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from audio.files import read_audio
from audio.pictures import spectrogram_png, waveform_peaks
from collection.models import Recording
from core.errors import Broken
from core.storage import object_store
from core.work_folders import work_folder
from evaluation.registry.models import ModelBundle
from evaluation.runs.inference import SeparatedFiles, inference_process
from evaluation.runs.models import Separation, Stem
from evaluation.runs.rules import CODE_VERSION, stems_folder
from evaluation.runs.services.requests import request_estimate
from recruitment.models import Participant

PEAK_BUCKETS = 1_000
SPECTROGRAM_WIDTH_PX = 1_000
SPECTROGRAM_HEIGHT_PX = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class StemObjects:
    """One stem whose objects are stored and whose row is not written yet."""

    source_number: int
    facts: dict[str, object]

    @property
    def keys(self) -> list[str]:
        return [str(self.facts["object_key"]), str(self.facts["spectrogram_key"])]


def separate_recording(*, recording: Recording, bundle: ModelBundle) -> Separation | None:
    """The separation of a recording by a bundle, made now if there was none; None where it was withdrawn."""
    done = Separation.objects.filter(recording=recording, bundle=bundle, code_version=CODE_VERSION).first()
    if done is not None:
        request_estimate(separation=done)
        return done
    if recording.participation.participant.has_withdrawn:
        return None
    with work_folder() as folder:
        mixture = folder / "mixture.wav"
        object_store().download_to(recording.object_key, mixture)
        files = inference_process().separate(bundle=bundle.folder, mixture=mixture, out_dir=folder / "stems")
        _check_digest(files, bundle)
        stems = _store_stems(files, recording=recording, bundle=bundle)
    return _keep_rows(stems, recording=recording, bundle=bundle, compute_s=files.compute_s)


def _check_digest(files: SeparatedFiles, bundle: ModelBundle) -> None:
    if files.bundle_digest != bundle.digest:
        raise Broken(
            f"The folder of {bundle} holds another model now ({files.bundle_digest[:8]}): "
            "run `manage.py register_bundles`, which makes the new one the default."
        )


def _store_stems(files: SeparatedFiles, *, recording: Recording, bundle: ModelBundle) -> list[StemObjects]:
    folder = stems_folder(recording=recording.public_id, digest=bundle.digest)
    return [
        _store_stem(path, key=f"{folder}/{number}", source_number=number)
        for number, path in enumerate(files.stems, start=1)
    ]


def _store_stem(path: Path, *, key: str, source_number: int) -> StemObjects:
    data = path.read_bytes()
    sound = read_audio(path, max_duration_s=3_600)
    picture = spectrogram_png(
        sound.samples,
        sample_rate_hz=sound.sample_rate_hz,
        width_px=SPECTROGRAM_WIDTH_PX,
        height_px=SPECTROGRAM_HEIGHT_PX,
    )
    peaks = waveform_peaks(sound.samples, sample_rate_hz=sound.sample_rate_hz, buckets=PEAK_BUCKETS)
    facts: dict[str, object] = {
        "object_key": f"{key}.flac",
        "sha256": _put(f"{key}.flac", data, content_type="audio/flac"),
        "byte_length": len(data),
        "sample_rate_hz": sound.sample_rate_hz,
        "frames": len(sound.samples),
        "peaks": peaks.as_json(),
        "spectrogram_key": f"{key}.png",
        "spectrogram_sha256": _put(f"{key}.png", picture.png, content_type="image/png"),
        "spectrogram_bytes": len(picture.png),
    }
    return StemObjects(source_number=source_number, facts=facts)


def _put(key: str, data: bytes, *, content_type: str) -> str:
    digest = hashlib.sha256(data).hexdigest()
    object_store().put(key=key, data=data, sha256=digest, content_type=content_type)
    return digest


def _keep_rows(
    stems: list[StemObjects], *, recording: Recording, bundle: ModelBundle, compute_s: float
) -> Separation | None:
    """All rows in one transaction, and the wish for an estimate with them; objects without rows go again."""
    with transaction.atomic():
        participants = Participant.objects.select_for_update().taking_part()
        is_kept = participants.filter(pk=recording.participation.participant_id).exists()
        if is_kept:
            separation, _ = Separation.objects.get_or_create(
                recording=recording,
                bundle=bundle,
                code_version=CODE_VERSION,
                defaults={"compute_s": compute_s},
            )
            for stem in stems:
                Stem.objects.get_or_create(
                    separation=separation, source_number=stem.source_number, defaults=stem.facts
                )
            request_estimate(separation=separation)
            return separation
    # Withdrawn while the model worked: the erasure may have passed already.
    for stem in stems:
        for key in stem.keys:
            object_store().delete(key)
    return None
