"""Add prompts to a campaign from a list; all of them or none."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from collection.models import Campaign, Prompt
from collection.prompt_lists import read_prompt_list


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCounts:
    added: int
    already_there: int


def import_prompts(*, campaign: Campaign, lines: Iterable[str], source: str = "") -> ImportCounts:
    """Pairs the campaign has already are left alone, so importing twice adds nothing.

    `source` is written to the pairs whose line names none.
    """
    listed = read_prompt_list(lines)
    with transaction.atomic():
        known = set(campaign.prompts.values_list("sentence_1", "sentence_2"))
        fresh = [prompt for prompt in listed if (prompt.sentence_1, prompt.sentence_2) not in known]
        Prompt.objects.bulk_create(
            [
                Prompt(
                    campaign=campaign,
                    sentence_1=prompt.sentence_1,
                    sentence_2=prompt.sentence_2,
                    source=prompt.source or source,
                )
                for prompt in fresh
            ]
        )
    return ImportCounts(added=len(fresh), already_there=len(listed) - len(fresh))
