"""Begin a participation: two people in one room, their answers and their consent."""

import secrets
import string

from django.db import transaction

from collection.models import Campaign, Participation
from collection.rules import PEOPLE_IN_A_RECORDING, QuestionnaireAnswers, refuse_incomplete
from core.errors import ShownToUser
from recruitment.models import ConsentText
from recruitment.services.participants import enter_effort

SESSION_LETTERS = 5


def begin_participation(*, campaign: Campaign, answers: QuestionnaireAnswers) -> Participation:
    """A new participation with its participant and withdrawal code.

    Raises ShownToUser `campaign_closed`, `answer_missing`, `consent_missing` or `consent_outdated`.
    """
    refuse_closed(campaign)
    refuse_incomplete(answers)
    consent_text = newest_consent_text(campaign, answers.consent_version)
    with transaction.atomic():
        participant = enter_effort(
            effort=campaign.effort,
            consent_text=consent_text,
            people_consenting=min(answers.people_consenting, PEOPLE_IN_A_RECORDING),
        )
        return Participation.objects.create(
            participant=participant,
            campaign=campaign,
            session_code=draw_session_code(),
            speaker_genders=answers.speaker_genders,
            native_speakers=answers.native_speakers,
            other_native_languages=answers.other_native_languages.strip(),
        )


def refuse_closed(campaign: Campaign) -> None:
    if not campaign.is_open:
        raise ShownToUser(
            f"'{campaign.title}' is closed: it takes no new recordings. What you recorded before is safe.",
            code="campaign_closed",
            field="campaign",
            status=403,
        )


def newest_consent_text(campaign: Campaign, version_read: int) -> ConsentText:
    """The text in force, if it is the one these people read."""
    consent_text = campaign.effort.consent_texts.first()
    if consent_text is None:
        raise ShownToUser(
            f"'{campaign.title}' has no consent text yet, so nobody can agree to it. "
            "Please tell the people who run it.",
            code="consent_missing",
            field="consent",
        )
    if consent_text.version != version_read:
        raise ShownToUser(
            f"The consent text was changed while you were reading (version {version_read} became "
            f"{consent_text.version}). Please read it again and tick the boxes again.",
            code="consent_outdated",
            field="consent",
            status=409,
        )
    return consent_text


def draw_session_code() -> str:
    """Five random letters, free whatever their case: some file systems do not tell `BcArV` from `bcarv`."""
    while True:
        code = "".join(secrets.choice(string.ascii_letters) for _ in range(SESSION_LETTERS))
        if not Participation.objects.filter(session_code__iexact=code).exists():
            return code
