"""People of Prolific for tests: an effort with its codes, and somebody who arrives at it."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from collection.models import Campaign
from recruitment.models import Effort, Submission
from recruitment.services.arrivals import enter_once, receive_arrival
from recruitment.services.participants import enter_effort
from tests.factories import make_campaign, make_effort
from tests.recruitment.works import make_stamp

STUDY = "5f0000000000000000000a01"
COMPLETED, SCREENED_OUT, NO_CONSENT = "C0MPLETE", "SCREEN0UT", "N0CONSENT"
AGREED = {
    "speaker_genders": "mixed",
    "native_speakers": "both",
    "consent_speaker_1": "on",
    "consent_speaker_2": "on",
    "consent_version": "1",
}


def make_prolific_effort(**fields: Any) -> Effort:
    effort = make_effort()
    effort.channel = "prolific"
    effort.units_wanted = fields.pop("units_wanted", 1)
    effort.channel_settings = {
        "study_id": STUDY,
        "completed_code": COMPLETED,
        "screened_out_code": SCREENED_OUT,
        "no_consent_code": NO_CONSENT,
    }
    for name, value in fields.items():
        setattr(effort, name, value)
    effort.save()
    return effort


def make_prolific_campaign(**fields: Any) -> Campaign:
    return make_campaign(effort=make_prolific_effort(**fields))


def worker_id(number: int) -> str:
    return f"5a{number:022x}"


def reference(number: int) -> str:
    return f"6b{number:022x}"


def parameters(person: int, session: int | None = None) -> dict[str, str]:
    session = person if session is None else session
    return {"PROLIFIC_PID": worker_id(person), "STUDY_ID": STUDY, "SESSION_ID": reference(session)}


def begin_as(person: int, *, effort: Effort, session: int | None = None) -> Submission:
    """Somebody who arrived and agreed; their submission with its participant."""
    store = SessionStore()
    submission = receive_arrival(session=store, effort=effort, parameters=parameters(person, session))
    assert submission is not None
    enter_once(
        session=store,
        effort=effort,
        begin=lambda: enter_effort(
            effort=effort, consent_text=effort.consent_texts.first(), people_consenting=2
        ),
        is_staff=False,
    )
    submission.refresh_from_db()
    return submission


def work_as(person: int, *, effort: Effort, units: int = 1, session: int | None = None) -> Submission:
    """Somebody who arrived, agreed and finished so many units of work."""
    submission = begin_as(person, effort=effort, session=session)
    for _ in range(units):
        make_stamp(participant=submission.participant)
    return submission


def agree(client: Client, campaign: Campaign) -> Any:
    """Fill in the questionnaire of a campaign and send it."""
    return client.post(f"/c/{campaign.slug}/begin", AGREED)
