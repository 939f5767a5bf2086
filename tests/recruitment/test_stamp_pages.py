"""Contributors see how far their stamps are, and nothing of others; admins find any stamp in any mail."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from recruitment.channels import CHANNELS
from recruitment.codes import generate_code
from recruitment.models import Decision, Effort, Participant, Submission, WorkStamp
from recruitment.services.attempts import ONE_PERSON
from recruitment.services.stamps import claim_stamp, flag_stamp, move_stamps
from recruitment.services.work_units import write_review
from recruitment.sessions import remember_participant
from tests.factories import make_effort, make_participant, make_user
from tests.recruitment.works import make_stamp, make_submission

pytestmark = pytest.mark.django_db


def browser_of(*participants: Participant) -> Client:
    client, session = Client(), SessionStore()
    for participant in participants:
        remember_participant(session=session, participant=participant)
    session.create()
    client.cookies["sessionid"] = str(session.session_key)
    return client


def page_of(client: Client) -> str:
    return client.get("/stamps/").content.decode()


def handed_in(stamp: WorkStamp, code: str) -> Submission:
    submission = make_submission(effort=stamp.work_unit.participant.effort)
    claim_stamp(effort=submission.effort, code=code, submission=submission, idempotency_key="key")
    return submission


def reject(submission: Submission, message: str) -> None:
    Decision.objects.create(
        submission=submission, verdict="reject", reason_code="noise", message=message, rule="by hand"
    )
    move_stamps(submission=submission, state="rejected")


def admin() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


def test_a_browser_shows_all_its_stamps_the_newest_first_and_no_others() -> None:
    participant, before = make_participant(), make_participant()
    codes = [make_stamp(participant=person)[1] for person in (before, participant, participant)]
    _, foreign = make_stamp()
    page = page_of(browser_of(before, participant))
    assert [page.index(code) for code in reversed(codes)] == sorted(page.index(code) for code in codes)
    assert foreign not in page


def test_the_people_before_in_the_same_effort_keep_their_stamps_here() -> None:
    before = make_participant()
    _, code = make_stamp(participant=before)
    assert code in page_of(browser_of(before, make_participant(effort=before.effort)))


def test_who_withdrew_keeps_their_stamps() -> None:
    stamp, code = make_stamp()
    Participant.objects.update(withdrawn_at=timezone.now())
    assert code in page_of(browser_of(stamp.work_unit.participant))


def test_a_browser_without_stamps_is_told_where_they_come_from() -> None:
    assert "No stamp was earned in this browser" in page_of(Client())


def test_a_rejection_is_shown_with_its_reason_and_what_to_do() -> None:
    stamp, code = make_stamp(title="Mixture 1 of session abcde")
    reject(handed_in(stamp, code), "Mixture 1 of session abcde: a machine covers the voices.")
    page = page_of(browser_of(stamp.work_unit.participant))
    assert "Not approved" in page and "a machine covers the voices" in page
    assert "Do you think that this is wrong?" in page


def test_a_decision_that_is_not_in_force_is_not_shown() -> None:
    stamp, code = make_stamp()
    submission = handed_in(stamp, code)
    reject(submission, "A machine covers the voices.")
    submission.decisions.update(state="undone")
    assert "A machine covers the voices" not in page_of(browser_of(stamp.work_unit.participant))


def test_a_take_that_a_reviewer_rejected_is_named_and_the_stamp_stays() -> None:
    stamp, code = make_stamp()
    review = {"decision": "rejected", "reason": "The voices are too quiet."}
    write_review(work_unit=stamp.work_unit, state="rejected", review=review)
    page = page_of(browser_of(stamp.work_unit.participant))
    assert "The voices are too quiet." in page and "Your stamp stays valid" in page and code in page


def test_showing_the_page_is_noted_as_shown() -> None:
    stamp, _ = make_stamp()
    page_of(browser_of(stamp.work_unit.participant))
    stamp.refresh_from_db()
    assert stamp.state == "shown"


def test_the_right_code_shows_its_state_on_another_device() -> None:
    stamp, code = make_stamp(title="Mixture 7 of session abcde")
    handed_in(stamp, code)
    answer = Client().post("/stamps/", {"code": code.lower().replace("-", " ")})
    assert answer.status_code == 200
    assert "Mixture 7 of session abcde: Handed in" in answer.content.decode()


def test_any_other_code_gets_one_answer_and_one_with_a_slip_is_called_incomplete() -> None:
    stamp, code = make_stamp()
    unknown = Client().post("/stamps/", {"code": generate_code()})
    assert unknown.status_code == 422 and b"No stamp of ours has this code" in unknown.content
    for slip in (code[:-1], "hello", ""):
        answer = Client().post("/stamps/", {"code": slip})
        assert answer.status_code == 422
        assert stamp.work_unit.subject not in answer.content.decode() and code not in answer.content.decode()


def test_a_browser_that_guesses_has_to_wait_even_for_the_right_code() -> None:
    _, code = make_stamp()
    client = Client()
    for _ in range(ONE_PERSON.attempts):
        client.post("/stamps/", {"code": generate_code()})
    answer = client.post("/stamps/", {"code": code})
    assert answer.status_code == 429 and b"please wait" in answer.content
    assert Client().post("/stamps/", {"code": code}).status_code == 200


def test_an_admin_finds_a_stamp_in_a_mail_with_a_slip_whatever_its_effort() -> None:
    stamp, code = make_stamp(title="Mixture 2 of session abcde")
    mail = f"Hi, my stamp is {code[:5]}{code[6]}{code[5]}{code[7:]}, please pay me"
    for address in ("/recruitment/stamps", f"/recruitment/{make_effort().pk}/stamps"):
        page = admin().post(address, {"text": mail}).content.decode()
        assert "Mixture 2 of session abcde" in page
        assert (code in page) == ("one slip" in page) or code[5] == code[6]


def test_an_admin_is_told_what_to_answer_where_nothing_is_found() -> None:
    page = admin().post("/recruitment/stamps", {"text": f"my stamp is {generate_code()}"}).content.decode()
    assert "No stamp was found in this text" in page and "/stamps/" in page
    assert admin().post("/recruitment/stamps", {"text": " "}).status_code == 422
    assert admin().post("/recruitment/stamps", {"text": "x" * 5_001}).status_code == 422


def test_the_list_of_an_effort_is_filtered_and_shows_no_code() -> None:
    stamp, code = make_stamp(title="Mixture one")
    other, _ = make_stamp(participant=stamp.work_unit.participant, title="Mixture two")
    handed_in(stamp, code)
    flag_stamp(work_unit=other.work_unit, flag="take_rejected")
    client, address = admin(), f"/recruitment/{stamp.work_unit.participant.effort_id}/stamps"
    everything = client.get(address).content.decode()
    assert "Mixture one" in everything and "Mixture two" in everything and code not in everything
    assert "Mixture two" not in client.get(address, {"state": "claimed"}).content.decode()
    assert "Mixture one" not in client.get(address, {"state": "flagged"}).content.decode()
    assert client.get(address, {"state": "nonsense", "page": "x"}).status_code == 200


def test_a_long_list_is_read_page_by_page_with_few_queries(django_assert_max_num_queries: object) -> None:
    participant = make_participant()
    for number in range(53):
        make_stamp(participant=participant, title=f"Mixture {number:03}")
    client, address = admin(), f"/recruitment/{participant.effort_id}/stamps"
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        first = client.get(address).content.decode()
    assert "Mixture 052" in first and "Mixture 002" not in first and "Page 1 of 2" in first
    assert "Mixture 002" in client.get(address, {"page": 2}).content.decode()


def test_an_effort_without_stamps_says_so() -> None:
    assert b"No stamp has been minted yet" in admin().get(f"/recruitment/{make_effort().pk}/stamps").content


@pytest.mark.parametrize("channel", list(CHANNELS))
def test_stamps_are_shown_whatever_the_channel_and_however_little_it_was_told(channel: str) -> None:
    stamp, code = make_stamp()
    Effort.objects.update(channel=channel, channel_settings={})
    assert code in page_of(browser_of(stamp.work_unit.participant))
