"""A vote counts once, after listening, and only from the listener it was shown to."""

import pytest

from core.errors import ShownToUser
from evaluation.listening.models import Rating, Study, Trial
from evaluation.listening.services.studies import close_study
from evaluation.listening.services.trials import next_trial, rate_trial
from recruitment.models import Participant, WorkUnit
from tests.listening.studies import let_time_pass, make_listener, make_study

pytestmark = pytest.mark.django_db
ALL_SIGNALS = {0, 1, 2}


@pytest.fixture
def study() -> Study:
    return make_study(estimates=[(1.0, 1.0)] * 2)


@pytest.fixture
def listener(study: Study) -> Participant:
    return make_listener(study=study)


@pytest.fixture
def trial(study: Study, listener: Participant) -> Trial:
    shown = next_trial(study=study, participant=listener)
    assert shown is not None
    let_time_pass(participant=listener)
    return shown


def test_a_vote_sent_twice_is_one_rating(trial: Trial, listener: Participant) -> None:
    votes = [
        rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS) for _ in range(2)
    ]
    assert votes[0] == votes[1]
    assert Rating.objects.count() == 1


def test_a_vote_is_final(trial: Trial, listener: Participant) -> None:
    rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS)
    with pytest.raises(ShownToUser, match="rated this recording with 4") as refusal:
        rate_trial(trial=trial, participant=listener, score=5, signals_played=ALL_SIGNALS)
    assert refusal.value.status == 409
    assert Rating.objects.get().score == 4


def test_a_lost_answer_can_be_asked_for_again_after_the_study_closed(
    study: Study, trial: Trial, listener: Participant
) -> None:
    vote = rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS)
    close_study(study=study, actor=study.created_by)
    trial.refresh_from_db()
    assert rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS) == vote


def test_a_closed_study_takes_no_vote(study: Study, trial: Trial, listener: Participant) -> None:
    close_study(study=study, actor=study.created_by)
    with pytest.raises(ShownToUser, match="has ended"):
        rate_trial(
            trial=Trial.objects.get(pk=trial.pk), participant=listener, score=4, signals_played=ALL_SIGNALS
        )
    assert not Rating.objects.exists()


def test_what_was_not_played_is_named(trial: Trial, listener: Participant) -> None:
    with pytest.raises(ShownToUser, match="play the mixture and separated signal 2 to the end") as refusal:
        rate_trial(trial=trial, participant=listener, score=4, signals_played={1})
    assert not refusal.value.final
    assert not Rating.objects.exists()


def test_nobody_rates_sooner_than_the_sounds_last(trial: Trial, listener: Participant) -> None:
    # A mixture of 2.5 s and two stems of 2.5 s; a signal counts as heard at nine tenths.
    let_time_pass(participant=listener, seconds=6.5)
    with pytest.raises(ShownToUser, match=r"last 7\.5 s together and have been on your screen for 6\.5 s"):
        rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS)
    let_time_pass(participant=listener, seconds=6.8)
    assert rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS).score == 4


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_off_the_scale_is_refused(trial: Trial, listener: Participant, score: int) -> None:
    with pytest.raises(ShownToUser, match=f"The rating is {score}; choose a whole number from 1"):
        rate_trial(trial=trial, participant=listener, score=score, signals_played=ALL_SIGNALS)


def test_nobody_rates_what_was_not_shown_to_them(study: Study, trial: Trial) -> None:
    other = make_listener(study=study)
    with pytest.raises(ShownToUser, match="not shown to you"):
        rate_trial(trial=trial, participant=other, score=1, signals_played=ALL_SIGNALS)
    assert not Rating.objects.exists()


def test_the_last_vote_finishes_a_unit_of_work_and_earns_its_stamp(
    study: Study, trial: Trial, listener: Participant
) -> None:
    rate_trial(trial=trial, participant=listener, score=4, signals_played=ALL_SIGNALS)
    assert not WorkUnit.objects.exists()
    last = next_trial(study=study, participant=listener)
    assert last is not None
    let_time_pass(participant=listener)
    rate_trial(trial=last, participant=listener, score=2, signals_played=ALL_SIGNALS)
    unit = WorkUnit.objects.get()
    assert (unit.participant, unit.subject) == (listener, f"study:{study.slug}")
    assert unit.evidence == {"title": study.title, "ratings": 2, "needs_review": False}
    assert unit.stamp.state == "issued"
