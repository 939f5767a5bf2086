"""Give a listener the next trial and take the vote."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from core.errors import ShownToUser
from evaluation.listening.models import Presentation, Rating, Study, Trial
from evaluation.listening.rules.order import next_candidate
from evaluation.listening.rules.voting import (
    check_every_signal_was_played,
    check_score,
    check_there_was_time_to_listen,
)
from evaluation.listening.services.listeners import refuse_unless_open
from recruitment.models import Participant
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a listener is; `total` leaves out what was withdrawn before they rated it."""

    rated: int
    total: int

    @property
    def number(self) -> int:
        """Of the trial in front of the listener, from 1."""
        return min(self.rated + 1, self.total)


@transaction.atomic
def next_trial(*, study: Study, participant: Participant) -> Trial | None:
    """The trial in front of this listener, or a new one; None when they have rated every one.

    A new one is the least rated of those they have not met; among equals the lot drawn from the study's seed
    and the listener decides. The order is stored as it arises.
    """
    refuse_unless_open(study)
    lock_listener(participant)
    shown = participant.presentations.open()
    shown.of_withdrawn_recordings().update(state=Presentation.State.PASSED_OVER)
    waiting = shown.select_related("trial__separation__recording").first()
    return waiting.trial if waiting else present_another(study=study, participant=participant)


def present_another(*, study: Study, participant: Participant) -> Trial | None:
    chosen = next_candidate(
        candidates=study.trials.presentable().not_yet_shown_to(participant.pk).candidates(),
        seed=study.order_seed,
        listener=str(participant.public_id),
    )
    if chosen is None:
        return None
    trial = study.trials.select_related("separation__recording").get(public_id=chosen.trial)
    position = participant.presentations.count() + 1
    Presentation.objects.create(trial=trial, participant=participant, position=position)
    return trial


@transaction.atomic
def rate_trial(
    *, trial: Trial, participant: Participant, score: int, signals_played: Collection[int]
) -> Rating:
    """Keep one vote; sent again it is the same rating, a different score is refused: a vote is final.

    (A changed mind after later trials would make votes depend on each other.) Raises ShownToUser, with
    `final` False where the listener can mend it.
    """
    check_score(score=score)
    lock_listener(participant)
    given = Rating.objects.filter(trial=trial, participant=participant).first()
    if given is not None:
        return same_vote(given, score=score)
    refuse_unless_open(trial.study)
    presentation = open_presentation(trial=trial, participant=participant)
    check_every_signal_was_played(signals_played=signals_played, stem_count=trial.separation.stems.count())
    elapsed_s = (timezone.now() - presentation.presented_at).total_seconds()
    check_there_was_time_to_listen(elapsed_s=elapsed_s, sound_s=trial.sound_s)
    return store_vote(presentation=presentation, score=score)


def same_vote(given: Rating, *, score: int) -> Rating:
    if given.score == score:
        return given
    raise ShownToUser(
        f"You have rated this recording with {given.score}; a rating cannot be changed to {score} afterwards.",
        code="already_rated",
        field="score",
        status=409,
    )


def open_presentation(*, trial: Trial, participant: Participant) -> Presentation:
    """What this listener has in front of them; nobody can rate what was not shown to them."""
    presentation = Presentation.objects.filter(trial=trial, participant=participant).first()
    if presentation is None:
        raise ShownToUser(
            "This recording was not shown to you, so you cannot rate it.", code="not_presented", status=404
        )
    if not Trial.objects.presentable().filter(pk=trial.pk).exists():
        raise ShownToUser(
            "The people in this recording have withdrawn it; it needs no rating. Please go on to the next one.",
            code="recording_withdrawn",
            status=410,
        )
    return presentation


def store_vote(*, presentation: Presentation, score: int) -> Rating:
    trial, participant = presentation.trial, presentation.participant
    rating = Rating.objects.create(trial=trial, participant=participant, score=score)
    presentation.state = Presentation.State.RATED
    presentation.save(update_fields=["state"])
    progress = progress_of(study=trial.study, participant=participant)
    if progress.rated == progress.total:
        work_unit = record_finished_work(
            participant=participant,
            subject=f"study:{trial.study.slug}",
            evidence={"title": trial.study.title, "ratings": progress.rated, "needs_review": False},
        )
        mint_stamp(work_unit=work_unit)
    return rating


def progress_of(*, study: Study, participant: Participant) -> Progress:
    rated = study.trials.filter(ratings__participant=participant)
    unrated = study.trials.presentable().exclude(ratings__participant=participant)
    return Progress(rated=rated.count(), total=rated.count() + unrated.count())


def lock_listener(participant: Participant) -> None:
    """Two tabs of one listener take turns; the constraints hold where the database knows no row locks."""
    Participant.objects.select_for_update().get(pk=participant.pk)
