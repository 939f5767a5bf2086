"""Researchers make, open and close studies; what cannot be studied is refused in a sentence."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Role
from collection.models import Recording
from core.errors import ShownToUser
from evaluation.listening.models import Study
from evaluation.listening.selection import Selection, choose_recordings
from evaluation.listening.services.studies import close_study, create_study, open_study
from evaluation.registry.models import ModelBundle
from recruitment.models import Participant
from tests.factories import make_recording, make_user
from tests.listening.studies import make_bundle, make_separation, make_study

pytestmark = pytest.mark.django_db


def test_a_study_is_a_draft_with_the_newest_separation_of_each_recording() -> None:
    bundle, recording = make_bundle(), make_recording()
    make_separation(bundle=bundle, recording=recording, code_version="old")
    newest = make_separation(bundle=bundle, recording=recording, code_version="new")
    study = create_study(
        title="Öl & Ä?",
        instructions="Rate.",
        bundle=bundle,
        recordings=[recording],
        created_by=make_user(role=Role.RESEARCHER),
    )
    assert study.state == Study.State.DRAFT
    assert [trial.separation for trial in study.trials.all()] == [newest]
    assert study.effort.consent_texts.count() == 1


def test_the_estimator_is_fixed_when_the_study_is_made() -> None:
    study = make_study()
    first = study.estimator
    assert first is not None
    first.is_default = False
    first.save()
    make_bundle(kind="estimator")
    study.refresh_from_db()
    assert study.estimator == first


def test_a_study_made_without_an_estimator_gets_one_when_it_is_opened() -> None:
    study = make_study(is_open=False)
    Study.objects.update(estimator=None)
    study.refresh_from_db()
    open_study(study=study, actor=study.created_by)
    assert Study.objects.get().estimator == ModelBundle.objects.get(kind="estimator", is_default=True)


def test_a_recording_that_was_not_separated_is_refused_with_its_count() -> None:
    bundle = make_bundle()
    recordings = [make_separation(bundle=bundle).recording, make_recording()]
    with pytest.raises(ShownToUser, match="1 of the 2 picked recordings have not been separated by secret-"):
        create_study(
            title="T", instructions="I", bundle=bundle, recordings=recordings, created_by=make_user()
        )
    assert not Study.objects.exists()


def test_the_same_seed_picks_the_same_recordings_and_another_seed_others() -> None:
    bundle = make_bundle()
    for _ in range(12):
        make_separation(bundle=bundle)
    picks = [
        {recording.pk for recording in choose_recordings(selection=selection)}
        for seed in (1, 1, 2)
        for selection in [Selection(bundle=bundle, review_state="waiting", how_many=4, seed=seed)]
    ]
    assert picks[0] == picks[1] != picks[2]
    assert len(picks[0]) == 4


def test_only_kept_recordings_of_the_wanted_review_state_can_be_picked() -> None:
    bundle = make_bundle()
    accepted, waiting, withdrawn = [make_separation(bundle=bundle).recording for _ in range(3)]
    Recording.objects.filter(pk__in=[accepted.pk, withdrawn.pk]).update(review_state="accepted")
    speakers = Participant.objects.filter(pk=withdrawn.participation.participant_id)
    speakers.update(withdrawn_at=timezone.now())
    selection = Selection(bundle=bundle, review_state="accepted", how_many=1, seed=0)
    assert choose_recordings(selection=selection) == [accepted]
    with pytest.raises(ShownToUser, match="2 recordings were asked for, but 1 were separated"):
        choose_recordings(selection=Selection(bundle=bundle, review_state="accepted", how_many=2, seed=0))


def test_opening_and_closing_is_written_down_once() -> None:
    study = make_study(is_open=False)
    for _ in range(2):
        open_study(study=study, actor=study.created_by)
    close_study(study=study, actor=study.created_by)
    assert study.state == Study.State.CLOSED
    actions = AuditEntry.objects.filter(subject=f"study:{study.slug}").values_list("action", flat=True)
    assert sorted(actions) == ["study.closed", "study.create", "study.open"]


def test_a_study_whose_recordings_were_all_withdrawn_cannot_open() -> None:
    study = make_study(is_open=False)
    Participant.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(ShownToUser, match="no recording left to rate"):
        open_study(study=study, actor=study.created_by)
