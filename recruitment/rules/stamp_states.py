"""How a stamp gets on: issued, shown, claimed, verified, approved or rejected, paid; never backwards by itself."""

from typing import Final

from recruitment.models import WorkStamp

State = WorkStamp.State

FORWARD: Final[dict[str, tuple[str, ...]]] = {
    State.ISSUED: (State.SHOWN, State.CLAIMED),
    State.SHOWN: (State.CLAIMED,),
    State.CLAIMED: (State.VERIFIED, State.APPROVED, State.REJECTED),  # whoever decides has verified
    State.VERIFIED: (State.APPROVED, State.REJECTED),
    State.APPROVED: (State.PAID,),
    State.REJECTED: (),
    State.PAID: (),
}
# A decision that was undone; what has been paid stays paid.
REOPENED: Final[dict[str, str]] = {State.APPROVED: State.VERIFIED, State.REJECTED: State.VERIFIED}

UNCLAIMED: Final = (State.ISSUED, State.SHOWN)
UNDECIDED: Final = (State.CLAIMED, State.VERIFIED)


def states_before(wanted: str) -> list[str]:
    """From which states one step leads to the wanted one."""
    return [state for state, following in FORWARD.items() if wanted in following]


def has_been(state: str, wanted: str) -> bool:
    """Whether a stamp in this state is or was in the wanted one: told again, there is nothing to do."""
    return state == wanted or any(has_been(state, step) for step in FORWARD[wanted])
