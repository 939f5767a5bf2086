"""Give a participation the sentences to read, never the same ones twice and one pair at a time."""

import secrets

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from collection.models import Assignment, Participation, Prompt
from collection.rules import choose_prompt
from collection.services.participations import refuse_closed


def next_assignment(*, participation: Participation) -> Assignment | None:
    """The open assignment, or a new one with a random prompt they have not had; None when prompts ran out.

    Raises ShownToUser `campaign_closed` where a new one would be needed; an open one is given until the end.
    """
    open_assignment = participation.assignments.waiting_for_a_take().select_related("prompt").first()
    if open_assignment is not None:
        return open_assignment
    refuse_closed(participation.campaign)
    unseen_ids = list(unseen_prompts(participation).values_list("pk", flat=True))
    prompt_id = choose_prompt(unseen_ids=unseen_ids, choose=secrets.choice)
    return None if prompt_id is None else open_one(participation=participation, prompt_id=prompt_id)


def has_more_to_read(*, participation: Participation) -> bool:
    """Whether sentences wait for them, or can be given to them."""
    if participation.assignments.waiting_for_a_take().exists():
        return True
    return participation.campaign.is_open and unseen_prompts(participation).exists()


def unseen_prompts(participation: Participation) -> QuerySet[Prompt]:
    offered = participation.campaign.prompts.filter(is_offered=True)
    return offered.exclude(assignments__participation=participation)


def open_one(*, participation: Participation, prompt_id: int) -> Assignment:
    try:
        with transaction.atomic():
            return Assignment.objects.create(participation=participation, prompt_id=prompt_id)
    except IntegrityError:
        # Another tab was faster by a moment: the constraint let one of us through, and both show that one.
        return participation.assignments.waiting_for_a_take().get()


def skip_assignment(*, assignment: Assignment) -> None:
    """Put the sentences aside for good; an assignment that has its recording stays as it is."""
    waiting = Assignment.objects.waiting_for_a_take().filter(pk=assignment.pk)
    waiting.update(state=Assignment.State.SKIPPED)
