"""Load the demo campaign: sentences to record, and constructed takes that came through the ordinary door."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from audio.files import encode_wav, read_audio
from collection.models import Assignment, Campaign, Participation, Prompt, Recording, Upload
from collection.prompt_lists import decode_prompt_list
from collection.services.examples import mark_example
from collection.services.participations import draw_session_code
from collection.services.prompts import ImportCounts, import_prompts
from collection.services.uploads import AnnouncedTake, begin_upload, complete_upload, receive_bytes
from core.errors import Broken
from recruitment.models import ConsentText, Effort
from recruitment.services.participants import enter_constructed

DEMO_FOLDER = Path(__file__).resolve().parent.parent / "demo"
SLUG = "demo"
TITLE = "Two voices, one room"
SENTENCE_SOURCE = "Common Voice sentence collection, CC0 1.0"
MAX_DEMO_TAKE_S = 60.0
CAPTURE = {"constructed": True, "frame_gaps": 0, "hidden_during_take": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCounts:
    prompts: ImportCounts
    takes_added: int


def load_demo() -> DemoCounts:
    """Idempotent: what is there already is left alone, also what people have changed about it."""
    campaign = find_or_create_campaign()
    lines = decode_prompt_list((DEMO_FOLDER / "sentences.tsv").read_bytes())
    prompts = import_prompts(campaign=campaign, lines=lines, source=SENTENCE_SOURCE)
    described = (DEMO_FOLDER / "demo.jsonl").read_text(encoding="utf-8").splitlines()
    takes_added = sum(add_take(campaign=campaign, described=json.loads(line)) for line in described)
    return DemoCounts(prompts=prompts, takes_added=takes_added)


@transaction.atomic
def find_or_create_campaign() -> Campaign:
    found = Campaign.objects.filter(slug=SLUG).first()
    if found is not None:
        return found
    effort = Effort.objects.create(name=TITLE)
    ConsentText.objects.create(effort=effort, version=1, text=read_text("consent_v1.txt"))
    return Campaign.objects.create(
        slug=SLUG,
        title=TITLE,
        introduction=read_text("introduction.txt"),
        state=Campaign.State.OPEN,
        effort=effort,
    )


def read_text(name: str) -> str:
    return (DEMO_FOLDER / name).read_text(encoding="utf-8").strip()


@transaction.atomic
def add_take(*, campaign: Campaign, described: dict[str, Any]) -> bool:
    """Upload one constructed take like a browser would; False when it is there already."""
    wav = demo_wav(described)
    client_uuid = uuid5(NAMESPACE_URL, f"realm-demo:{described['sha256']}")
    if Upload.objects.filter(client_uuid=client_uuid).exists():
        return False
    assignment = assign(campaign=campaign, described=described)
    recording = upload(assignment=assignment, wav=wav, client_uuid=client_uuid)
    recording.origin = Recording.Origin.CONSTRUCTED
    recording.origin_note = f"{described['construction']} {described['attribution']}"
    recording.save(update_fields=["origin", "origin_note"])
    if described["example"]:
        mark_example(recording=recording, kind=described["example"], reason=described["reason"], actor=None)
    return True


def demo_wav(described: dict[str, Any]) -> bytes:
    """The shipped FLAC as the WAV that a recorder would have sent, sample for sample."""
    flac = (DEMO_FOLDER / described["file"]).read_bytes()
    if hashlib.sha256(flac).hexdigest() != described["sha256"]:
        raise Broken(f"{described['file']} is not the file that demo.jsonl describes: restore the checkout.")
    sound = read_audio(BytesIO(flac), max_duration_s=MAX_DEMO_TAKE_S)
    return encode_wav(sound.samples, sample_rate_hz=sound.sample_rate_hz)


def assign(*, campaign: Campaign, described: dict[str, Any]) -> Assignment:
    """A participation of its own for each take, since each has other voices."""
    participation = Participation.objects.create(
        participant=enter_constructed(effort=campaign.effort),
        campaign=campaign,
        session_code=draw_session_code(),
        speaker_genders=genders_of(described["speaker_sexes"]),
    )
    sentences = [f"LibriSpeech utterance {name} (not written down here)" for name in described["utterances"]]
    prompt, _ = Prompt.objects.get_or_create(
        campaign=campaign,
        sentence_1=sentences[0],
        sentence_2=sentences[1],
        defaults={"source": f"LibriSpeech, {described['licence']}", "is_offered": False},
    )
    return Assignment.objects.create(participation=participation, prompt=prompt)


def genders_of(sexes: list[str]) -> str:
    genders = Participation.SpeakerGenders
    return {2: genders.TWO_FEMALE, 1: genders.MIXED, 0: genders.TWO_MALE}[Counter(sexes)["female"]]


def upload(*, assignment: Assignment, wav: bytes, client_uuid: UUID) -> Recording:
    take = AnnouncedTake(
        client_uuid=client_uuid,
        sha256=hashlib.sha256(wav).hexdigest(),
        byte_length=len(wav),
        capture=dict(CAPTURE),
    )
    begun, _ = begin_upload(assignment=assignment, take=take)
    receive_bytes(upload=begun, body=BytesIO(wav), content_length=len(wav))
    finished = complete_upload(upload=begun)
    if finished.state != Upload.State.STORED:
        raise Broken(f"A demo take was refused: {finished.refusal_message}")
    return finished.recording
