"""The ledger: what is owed and paid, sending, marks of payments by hand, bonuses, files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import StaffRequest, admin_required
from accounts.services.audit import record_action
from core.errors import ShownToUser
from recruitment.forms.bonus import BonusForm
from recruitment.ledger import ledger_csv, lines_of, payments_of, state_sums
from recruitment.models import Effort, Payment, Submission
from recruitment.overview import number
from recruitment.rules.money import money
from recruitment.services.paid_outside import mark_rewards_paid, markable_rewards
from recruitment.services.payments import (
    cancel_bonus,
    mark_paid,
    owe_bonus,
    send_payments,
    sendable,
    stuck_payments,
    take_back_mark,
    unpaid,
)
from recruitment.views.efforts import effort_context

PAGE = "effort-ledger"
ROWS_ON_A_PAGE = 50


@require_safe
@never_cache
@admin_required
def effort_ledger(request: HttpRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    state = request.GET.get("state", "")
    payments = payments_of(effort).filter(state=state) if state else payments_of(effort)
    page = Paginator(payments, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    stuck = stuck_payments(effort).count()
    context = effort_context(effort, PAGE) | {
        "sums": state_sums(effort),
        "state": state,
        "page": page,
        "lines": lines_of(effort, page),
        "sendable": sendable(effort).count(),
        "sending": payments_of(effort).filter(state=Payment.State.SENDING).count() - stuck,
        "stuck": stuck,
        "markable": markable_rewards(effort).count(),
    }
    return render(request, "recruitment/ledger.html", context)


@require_POST
@admin_required
def payments_send(request: StaffRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    sent = send_payments(effort=effort, actor=request.user)
    said = f"{number(sent, 'payment')} on the way." if sent else "Nothing waits to be sent."
    messages.success(request, said, extra_tags="good")
    return redirect(PAGE, effort_id)


@require_POST
@admin_required
def payment_paid(request: StaffRequest, effort_id: int, payment_id: int) -> HttpResponse:
    note = request.POST.get("note", "")

    def mark(payment: Payment) -> None:
        mark_paid(payment=payment, note_text=note, actor=request.user)

    return change_payment(request, effort_id, payment_id, change=mark, said="Marked as paid.")


@require_http_methods(["GET", "POST"])
@never_cache
@admin_required
def payments_mark_all(request: StaffRequest, effort_id: int) -> HttpResponse:
    """Every owed reward that we pay, then one note for those that were listed."""
    effort = get_object_or_404(Effort, pk=effort_id)
    if request.method == "POST":
        listed = {int(key) for key in request.POST.getlist("payment") if key.isascii() and key.isdigit()}
        marked = mark_rewards_paid(
            effort=effort, payments=listed, note_text=request.POST.get("note", ""), actor=request.user
        )
        messages.success(request, f"Marked as paid: {number(marked, 'reward')}.", extra_tags="good")
        return redirect(PAGE, effort_id)
    payments = list(markable_rewards(effort))
    sums = Counter[str]()
    for payment in payments:
        sums[payment.currency] += payment.amount_minor
    total = " and ".join(money(amount, currency) for currency, amount in sums.items())
    context = effort_context(effort, PAGE) | {"payments": payments, "total": total}
    return render(request, "recruitment/ledger_mark_all.html", context)


@require_POST
@admin_required
def payment_unpaid(request: StaffRequest, effort_id: int, payment_id: int) -> HttpResponse:
    def take_back(payment: Payment) -> None:
        take_back_mark(payment=payment, actor=request.user)

    return change_payment(request, effort_id, payment_id, change=take_back, said="Owed again.")


@require_POST
@admin_required
def payment_cancel(request: StaffRequest, effort_id: int, payment_id: int) -> HttpResponse:
    def cancel(payment: Payment) -> None:
        cancel_bonus(payment=payment, actor=request.user)

    return change_payment(request, effort_id, payment_id, change=cancel, said="The bonus is cancelled.")


def change_payment(
    request: HttpRequest, effort_id: int, payment_id: int, *, change: Callable[[Payment], None], said: str
) -> HttpResponse:
    payments = Payment.objects.select_related("submission")
    payment = get_object_or_404(payments, submission__effort=effort_id, pk=payment_id)
    try:
        change(payment)
    except ShownToUser as refusal:
        messages.error(request, refusal.message, extra_tags="bad")
    else:
        messages.success(request, said, extra_tags="good")
    return redirect(PAGE, effort_id)


@require_http_methods(["GET", "POST"])
@never_cache
@admin_required
def effort_bonus(request: StaffRequest, effort_id: int, public_id: UUID) -> HttpResponse:
    """The form, then what it would owe, then the bonus."""
    submission = get_object_or_404(
        Submission.objects.select_related("effort"), effort=effort_id, public_id=public_id
    )
    effort = submission.effort
    form = BonusForm(request.POST or None, currency=effort.currency)
    is_valid = request.method == "POST" and form.is_valid()
    if is_valid and "confirm" in request.POST:
        return give_bonus(request, submission, form)
    shows_preview = is_valid and "change" not in request.POST
    context = effort_context(effort, PAGE) | {
        "form": form,
        "submission": submission,
        "preview": money(form.amount_minor, effort.currency) if shows_preview else "",
        "earlier": payments_of(effort).filter(submission=submission),
    }
    status = 422 if form.is_bound and not is_valid else 200
    return render(request, "recruitment/ledger_bonus.html", context, status=status)


def give_bonus(request: StaffRequest, submission: Submission, form: BonusForm) -> HttpResponse:
    owe_bonus(
        submission=submission,
        amount_minor=form.amount_minor,
        reason=form.cleaned_data["reason"],
        idempotency_key=str(form.cleaned_data["form_key"]),
        actor=request.user,
    )
    messages.success(request, "The bonus waits in the ledger.", extra_tags="good")
    return redirect(PAGE, submission.effort_id)


@require_safe
@admin_required
def ledger_file(request: HttpRequest, effort_id: int) -> HttpResponse:
    """Without anybody's provider ids."""
    effort = get_object_or_404(Effort, pk=effort_id)
    return csv_answer(ledger_csv(effort=effort, with_people=False), name=f"ledger-{effort.pk}.csv")


@require_POST
@admin_required
def paying_file(request: StaffRequest, effort_id: int) -> HttpResponse:
    """What is still owed by us, with the provider's ids of the people: whoever asks for it is in the audit log."""
    effort = get_object_or_404(Effort, pk=effort_id)
    record_action(
        actor=request.user,
        action="ledger.paying_file",
        subject=f"effort:{effort.pk}",
        details={"payments": unpaid(effort).count()},
    )
    return csv_answer(ledger_csv(effort=effort, with_people=True), name=f"to-pay-{effort.pk}.csv")


def csv_answer(text: str, *, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
