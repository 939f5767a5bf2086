"""Give a participation the sentences to read, never the same ones twice and one pair at a time."""

import secrets

from django.db import IntegrityError, transaction

from collection.models import Assignment, Participation
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
    unseen = participation.campaign.prompts.filter(is_offered=True).exclude(
        assignments__participation=participation
    )
    prompt_id = choose_prompt(unseen_ids=list(unseen.values_list("pk", flat=True)), choose=secrets.choice)
    return None if prompt_id is None else open_one(participation=participation, prompt_id=prompt_id)


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
