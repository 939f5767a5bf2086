"""What contributors see, from the campaign's page to the receipt; nobody logs in here."""

from itertools import islice
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from collection.forms import QuestionnaireForm
from collection.models import Assignment, Campaign, Participation, Recording
from collection.receipts import receipt_lines
from collection.rules import QuestionnaireAnswers
from collection.services.assignments import has_more_to_read, next_assignment, skip_assignment
from collection.services.participations import begin_participation
from collection.services.stamps import stamp_of
from recruitment.channels.contract import Departure
from recruitment.services.arrivals import (
    departure_of,
    departure_of_latecomer,
    early_departure_of,
    enter_once,
    has_finished,
    is_paid_for,
)
from recruitment.services.withdrawals import show_withdrawal_code
from recruitment.sessions import recall_participant
from recruitment.views.arrivals import (
    answer_at_the_door,
    exchange_arrival,
    is_staff,
    refusal_of_strangers,
)

GOOD_EXAMPLES = 1
BAD_EXAMPLES = 2


@require_GET
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """What the task is, what counts, and what good and bad takes sound like."""
    found = published_campaign(slug)
    exchanged = exchange_arrival(request, effort=found.effort)
    if exchanged is not None:
        return exchanged
    context = {
        "campaign": found,
        "participation": own_participation(request, found),
        "closed_door": refusal_of_strangers(request, effort=found.effort),
        "late_departure": None if found.is_open else late_departure(request, found),
        "examples": typical_examples(found),
    }
    return render(request, "contributor/campaign.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """The questionnaire. Back and a second click change nothing: a session that has begun goes on recording."""
    found = published_campaign(slug)
    participation = own_participation(request, found)
    answered = answer_at_the_door(request, effort=found.effort, is_inside=participation is not None)
    if answered is not None:
        return answered
    if participation and ("again" not in request.GET or is_paid_for(participant=participation.participant)):
        return redirect("record", slug)
    form = QuestionnaireForm(request.POST or None, campaign=found)
    if request.method == "POST" and form.is_valid():
        take_in(request, found, answers=form.answers())
        return redirect("record", slug)
    context = {
        "campaign": found,
        "form": form,
        "consent_text": found.effort.consent_texts.first(),
        "departure": early_departure_of(effort=found.effort, has_consented=False),
    }
    return render(request, "contributor/begin.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, slug: str) -> HttpResponse:
    """The recorder, or the stamp of what was just recorded, until the next sentences are asked for by POST."""
    participation = own_participation(request, published_campaign(slug))
    if participation is None:
        return redirect("begin", slug)
    if request.method == "POST":
        return go_on(request, participation)
    assignment = newest_assignment(participation) or first_assignment(participation)
    if assignment is None:
        return redirect("finished", slug)
    participant = participation.participant
    departure = departure_of(participant=participant)
    context = {
        "campaign": participation.campaign,
        "participation": participation,
        "assignment": assignment,
        "submissions": participation.recordings.count(),
        "is_paid_for": is_paid_for(participant=participant),
        "shows_stamps": departure.shows_stamps,
        "departure": departure if has_finished(participant=participant) else None,
        **stored_take(assignment),
    }
    return render(request, "contributor/record.html", context)


@never_cache
@require_GET
def receipt(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that was stored, the stamps, and the code that takes it all back."""
    participation = own_participation(request, published_campaign(slug))
    if participation is None:
        return redirect("begin", slug)
    context = {
        "campaign": participation.campaign,
        "participation": participation,
        "lines": receipt_lines(participation),
        **way_back(participation),
        "withdrawal_code": show_withdrawal_code(participant=participation.participant),
    }
    return render(request, "contributor/receipt.html", context)


@never_cache
@require_GET
def finished(request: HttpRequest, slug: str) -> HttpResponse:
    """A kind end: there is nothing more to read, or the campaign has closed."""
    found = published_campaign(slug)
    participation = own_participation(request, found)
    context = {
        "campaign": found,
        "participation": participation,
        "submissions": participation.recordings.count() if participation else 0,
        **(way_back(participation) if participation else {}),
    }
    return render(request, "contributor/finished.html", context)


def published_campaign(slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.published().select_related("effort"), slug=slug)


def own_participation(request: HttpRequest, found: Campaign) -> Participation | None:
    """The participation that this browser began here and has not withdrawn."""
    participant = recall_participant(session=request.session, effort=found.effort)
    if participant is None:
        return None
    return Participation.objects.select_related("campaign", "participant").get(participant=participant)


def take_in(request: HttpRequest, found: Campaign, *, answers: QuestionnaireAnswers) -> None:
    """They agreed: a participation of their own, bound to the submission they came with."""
    enter_once(
        session=request.session,
        effort=found.effort,
        begin=lambda: begin_participation(campaign=found, answers=answers).participant,
        is_staff=is_staff(request),
    )


def late_departure(request: HttpRequest, found: Campaign) -> Departure | None:
    return departure_of_latecomer(session=request.session, effort=found.effort)


def way_back(participation: Participation) -> dict[str, object]:
    has_more = has_more_to_read(participation=participation)
    participant = participation.participant
    return {
        "has_more": has_more and not has_finished(participant=participant),
        "is_paid_for": is_paid_for(participant=participant),
        "departure": departure_of(participant=participant, has_more_work=has_more),
    }


def typical_examples(found: Campaign) -> list[Recording]:
    """One good mixture first, then two typical bad ones; of other campaigns while this one has none."""
    everywhere = Recording.objects.public_examples()
    own = everywhere.filter(participation__campaign=found)
    examples = own if own.exists() else everywhere
    good = examples.filter(public_example=Recording.PublicExample.GOOD)
    bad = examples.filter(public_example=Recording.PublicExample.BAD)
    return [*islice(good, GOOD_EXAMPLES), *islice(bad, BAD_EXAMPLES)]


def newest_assignment(participation: Participation) -> Assignment | None:
    """The one the contributor is at; None before the first and after sentences were put aside."""
    assignments = participation.assignments.select_related("prompt", "recording").order_by("-pk")
    newest = assignments.first()
    return None if newest is None or newest.state == Assignment.State.SKIPPED else newest


def first_assignment(participation: Participation) -> Assignment | None:
    return next_assignment(participation=participation) if participation.campaign.is_open else None


def stored_take(assignment: Assignment) -> dict[str, object]:
    if assignment.state != Assignment.State.RECORDED:
        return {"recording": None, "stamp": ""}
    return {"recording": assignment.recording, "stamp": stamp_of(recording=assignment.recording)}


def go_on(request: HttpRequest, participation: Participation) -> HttpResponse:
    """Next sentences; with `skip`, the named ones are put aside first. A second click gets the same sentences."""
    skipped = request.POST.get("skip")
    if skipped:
        skip_assignment(assignment=own_assignment(participation, skipped))
    if has_finished(participant=participation.participant):
        return redirect("finished", participation.campaign.slug)
    has_open = participation.assignments.waiting_for_a_take().exists()
    if has_open or first_assignment(participation):
        return redirect("record", participation.campaign.slug)
    return redirect("finished", participation.campaign.slug)


def own_assignment(participation: Participation, public_id: str) -> Assignment:
    try:
        return get_object_or_404(participation.assignments, public_id=UUID(public_id))
    except ValueError as error:
        raise Http404 from error
