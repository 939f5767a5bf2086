"""Let listeners in, and forget them when they ask for it."""

from django.db import transaction

from core.errors import ShownToUser
from evaluation.listening.models import Presentation, Rating, Study, Trial
from recruitment.models import Participant
from recruitment.services.participants import enter_effort


def begin_listening(*, study: Study, consented: bool) -> Participant:
    """A new listener with a withdrawal code; raises ShownToUser where the study is not open or consent missing."""
    refuse_unless_open(study)
    return enter_effort(
        effort=study.effort,
        consent_text=study.effort.consent_texts.first(),
        people_consenting=1 if consented else 0,
    )


def refuse_unless_open(study: Study) -> None:
    if study.state == Study.State.DRAFT:
        raise ShownToUser(
            "This listening study has not started yet. Please come back when you are told that it has.",
            code="study_not_open",
            status=403,
            final=False,
        )
    if study.state == Study.State.CLOSED:
        raise ShownToUser(
            "This listening study has ended and takes no more ratings. Ratings already given are kept. "
            "Thank you for your interest.",
            code="study_closed",
            status=403,
        )


@transaction.atomic
def erase_listening(*, participant: Participant) -> int:
    """Delete what a withdrawn participant left in studies, as a listener or as a speaker; returns the ratings.

    Their recordings' trials go as well, so that separations may be deleted after this. Asked again it
    deletes nothing. For the withdrawal sweep; raises ValueError for somebody who still takes part.
    """
    if not participant.has_withdrawn:
        raise ValueError(f"Participant {participant} has not withdrawn: nothing may be erased.")
    trials = Trial.objects.filter(separation__recording__participation__participant=participant)
    deleted, _ = Rating.objects.filter(participant=participant).delete()
    deleted_of_recordings, _ = Rating.objects.filter(trial__in=trials).delete()
    Presentation.objects.filter(participant=participant).delete()
    Presentation.objects.filter(trial__in=trials).delete()
    trials.delete()
    return deleted + deleted_of_recordings
