"""What a release is made of: frozen facts of its recordings, read once from the database, the same for every format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from collection.models import Campaign, Participation, Recording
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation, Stem
from releases.rules import language_names

# Nothing that a spreadsheet would take for a formula.
FACT_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedStem:
    """A separated signal in the store, with what the default estimator believes of it."""

    source_number: int
    object_key: str
    sha256: str
    sample_rate_hz: int
    si_snr_db: float | None
    low_db: float | None = None
    high_db: float | None = None
    out_of_domain: float | None = None
    abstains: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """The model behind a column, by the digest of everything that determines its output."""

    name: str = ""
    digest: str = ""
    target_convention: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedRecording:
    """One accepted recording: where its bytes are, and everything a manifest says about it."""

    recording_id: str
    session: str
    number_in_session: int
    object_key: str
    original_sha256: str
    byte_length: int
    sample_rate_hz: int
    channels: int
    sample_format: str
    frames: int
    sentence_1: str
    sentence_2: str
    facts: dict[str, Any]
    flags: tuple[str, ...] = ()
    stems: tuple[ReleasedStem, ...] = ()
    separator: BundleFacts = field(default_factory=BundleFacts)
    estimator: BundleFacts = field(default_factory=BundleFacts)

    @property
    def mixture_name(self) -> str:
        return f"mixture_{self.number_in_session}_{self.session}"

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseContents:
    """Everything the files of one release are written from; equal contents give equal bytes."""

    slug: str
    title: str
    introduction: str
    language: str
    language_name: str
    licence: str
    contact_email: str
    version: str
    recordings: tuple[ReleasedRecording, ...]
    consent_texts: dict[int, str]
    changes: tuple[str, ...]
    withdrawals: tuple[dict[str, str], ...]

    @property
    def name(self) -> str:
        return f"{self.slug}-{self.version}"


def read_recordings(campaign: Campaign) -> tuple[ReleasedRecording, ...]:
    """The accepted recordings that nobody withdrew, in an order that only the data decide."""
    found = (
        Recording.objects.releasable()
        .filter(participation__campaign=campaign)
        .select_related("participation__participant__consent_text", "assignment__prompt")
        .prefetch_related(
            "quality_flags", "separations__bundle", "separations__stems__quality_estimates__bundle"
        )
    )
    rows = [released(recording, campaign) for recording in found.iterator(chunk_size=200)]
    return tuple(sorted(rows, key=lambda row: (row.session, row.number_in_session)))


def released(recording: Recording, campaign: Campaign) -> ReleasedRecording:
    separation = chosen_separation(recording)
    stems = tuple(released_stem(stem) for stem in separation.stems.all()) if separation else ()
    return ReleasedRecording(
        recording_id=str(recording.public_id),
        session=recording.participation.session_code,
        number_in_session=recording.number_in_session,
        object_key=recording.object_key,
        original_sha256=recording.sha256,
        byte_length=recording.byte_length,
        sample_rate_hz=recording.sample_rate_hz,
        channels=recording.channels,
        sample_format=recording.sample_format,
        frames=recording.frames,
        sentence_1=recording.assignment.prompt.sentence_1,
        sentence_2=recording.assignment.prompt.sentence_2,
        facts=facts_of(recording, campaign),
        flags=tuple(sorted(flag.code for flag in recording.quality_flags.all())),
        stems=stems,
        separator=bundle_facts(separation.bundle) if separation else BundleFacts(),
        estimator=estimator_of(separation) if separation else BundleFacts(),
    )


def facts_of(recording: Recording, campaign: Campaign) -> dict[str, Any]:
    """Answers of the questionnaire (no person, no provider id), capture facts, review, consent, licence."""
    consent = recording.participation.participant.consent_text
    return {
        "prompt_source": recording.assignment.prompt.source,
        "language": campaign.language,
        **questionnaire(recording.participation),
        "origin": recording.origin,
        "origin_note": recording.origin_note,
        **capture_facts(recording.capture),
        "review_state": recording.review_state,
        "consent_version": consent.version if consent else None,
        "licence": campaign.licence,
        "created_month": recording.stored_at.strftime("%Y-%m"),
    }


def questionnaire(participation: Participation) -> dict[str, str]:
    return {
        "speaker_genders": participation.speaker_genders,
        "native_speakers": participation.native_speakers,
        "other_native_languages": language_names(participation.other_native_languages),
    }


def capture_facts(capture: dict[str, Any]) -> dict[str, Any]:
    """What the browser achieved; None where it did not say, said something else, or a take was constructed."""
    settings = capture.get("settings")
    achieved: dict[str, Any] = settings if isinstance(settings, dict) else {}
    return {
        "processing_verified_off": of_type(bool, capture.get("processing_verified_off")),
        "echo_cancellation": of_type(bool, achieved.get("echoCancellation")),
        "noise_suppression": of_type(bool, achieved.get("noiseSuppression")),
        "auto_gain_control": of_type(bool, achieved.get("autoGainControl")),
        "frame_gaps": of_type(int, capture.get("frame_gaps")),
        "device_class": of_type(str, capture.get("device_class")),
        "browser": of_type(str, capture.get("browser")),
        "os": of_type(str, capture.get("os")),
        "recorder_version": of_type(str, capture.get("recorder_version")),
    }


def of_type(kind: type, told: Any) -> Any:
    """What a browser told, if it can be published: anybody may send anything, and only a few words are kept."""
    is_told = isinstance(told, kind) and (not isinstance(told, str) or FACT_WORDS.fullmatch(told) is not None)
    return told if is_told else None


def chosen_separation(recording: Recording) -> Separation | None:
    """The newest by the default separator of the fewest voices: one release shows one separator."""
    of_default = [separation for separation in recording.separations.all() if separation.bundle.is_default]
    return max(of_default, key=lambda found: (-found.bundle.num_sources, found.pk), default=None)


def released_stem(stem: Stem) -> ReleasedStem:
    estimates = [estimate for estimate in stem.quality_estimates.all() if estimate.bundle.is_default]
    newest = max(estimates, key=lambda estimate: estimate.pk, default=None)
    return ReleasedStem(
        source_number=stem.source_number,
        object_key=stem.object_key,
        sha256=stem.sha256,
        sample_rate_hz=stem.sample_rate_hz,
        si_snr_db=rounded(newest.si_snr_db) if newest else None,
        low_db=rounded(newest.low_db) if newest else None,
        high_db=rounded(newest.high_db) if newest else None,
        out_of_domain=rounded(newest.out_of_domain) if newest else None,
        abstains=newest.abstains if newest else False,
    )


def rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)


def estimator_of(separation: Separation) -> BundleFacts:
    for stem in separation.stems.all():
        for estimate in stem.quality_estimates.all():
            if estimate.bundle.is_default:
                return bundle_facts(estimate.bundle)
    return BundleFacts()


def bundle_facts(bundle: ModelBundle) -> BundleFacts:
    return BundleFacts(
        name=bundle.name,
        digest=bundle.digest,
        target_convention=str(bundle.description.get("target_convention", "")),
    )
