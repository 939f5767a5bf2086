"""At least one row of everything the admin shows; asked again, as many more."""

import uuid

from accounts.services.audit import record_action
from collection.models import Campaign, DerivedObject, QualityFlag, Review, Upload
from core.models import Job
from evaluation.listening.models import Presentation, Rating, Study, Trial
from recruitment.models import ConsentText
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from releases.models import Release, WithdrawnRecording
from tests.factories import make_campaign, make_effort, make_participant, make_participation, make_user
from tests.releases.made import make_accepted


def fill(*, times: int = 1) -> Campaign:
    for _ in range(times):
        campaign = make_campaign()
        fill_collection(campaign)
        fill_listening(campaign)
        fill_rest(campaign)
    return campaign


def fill_collection(campaign: Campaign) -> None:
    recording = make_accepted(campaign=campaign, participation=make_participation(campaign=campaign))
    key = uuid.uuid4()
    Upload.objects.create(
        client_uuid=key, assignment=recording.assignment, sha256="0" * 64, byte_length=1, object_key=str(key)
    )
    DerivedObject.objects.create(
        recording=recording, kind="peaks", object_key=f"derived/{key}", sha256="0" * 64, byte_length=1
    )
    QualityFlag.objects.create(recording=recording, code="quiet", severity="info", message="Quiet.")
    Review.objects.create(recording=recording, reviewer=make_user(), decision="accepted")
    participant = recording.participation.participant
    unit = record_finished_work(participant=participant, subject=recording.work_subject, evidence={})
    mint_stamp(work_unit=unit)


def fill_listening(campaign: Campaign) -> None:
    separation = campaign.participations.get().recordings.get().separations.get()
    slug = uuid.uuid4().hex
    study = Study.objects.create(slug=slug, title=slug, effort=make_effort(), created_by=make_user())
    trial = Trial.objects.create(study=study, separation=separation)
    listener = make_participant(effort=study.effort, people_consenting=1)
    Presentation.objects.create(trial=trial, participant=listener, position=1)
    Rating.objects.create(trial=trial, participant=listener, score=4)


def fill_rest(campaign: Campaign) -> None:
    recording = campaign.participations.get().recordings.get()
    release = Release.objects.create(campaign=campaign, version="0.1.0", requested_by=make_user(role="admin"))
    release.recordings.set([recording])
    WithdrawnRecording.objects.create(
        recording_id=uuid.uuid4(), mixture_name="m", sha256="0" * 64, withdrawn_at=recording.stored_at
    )
    ConsentText.objects.create(effort=campaign.effort, version=2, text="A second version.")
    Job.objects.create(kind="test.kind", subject_key=uuid.uuid4().hex, queue="cpu", state="quarantined")
    record_action(actor=make_user(), action="test.fill", subject=f"campaign:{campaign.slug}")
