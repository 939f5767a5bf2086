"""The people of the permission table, and one of everything they might want to see."""

import uuid
from dataclasses import dataclass

from django.contrib.sessions.backends.db import SessionStore
from django.db.models import F
from django.test import Client

from accounts.models import Role, User
from collection.models import Campaign, Recording, Upload
from evaluation.listening.models import Study, Trial
from evaluation.listening.services.trials import next_trial
from recruitment.models import Participant, Payment, Submission
from recruitment.services.decisions import decide
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from recruitment.sessions import remember_participant
from releases.models import Release
from tests.factories import make_assignment, make_campaign, make_participation, make_recording, make_user
from tests.listening.studies import make_bundle, make_listener, make_separation, make_study

PEOPLE = ("anonymous", "contributor", "other contributor", "listener", "reviewer", "researcher", "admin")


@dataclass(frozen=True)
class Cast:
    campaign: Campaign
    recording: Recording
    upload: Upload
    study: Study
    trial: Trial
    release: Release
    payment: Payment
    participants: dict[str, Participant]
    staff: dict[str, User]


def make_cast() -> Cast:
    campaign = make_campaign()
    participation, other = make_participation(campaign=campaign), make_participation(campaign=campaign)
    recording = make_recording(participation=participation)
    subject = f"recording:{recording.public_id}"
    work = record_finished_work(participant=participation.participant, subject=subject, evidence={})
    mint_stamp(work_unit=work)
    stems = make_separation(bundle=make_bundle(), recording=recording).stems
    picture = {"spectrogram_key": F("object_key"), "spectrogram_sha256": F("sha256")}
    stems.update(spectrogram_bytes=F("byte_length"), **picture)
    study = make_study(estimates=((8.0, 6.0),))
    listener = make_listener(study=study)
    trial = next_trial(study=study, participant=listener)
    assert trial is not None
    assignment = make_assignment(participation=participation)
    upload = Upload.objects.create(
        client_uuid=uuid.uuid4(),
        assignment=assignment,
        sha256="0" * 64,
        byte_length=44,
        object_key="incoming/1",
    )
    return Cast(
        campaign=campaign,
        recording=recording,
        upload=upload,
        study=study,
        trial=trial,
        release=Release.objects.create(campaign=campaign, version="0.1.0"),
        payment=make_payment(participation.participant),
        participants={
            "contributor": participation.participant,
            "other contributor": other.participant,
            "listener": listener,
        },
        staff={role: make_user(role=role) for role in (Role.REVIEWER, Role.RESEARCHER, Role.ADMIN)},
    )


def make_payment(participant: Participant) -> Payment:
    """Of an approved submission of this participant."""
    effort = participant.effort
    effort.reward_minor = 450
    effort.save()
    submission = Submission.objects.create(
        effort=effort, participant=participant, state=Submission.State.SUBMITTED
    )
    decide(submission=submission, verdict="approve", actor=None)
    return submission.payments.get()


def client_of(cast: Cast, person: str) -> Client:
    """A browser in which this person has logged in, or has entered the campaign or study."""
    client = Client()
    if person in cast.staff:
        client.force_login(cast.staff[Role(person)])
    elif person in cast.participants:
        session = SessionStore()
        remember_participant(session=session, participant=cast.participants[person])
        session.create()
        client.cookies["sessionid"] = str(session.session_key)
    return client
