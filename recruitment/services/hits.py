"""HITs on Mechanical Turk: asked for by an admin, made by a job once, closed, and followed."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import RetryLater, ShownToUser
from core.jobs import enqueue
from recruitment.channels.mturk_api import MturkApi, PostedHit, Refused, mturk_api
from recruitment.forms.mturk_settings import EMBEDDED
from recruitment.models import Effort, MturkHit
from recruitment.rules.mturk_questions import external_question, link_question
from recruitment.rules.mturk_terms import HitTerms, hit_type_of, terms_of
from recruitment.services.posted_hits import note_posted

MAKE_HIT = "recruitment.make_hit"
US_DOLLARS = "USD"
State = MturkHit.State


def planned_terms(*, effort: Effort, address: str) -> HitTerms:
    """What the next HIT of this effort would offer, checked. Raises ShownToUser with the field."""
    if effort.currency != US_DOLLARS:
        raise ShownToUser(
            f"The effort pays in {effort.currency}; Mechanical Turk pays in US dollars only. Change the currency in "
            "the settings of the effort.",
            code="hit_incomplete",
            field="currency",
        )
    terms = terms_of(
        effort.channel_settings,
        reward_cents=effort.reward_minor,
        stamps_wanted=effort.units_wanted,
        address=address,
    )
    question_of(terms)
    return terms


def question_of(terms: HitTerms) -> str:
    if terms.layout == EMBEDDED:
        return external_question(address=terms.address)
    return link_question(
        address=terms.address,
        title=terms.title,
        description=terms.description,
        stamps_wanted=terms.stamps_wanted,
    )


@transaction.atomic
def ask_for_hit(*, effort: Effort, terms: HitTerms, request_token: str, actor: User) -> MturkHit:
    """The HIT of this request, made by a worker soon; the same request again is the same HIT."""
    hit, is_new = MturkHit.objects.get_or_create(
        public_id=request_token,
        defaults={"effort": effort, "endpoint": settings.MTURK_ENDPOINT, "terms": terms.as_json()},
    )
    if is_new:
        record_action(
            actor=actor,
            action="mturk.ask_for_hit",
            subject=f"effort:{effort.pk}",
            details={"hit": str(hit.public_id), "total_cents": terms.cost.total_cents},
        )
        enqueue(kind=MAKE_HIT, subject_key=str(hit.public_id), payload={"hit": hit.pk})
    return hit


def make_hit(*, hit: MturkHit) -> MturkHit:
    """Make it at Mechanical Turk, once. A HIT that was begun before is looked for by its annotation first."""
    if hit.state not in (State.ASKED, State.MAKING):
        return hit
    try:
        api = mturk_api()
        posted = find_made(api, hit) if hit.state == State.MAKING else None
        return note_posted(hit=hit, posted=posted or post(api, hit))
    except ShownToUser as refusal:
        MturkHit.objects.filter(pk=hit.pk).update(state=State.FAILED, problem=refusal.message[:300])
        hit.refresh_from_db()
        return hit


def post(api: MturkApi, hit: MturkHit) -> PostedHit:
    """The two calls; the token and the annotation are the row's own id, so nobody makes it twice."""
    terms = HitTerms.from_json(hit.terms)
    hit_type_id = api.create_hit_type(**hit_type_of(terms))
    begun = MturkHit.objects.filter(pk=hit.pk, state__in=(State.ASKED, State.MAKING))
    if not begun.update(state=State.MAKING, hit_type_id=hit_type_id):
        raise RetryLater("This HIT was made or given up by somebody else at this moment.")
    try:
        return api.create_hit(
            HITTypeId=hit_type_id,
            MaxAssignments=terms.assignments,
            LifetimeInSeconds=terms.lifetime_s,
            Question=question_of(terms),
            RequesterAnnotation=str(hit.public_id),
            UniqueRequestToken=str(hit.public_id),
        )
    except Refused as refusal:
        if "alreadyexists" in refusal.turk_code.lower() and refusal.hit_id:
            return api.hit(hit_id=refusal.hit_id)
        raise


def find_made(api: MturkApi, hit: MturkHit) -> PostedHit | None:
    """Tokens are forgotten after a day; the annotation stays."""
    return next((posted for posted in api.hits() if posted.annotation == str(hit.public_id)), None)


def close_hit(*, hit: MturkHit, actor: User) -> MturkHit:
    """Nobody new accepts it; whoever has accepted it may finish and is decided as ever. Again changes nothing."""
    if not hit.hit_id:
        raise ShownToUser("This HIT was not made, so there is nothing to close.", code="hit_not_made")
    mturk_api().expire_hit(hit_id=hit.hit_id)
    with transaction.atomic():
        if MturkHit.objects.filter(pk=hit.pk, state=State.OPEN).update(state=State.CLOSED):
            record_action(
                actor=actor,
                action="mturk.close_hit",
                subject=f"effort:{hit.effort_id}",
                details={"hit": str(hit.public_id)},
            )
    hit.refresh_from_db()
    return hit


def follow_hit(*, effort: Effort, hit_id: str, actor: User) -> MturkHit:
    """A HIT that was made elsewhere: from now on its assignments are read too. Raises ShownToUser."""
    if not hit_id.isalnum():
        raise ShownToUser(
            "A HIT id has letters and digits only: copy it from Mechanical Turk.",
            code="bad_hit",
            field="hit_id",
        )
    posted = mturk_api().hit(hit_id=hit_id)
    try:
        with transaction.atomic():
            hit, _ = MturkHit.objects.get_or_create(
                effort=effort, hit_id=posted.hit_id, defaults={"endpoint": settings.MTURK_ENDPOINT}
            )
            record_action(actor=actor, action="mturk.follow_hit", subject=f"effort:{effort.pk}")
    except IntegrityError:
        raise ShownToUser(
            "This HIT belongs to another effort already.", code="hit_taken", field="hit_id", status=409
        ) from None
    return note_posted(hit=hit, posted=posted)
