"""Write consent texts; what somebody has agreed to never changes, a new wording is a new version."""

from django.db import transaction
from django.db.models import Max

from core.errors import ShownToUser
from recruitment.models import ConsentText, Effort


def publish_consent_text(*, effort: Effort, text: str) -> ConsentText:
    """The next version; people who begin from now on read and agree to this one."""
    if not text.strip():
        raise ShownToUser(
            "The consent text is empty. Please write what people agree to.",
            code="consent_text_empty",
            field="consent_text",
        )
    with transaction.atomic():
        Effort.objects.select_for_update().get(pk=effort.pk)
        newest = effort.consent_texts.aggregate(newest=Max("version"))["newest"] or 0
        return ConsentText.objects.create(effort=effort, version=newest + 1, text=text.strip())
