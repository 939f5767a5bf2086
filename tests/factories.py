"""Small real objects for every test: rows with their constraints kept, recordings with sound in the store."""

import hashlib
import itertools
import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.models import Role, User
from collection.models import Assignment, Campaign, Participation, Prompt, Recording
from core.storage import object_store
from recruitment.models import ConsentText, Effort, Participant
from recruitment.services.participants import enter_effort
from tests.audio.riff import chunk, format_chunk, pcm16, riff

counter = itertools.count(1)


def make_user(*, role: str = Role.REVIEWER, password: str = "a-long-test-password", **fields: Any) -> User:
    fields.setdefault("username", f"{role}{next(counter)}")
    fields.setdefault("is_staff", role == Role.ADMIN)
    return User.objects.create_user(password=password, role=role, **fields)


def make_effort(*, consent: str = "We keep and publish your voices.") -> Effort:
    effort = Effort.objects.create(name=f"Effort {next(counter)}")
    ConsentText.objects.create(effort=effort, version=1, text=consent)
    return effort


def make_campaign(*, prompts: int = 3, **fields: Any) -> Campaign:
    """An open campaign with consent text version 1 and a few prompts."""
    number = next(counter)
    fields.setdefault("slug", f"campaign-{number}")
    fields.setdefault("title", f"Campaign {number}")
    fields.setdefault("introduction", "Two people read two sentences at the same time.")
    fields.setdefault("state", Campaign.State.OPEN)
    campaign = Campaign.objects.create(effort=fields.pop("effort", None) or make_effort(), **fields)
    for index in range(prompts):
        make_prompt(campaign=campaign, sentence_1=f"First sentence {index}.", sentence_2=f"Second {index}.")
    return campaign


def make_prompt(*, campaign: Campaign, **fields: Any) -> Prompt:
    number = next(counter)
    fields.setdefault("sentence_1", f"The kettle sings {number}.")
    fields.setdefault("sentence_2", f"The gate creaks {number}.")
    return Prompt.objects.create(campaign=campaign, **fields)


def make_participant(*, effort: Effort | None = None, people_consenting: int = 2) -> Participant:
    effort = effort or make_effort()
    consent_text = effort.consent_texts.get(version=1)
    return enter_effort(effort=effort, consent_text=consent_text, people_consenting=people_consenting)


def make_participation(*, campaign: Campaign | None = None, **fields: Any) -> Participation:
    campaign = campaign or make_campaign()
    fields.setdefault("participant", make_participant(effort=campaign.effort))
    fields.setdefault("session_code", f"s{next(counter)}")
    fields.setdefault("speaker_genders", "mixed")
    fields.setdefault("native_speakers", "both")
    return Participation.objects.create(campaign=campaign, **fields)


def make_assignment(*, participation: Participation | None = None, **fields: Any) -> Assignment:
    participation = participation or make_participation()
    fields.setdefault("prompt", make_prompt(campaign=participation.campaign))
    return Assignment.objects.create(participation=participation, **fields)


def make_sound(
    *, duration_s: float = 2.5, sample_rate_hz: int = 16_000, seed: int | None = None
) -> NDArray[np.float32]:
    """Two tones that come and go, over faint noise: shape (frames, 1); every seed sounds different."""
    rng = np.random.default_rng(next(counter) if seed is None else seed)
    seconds = np.arange(round(duration_s * sample_rate_hz)) / sample_rate_hz
    low, high = rng.uniform(100, 140), rng.uniform(190, 240)
    sound = 0.2 * np.sin(2 * np.pi * low * seconds) * (np.sin(2 * np.pi * seconds) > -0.5)
    sound += 0.15 * np.sin(2 * np.pi * high * seconds) * (np.cos(2 * np.pi * 0.8 * seconds) > -0.5)
    sound += 0.001 * rng.standard_normal(len(seconds))
    return sound.astype(np.float32)[:, None]


def make_wav(
    *, samples: NDArray[np.float32] | None = None, sample_rate_hz: int = 16_000, **sound: Any
) -> bytes:
    """An honest PCM16 WAV; without samples, of `make_sound`."""
    if samples is None:
        samples = make_sound(sample_rate_hz=sample_rate_hz, **sound)
    header = format_chunk(channels=samples.shape[1], sample_rate_hz=sample_rate_hz)
    return riff(header, chunk(b"data", pcm16(samples)))


def make_recording(
    *,
    participation: Participation | None = None,
    wav: bytes | None = None,
    sample_rate_hz: int = 16_000,
    **fields: Any,
) -> Recording:
    """A stored take: its WAV (PCM16 mono) is really in the object store."""
    assignment = fields.pop("assignment", None) or make_assignment(
        participation=participation, state=Assignment.State.RECORDED
    )
    data = wav if wav is not None else make_wav(sample_rate_hz=sample_rate_hz)
    digest = hashlib.sha256(data).hexdigest()
    key = f"takes/00/{uuid.uuid4()}.wav"
    object_store().put(key=key, data=data, sha256=digest, content_type="audio/wav")
    fields.setdefault("number_in_session", assignment.participation.recordings.count() + 1)
    return Recording.objects.create(
        assignment=assignment,
        participation=assignment.participation,
        object_key=key,
        sha256=digest,
        byte_length=len(data),
        sample_rate_hz=sample_rate_hz,
        channels=1,
        sample_format="pcm16",
        frames=(len(data) - 44) // 2,
        **fields,
    )
