"""Make what a recording's pages and releases need from its original bytes: copies, pictures and quality flags.

Everything here can be made again at any time; what is there already is left alone.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction

from audio.files import Waveform, encode_flac, flac_bits
from audio.flags import quality_flags
from audio.pictures import spectrogram_png, waveform_peaks
from audio.resample import resample
from audio.wav import SampleFormat, WavLimits, decode_wav, parse_wav
from collection.models import DerivedObject, QualityFlag, Recording
from core.storage import object_store
from recruitment.models import Participant

PEAK_BUCKETS = 1_000
SPECTROGRAM_WIDTH_PX = 1_000
SPECTROGRAM_HEIGHT_PX = 256

Kind = DerivedObject.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The bytes of a derived object and what its row says about them."""

    data: bytes
    content_type: str
    details: dict[str, Any] = field(default_factory=dict)


def derive(*, recording: Recording) -> None:
    """Flags, copies and pictures of a recording; nothing for one that was withdrawn."""
    if recording.participation.participant.has_withdrawn:
        return
    sound = read_original(recording)
    keep_flags(recording, sound)
    made = set(recording.derived_objects.values_list("kind", flat=True))
    for kind, make in MAKERS.items():
        if kind not in made:
            keep_object(recording=recording, kind=kind, derived=make(recording, sound))


def read_original(recording: Recording) -> Waveform:
    """The samples of the stored take, whose bytes passed the gate when they came."""
    data = b"".join(object_store().iterate(recording.object_key))
    facts = parse_wav(data, limits=WavLimits(max_duration_s=recording.duration_s + 1))
    return Waveform(samples=decode_wav(data, facts), sample_rate_hz=facts.sample_rate_hz)


def keep_flags(recording: Recording, sound: Waveform) -> None:
    found = quality_flags(sound.samples, sample_rate_hz=sound.sample_rate_hz)
    with transaction.atomic():
        recording.quality_flags.exclude(code__in=[flag.code for flag in found]).delete()
        for flag in found:
            QualityFlag.objects.update_or_create(
                recording=recording,
                code=flag.code,
                defaults={
                    "severity": flag.severity,
                    "message": flag.message,
                    "value": flag.value,
                    "unit": flag.unit,
                },
            )


def keep_object(*, recording: Recording, kind: DerivedObject.Kind, derived: Derived) -> None:
    """Object first, row second; both unless the people withdrew while this was made."""
    key = f"derived/{recording.public_id}/{kind}"
    digest = hashlib.sha256(derived.data).hexdigest()
    object_store().put(key=key, data=derived.data, sha256=digest, content_type=derived.content_type)
    with transaction.atomic():
        participants = Participant.objects.select_for_update().taking_part()
        is_kept = participants.filter(pk=recording.participation.participant_id).first() is not None
        if is_kept:
            DerivedObject.objects.get_or_create(
                recording=recording,
                kind=kind,
                defaults={
                    "object_key": key,
                    "sha256": digest,
                    "byte_length": len(derived.data),
                    "content_type": derived.content_type,
                    "details": derived.details,
                },
            )
    if not is_kept:
        object_store().delete(key)


def make_native_flac(recording: Recording, sound: Waveform) -> Derived:
    bits = flac_bits(cast(SampleFormat, recording.sample_format))
    data = encode_flac(sound.samples, sample_rate_hz=sound.sample_rate_hz, bits_per_sample=bits)
    details = {"sample_rate_hz": sound.sample_rate_hz, "bits_per_sample": bits}
    return Derived(data=data, content_type="audio/flac", details=details)


def make_resampled_flac(rate_hz: int) -> Callable[[Recording, Waveform], Derived]:
    def make(recording: Recording, sound: Waveform) -> Derived:
        samples = resample(sound.samples, from_hz=sound.sample_rate_hz, to_hz=rate_hz)
        data = encode_flac(samples, sample_rate_hz=rate_hz, bits_per_sample=16)
        details = {"sample_rate_hz": rate_hz, "bits_per_sample": 16}
        return Derived(data=data, content_type="audio/flac", details=details)

    return make


def make_peaks(recording: Recording, sound: Waveform) -> Derived:
    outline = waveform_peaks(sound.samples, sample_rate_hz=sound.sample_rate_hz, buckets=PEAK_BUCKETS)
    data = json.dumps(outline.as_json(), separators=(",", ":")).encode()
    return Derived(data=data, content_type="application/json", details={"buckets": len(outline.low)})


def make_spectrogram(recording: Recording, sound: Waveform) -> Derived:
    picture = spectrogram_png(
        sound.samples,
        sample_rate_hz=sound.sample_rate_hz,
        width_px=SPECTROGRAM_WIDTH_PX,
        height_px=SPECTROGRAM_HEIGHT_PX,
    )
    axes = {
        "duration_s": picture.duration_s,
        "max_hz": picture.max_hz,
        "low_db": picture.low_db,
        "high_db": picture.high_db,
    }
    return Derived(data=picture.png, content_type="image/png", details=axes)


MAKERS: dict[DerivedObject.Kind, Callable[[Recording, Waveform], Derived]] = {
    Kind.PEAKS: make_peaks,
    Kind.FLAC_NATIVE: make_native_flac,
    Kind.FLAC_16K: make_resampled_flac(16_000),
    Kind.FLAC_8K: make_resampled_flac(8_000),
    Kind.SPECTROGRAM: make_spectrogram,
}
