"""The ledger of an effort as a page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from recruitment.channels import channel_named
from recruitment.channels.bonuses import PAID_BY_HAND
from recruitment.models import Effort, Payment, ProviderIdentity
from recruitment.rules.money import format_amount, money
from recruitment.sealing import unseal
from recruitment.services.payments import unpaid

State = Payment.State
COLUMNS = ("submission", "kind", "amount", "currency", "state", "owed", "sent", "confirmed", "reason", "note")
PEOPLE_COLUMNS = ("worker_id", "submission_id")
# A spreadsheet runs what begins like this.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSum:
    """How much money of one currency is in one state."""

    state: str
    label: str
    currency: str
    count: int
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A payment and what the admin can do about it."""

    payment: Payment
    is_sent_with_approval: bool

    @property
    def is_open(self) -> bool:
        return self.payment.state in (State.OWED, State.FAILED)

    @property
    def can_be_marked(self) -> bool:
        return self.is_open and not self.is_sent_with_approval

    @property
    def can_be_cancelled(self) -> bool:
        return self.is_open and self.payment.kind == Payment.Kind.BONUS

    @property
    def was_marked_by_hand(self) -> bool:
        return self.payment.state == State.CONFIRMED and self.payment.provider_batch == PAID_BY_HAND


def payments_of(effort: Effort) -> QuerySet[Payment]:
    return Payment.objects.filter(submission__effort=effort).select_related("submission").order_by("-pk")


def lines_of(effort: Effort, payments: Iterable[Payment]) -> list[LedgerLine]:
    pays_rewards = channel_named(effort.channel).pays_rewards
    return [
        LedgerLine(
            payment=payment, is_sent_with_approval=pays_rewards and payment.kind == Payment.Kind.REWARD
        )
        for payment in payments
    ]


def state_sums(effort: Effort) -> list[StateSum]:
    """In the order of a payment's life; states without money are left out."""
    rows = payments_of(effort).order_by().values("state", "currency")
    found = rows.annotate(total=Sum("amount_minor"), count=Count("id")).order_by("currency")
    in_order = sorted(found, key=lambda row: State.values.index(row["state"]))
    return [
        StateSum(
            state=row["state"],
            label=str(State(row["state"]).label),
            currency=row["currency"],
            count=row["count"],
            amount=money(row["total"], row["currency"]),
        )
        for row in in_order
    ]


def ledger_csv(*, effort: Effort, with_people: bool) -> str:
    """Every payment, oldest first; `with_people` adds the provider's ids, for a file that pays outside: it lists
    only what nobody has paid and the provider will not pay by itself."""
    payments = unpaid(effort).select_related("submission") if with_people else payments_of(effort)
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow([*COLUMNS, *(PEOPLE_COLUMNS if with_people else ())])
    for payment in payments.order_by("pk"):
        writer.writerow([*cells_of(payment), *(people_cells(payment) if with_people else ())])
    return page.getvalue()


def cells_of(payment: Payment) -> Iterator[str]:
    yield str(payment.submission.public_id)
    yield payment.kind
    yield format_amount(payment.amount_minor, currency=payment.currency)
    yield payment.currency
    yield payment.state
    for moment in (payment.owed_at, payment.sent_at, payment.confirmed_at):
        yield moment.isoformat(timespec="seconds") if moment else ""
    yield safe_cell(payment.reason)
    yield safe_cell(payment.note)


def people_cells(payment: Payment) -> tuple[str, str]:
    identity = ProviderIdentity.objects.filter(submission=payment.submission_id).first()
    if identity is None:
        return "", ""
    return safe_cell(unseal(identity.worker_id_sealed)), safe_cell(unseal(identity.reference_sealed))


def safe_cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
