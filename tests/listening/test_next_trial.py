"""What a listener hears next: least rated first, an order of their own, never twice."""

import pytest
from django.utils import timezone

from core.errors import ShownToUser
from evaluation.listening.models import Presentation, Study, Trial
from evaluation.listening.rules.order import Candidate, next_candidate
from evaluation.listening.services.listeners import begin_listening
from evaluation.listening.services.studies import close_study
from evaluation.listening.services.trials import next_trial, progress_of, rate_trial
from recruitment.models import Participant
from tests.listening.studies import let_time_pass, make_listener, make_rating, make_study

pytestmark = pytest.mark.django_db


def rate_everything(*, study: Study, listener: Participant) -> list[Trial]:
    heard = []
    while trial := next_trial(study=study, participant=listener):
        heard.append(trial)
        let_time_pass(participant=listener)
        rate_trial(trial=trial, participant=listener, score=3, signals_played={0, 1, 2})
    return heard


def test_a_listener_hears_every_trial_once_in_a_stored_order() -> None:
    study = make_study(estimates=[(1.0, 1.0)] * 4)
    listener = make_listener(study=study)
    heard = rate_everything(study=study, listener=listener)
    assert sorted(trial.pk for trial in heard) == sorted(study.trials.values_list("pk", flat=True))
    stored = listener.presentations.order_by("position")
    assert [presentation.trial for presentation in stored] == heard
    assert [presentation.position for presentation in stored] == [1, 2, 3, 4]


def test_asking_again_gives_the_same_trial() -> None:
    study = make_study()
    listener = make_listener(study=study)
    assert next_trial(study=study, participant=listener) == next_trial(study=study, participant=listener)
    assert listener.presentations.count() == 1


def test_the_least_rated_trial_comes_first() -> None:
    study = make_study()
    first, second, third = study.trials.order_by("id")
    for trial in (first, first, third):
        make_rating(trial=trial, score=4)
    assert next_trial(study=study, participant=make_listener(study=study)) == second


def test_a_trial_on_another_screen_counts_until_that_listener_has_gone() -> None:
    study = make_study(estimates=[(1.0, 1.0)] * 2)
    away, here = make_listener(study=study), make_listener(study=study)
    taken = next_trial(study=study, participant=away)
    assert next_trial(study=study, participant=here) != taken
    Presentation.objects.filter(participant=here).delete()
    let_time_pass(participant=away, seconds=3 * 3600)
    votes = {candidate.votes for candidate in study.trials.all().candidates()}
    assert votes == {0}


def test_a_withdrawn_listeners_ratings_do_not_count_for_the_order() -> None:
    study = make_study(estimates=[(1.0, 1.0)])
    rating = make_rating(trial=study.trials.get(), score=4)
    assert [candidate.votes for candidate in study.trials.all().candidates()] == [1]
    Participant.objects.filter(pk=rating.participant_id).update(withdrawn_at=timezone.now())
    assert [candidate.votes for candidate in study.trials.all().candidates()] == [0]


def test_equally_rated_trials_come_in_another_order_for_another_listener() -> None:
    candidates = [Candidate(trial=str(number), votes=0) for number in range(50)]
    firsts = {next_candidate(candidates=candidates, seed=5, listener=f"listener {who}") for who in range(20)}
    assert len(firsts) > 10
    again = next_candidate(candidates=candidates[::-1], seed=5, listener="listener 0")
    assert again == next_candidate(candidates=candidates, seed=5, listener="listener 0")


def test_a_recording_withdrawn_while_it_is_heard_is_passed_over() -> None:
    study = make_study(estimates=[(1.0, 1.0)] * 2)
    listener = make_listener(study=study)
    first = next_trial(study=study, participant=listener)
    assert first is not None
    speakers = first.separation.recording.participation.participant
    Participant.objects.filter(pk=speakers.pk).update(withdrawn_at=timezone.now())
    with pytest.raises(ShownToUser, match="have withdrawn it"):
        rate_trial(trial=first, participant=listener, score=3, signals_played={0, 1, 2})
    second = next_trial(study=study, participant=listener)
    assert second not in (None, first)
    assert progress_of(study=study, participant=listener).total == 1


@pytest.mark.parametrize("is_open, sentence", [(False, "has not started yet"), (True, "has ended")])
def test_nobody_begins_or_hears_a_study_that_is_not_open(is_open: bool, sentence: str) -> None:
    study = make_study(is_open=is_open)
    if is_open:
        close_study(study=study, actor=study.created_by)
    with pytest.raises(ShownToUser, match=sentence):
        begin_listening(study=study, consented=True)


def test_nobody_begins_without_consent() -> None:
    with pytest.raises(ShownToUser, match="agreed to the consent text"):
        begin_listening(study=make_study(), consented=False)
