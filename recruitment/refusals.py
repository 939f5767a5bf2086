"""What a provider answers, made fit to be kept: without the ids of the person it is about."""

from __future__ import annotations

from recruitment.models import ProviderIdentity, Submission
from recruitment.sealing import unseal

LONGEST_REFUSAL = 300
HIDDEN = "[id]"


def without_ids(text: str, submission: Submission) -> str:
    """A provider may repeat ids in its answer; they are kept in their own table only."""
    identity = ProviderIdentity.objects.filter(submission=submission).first()
    if identity is not None:
        sealed = (identity.worker_id_sealed, identity.reference_sealed, identity.group_sealed)
        for plain in sorted((unseal(part) for part in sealed if part), key=len, reverse=True):
            text = text.replace(plain, HIDDEN) if plain else text
    return text[:LONGEST_REFUSAL]
