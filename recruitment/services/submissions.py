"""Submissions: made when somebody arrives from a provider, bound to the participant who consents."""

from __future__ import annotations

from django.db import transaction

from core.errors import ShownToUser
from recruitment.channels.contract import Arrival
from recruitment.models import Effort, Participant, ProviderIdentity, Submission
from recruitment.pseudonyms import provider_digest
from recruitment.sealing import seal


@transaction.atomic
def open_submission(*, effort: Effort, arrival: Arrival) -> Submission:
    """The submission of this arrival; whoever comes again with the same reference gets the same one.

    Raises ShownToUser `reference_taken` where the reference belongs to another person.
    """
    worker_digest = provider_digest(effort=effort, text=arrival.worker_id, kind="worker")
    submission, is_new = Submission.objects.get_or_create(
        effort=effort,
        reference_digest=provider_digest(effort=effort, text=arrival.reference, kind="reference"),
        defaults={"worker_digest": worker_digest, "details": arrival.details},
    )
    if is_new:
        ProviderIdentity.objects.create(
            submission=submission,
            worker_id_sealed=seal(arrival.worker_id),
            reference_sealed=seal(arrival.reference),
            group_sealed=seal(arrival.group) if arrival.group else "",
        )
    elif submission.worker_digest != worker_digest:
        raise ShownToUser(
            "This link was opened by somebody else before. Please start from your own page at the platform.",
            code="reference_taken",
            status=409,
        )
    return submission


@transaction.atomic
def bind_participant(*, submission: Submission, participant: Participant) -> Submission:
    """From now on this participant's work counts for this submission. Again with the same one changes nothing."""
    free = Submission.objects.filter(pk=submission.pk, participant__isnull=True)
    if free.update(participant=participant) and submission.worker_digest:
        Participant.objects.filter(pk=participant.pk).update(provider_pseudonym=submission.worker_digest)
    submission.refresh_from_db()
    if submission.participant_id != participant.pk:
        raise ShownToUser(
            "This work was begun in another browser. Please go on there, or start anew at the platform.",
            code="submission_bound",
            status=409,
        )
    return submission
