"""What every channel can do: let people in, let them go, and ask, tell and pay the provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from django.utils import timezone

from core.errors import ShownToUser
from recruitment.forms.channel_settings import ChannelSettingsForm
from recruitment.models import Decision, Effort, Payment, Submission


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Arrival:
    """Who came, as the provider's link says; `reference` is the provider's id of this piece of paid work."""

    worker_id: str
    reference: str
    group: str = ""  # the HIT or the study, where the provider has one
    details: dict[str, str] = field(default_factory=dict)  # never an id of a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What a person does when their work is finished: follow a link, copy the stamps, or nothing."""

    sentence: str
    link: str = ""
    link_label: str = ""
    code: str = ""  # a completion code of the provider, to copy where the link does not work
    shows_stamps: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Listed:
    """A submission as the provider lists it."""

    reference: str
    worker_id: str
    state: Submission.State
    submitted_at: datetime | None = None
    decided_by_provider_at: datetime | None = None
    details: dict[str, str] = field(default_factory=dict)  # never an id of a person


@dataclass(slots=True, kw_only=True)
class Reconciliation:
    """What asking the provider changed here; made before the provider is asked."""

    seen: int = 0
    changed: int = 0
    unknown_here: int = 0
    problems: list[str] = field(default_factory=list)
    asked_at: datetime = field(default_factory=timezone.now)
    paid: list[Payment] = field(default_factory=list)  # which of our payments the provider says were made


class Channel(Protocol):
    """The five verbs, and what differs between platforms. Channels inherit from this class, for its defaults.

    A verb raises ShownToUser with the remedy where a platform has no such thing, and RetryLater where the
    provider is away.
    """

    name: str
    title: str
    describes: str  # one sentence for the admin who chooses
    has_api: bool  # decisions and payments are sent by us; otherwise in a file, by hand
    pays_rewards: bool = False  # the provider pays the reward by itself when it hears of an approval
    tells_nobody: bool = False  # no platform is told: a decision stands as soon as it is made
    lists_who_gave_up: bool = (
        False  # so that finished work without news is on its way, and not an expired piece
    )
    undo_window: timedelta = timedelta(
        0
    )  # for so long after the submission a sent rejection can be taken back
    pages: tuple[tuple[str, str], ...] = ()  # pages of its own for the admin: URL name, title
    settings_form: type[ChannelSettingsForm] = ChannelSettingsForm  # what is kept in Effort.channel_settings

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        """Who came with this address; None where it names nobody (a preview, or a plain link)."""

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        """What to show at the end, given how many finished units of work there are."""

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        """Read the provider's list and bring the submissions here into line with it."""

    def decide(self, *, decision: Decision) -> None:
        """Tell the provider; told twice it changes nothing. Raises ShownToUser where the provider refuses.

        An approval after a rejection that was sent takes the rejection back, within `undo_window`.
        """

    def pay(self, *, payment: Payment) -> str:
        """Send money once, whatever happened before; the provider's id of the transfer."""


@runtime_checkable
class GuardedChannel(Protocol):
    """A channel whose people come from their own page at the provider and nowhere else."""

    def turn_away(self) -> ShownToUser:
        """What somebody reads who did not come that way."""

    def leave(self, *, effort: Effort, has_consented: bool) -> Departure:
        """The way back for those who do not agree, or who cannot finish."""
