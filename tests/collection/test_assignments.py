"""A participation reads every prompt once, one at a time, whatever its tabs do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from collection.models import Assignment, Participation
from collection.rules import choose_prompt
from collection.services.assignments import next_assignment, open_one, skip_assignment
from core.errors import ShownToUser
from tests.factories import make_campaign, make_participation, make_prompt


def test_nothing_is_chosen_from_nothing() -> None:
    assert choose_prompt(unseen_ids=[], choose=min) is None
    assert choose_prompt(unseen_ids=[3, 2], choose=min) == 2


@pytest.mark.django_db
def test_no_prompt_comes_twice_and_then_they_run_out() -> None:
    participation = make_participation(campaign=make_campaign(prompts=5))
    seen = []
    while (assignment := next_assignment(participation=participation)) is not None:
        seen.append(assignment.prompt_id)
        Assignment.objects.filter(pk=assignment.pk).update(state="recorded")
    assert sorted(seen) == sorted(participation.campaign.prompts.values_list("pk", flat=True))


@pytest.mark.django_db
def test_the_open_assignment_is_given_again() -> None:
    participation = make_participation()
    assert next_assignment(participation=participation) == next_assignment(participation=participation)


@pytest.mark.django_db
def test_skipped_sentences_do_not_come_back() -> None:
    participation = make_participation(campaign=make_campaign(prompts=2))
    first = next_assignment(participation=participation)
    assert first is not None
    skip_assignment(assignment=first)
    second = next_assignment(participation=participation)
    assert second is not None
    assert second.prompt != first.prompt


@pytest.mark.django_db
def test_sentences_taken_off_the_list_are_not_offered() -> None:
    participation = make_participation(campaign=make_campaign(prompts=1))
    participation.campaign.prompts.update(is_offered=False)
    assert next_assignment(participation=participation) is None


@pytest.mark.django_db
def test_a_recorded_assignment_cannot_be_skipped() -> None:
    assignment = Assignment.objects.create(
        participation=(participation := make_participation()),
        prompt=make_prompt(campaign=participation.campaign),
        state="recorded",
    )
    skip_assignment(assignment=assignment)
    assignment.refresh_from_db()
    assert assignment.state == "recorded"


@pytest.mark.django_db
def test_a_closed_campaign_gives_nothing_new_but_leaves_the_open_one() -> None:
    participation = make_participation()
    assignment = next_assignment(participation=participation)
    participation.campaign.state = "closed"
    participation.campaign.save()
    assert next_assignment(participation=participation) == assignment
    assert assignment is not None
    skip_assignment(assignment=assignment)
    with pytest.raises(ShownToUser, match="closed"):
        next_assignment(participation=participation)


@pytest.mark.django_db
def test_losing_a_race_shows_the_assignment_that_won() -> None:
    participation = make_participation(campaign=make_campaign(prompts=2))
    winner = next_assignment(participation=participation)
    other_prompt = participation.campaign.prompts.exclude(assignments__participation=participation).get()
    assert open_one(participation=participation, prompt_id=other_prompt.pk) == winner


@pytest.mark.django_db(transaction=True)
def test_many_tabs_at_once_open_one_assignment() -> None:
    participation = make_participation(campaign=make_campaign(prompts=8))

    def ask(_: int) -> Assignment | None:
        try:
            return next_assignment(participation=Participation.objects.get(pk=participation.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as tabs:
        answers = set(tabs.map(ask, range(8)))
    assert len(answers) == Assignment.objects.count() == 1
