"""Either speaker withdraws with the code alone; the recordings are hidden at the same moment."""

import pytest

from accounts.models import AuditEntry
from collection.models import Recording
from core.errors import ShownToUser
from recruitment.codes import generate_code
from recruitment.models import Participant
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from tests.factories import make_participant, make_recording, make_user

pytestmark = pytest.mark.django_db


def test_withdrawing_hides_every_recording_at_once() -> None:
    recording = make_recording(public_example="good", review_state="accepted")
    withdraw(code=show_withdrawal_code(participant=recording.participation.participant))
    reviewer = make_user()
    for hidden in (
        Recording.objects.kept(),
        Recording.objects.visible_to(reviewer),
        Recording.objects.releasable(),
        Recording.objects.public_examples(),
    ):
        assert not hidden.exists()


def test_the_code_is_forgiving_on_entry() -> None:
    participant = make_participant()
    code = show_withdrawal_code(participant=participant)
    typed = code.lower().replace("-", " ").replace("0", "O").replace("1", "l")
    assert withdraw(code=typed) == participant


def test_withdrawing_again_keeps_the_first_moment_and_one_audit_entry() -> None:
    code = show_withdrawal_code(participant=make_participant())
    assert withdraw(code=code).withdrawn_at == withdraw(code=code).withdrawn_at
    assert AuditEntry.objects.filter(action="participant.withdraw").count() == 1


@pytest.mark.parametrize("code", ["", "hello", generate_code()])
def test_an_unknown_code_is_refused_in_a_sentence(code: str) -> None:
    participant = make_participant()
    with pytest.raises(ShownToUser, match="receipt") as refusal:
        withdraw(code=code)
    assert (refusal.value.code, refusal.value.field) == ("unknown_code", "code")
    assert participant in Participant.objects.taking_part()


def test_the_code_stands_in_no_table() -> None:
    participant = make_participant()
    code = show_withdrawal_code(participant=participant)
    assert code not in participant.withdrawal_code_sealed + participant.withdrawal_code_hmac
