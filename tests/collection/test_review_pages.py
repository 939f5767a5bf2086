"""The reviewer's pages: session by session, on to the next after each decision, closed to everybody else."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection.models import QualityFlag, Recording, Review
from collection.services.reviews import accept
from recruitment.models import Participant
from tests.factories import make_participation, make_recording, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user(username="first-reviewer"))
    return client


def decide(client: Client, recording: Recording, decision: str, **fields: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page."""
    address = reverse("review-decide", args=[recording.public_id])
    response = client.post(address, {"decision": decision, **fields})
    return response.status_code, response.headers.get("Location", ""), response.content.decode()


def address_of(recording: Recording) -> str:
    return reverse("review-recording", args=[recording.public_id])


def listed(client: Client, query: str = "") -> list[str]:
    page = client.get(reverse("review-queue") + query).content.decode()
    return re.findall(r'class="review-item" href="([^"]+)"', page)


def test_a_session_stays_together_and_the_oldest_comes_first(reviewer: Client) -> None:
    session = make_participation()
    first, other, second = (
        make_recording(participation=session),
        make_recording(),
        make_recording(participation=session),
    )
    assert listed(reviewer) == [address_of(recording) for recording in (first, second, other)]


def test_the_queue_can_be_narrowed_to_a_flag(reviewer: Client) -> None:
    make_recording()
    quiet = make_recording()
    QualityFlag.objects.create(recording=quiet, code="low_level", severity="warning", message="Quiet.")
    page = reviewer.get(reverse("review-queue")).content.decode()
    assert re.search(r'\?flag=low_level"[^>]*>Low level <span class="numeric">1<', page)
    assert listed(reviewer, "?flag=low_level") == [address_of(quiet)]
    assert "No waiting recording carries this flag" in reviewer.get("/review/?flag=no").content.decode()


def test_an_empty_queue_says_that_nothing_waits(reviewer: Client) -> None:
    assert "Nothing waits for review" in reviewer.get(reverse("review-queue")).content.decode()


def test_decided_and_withdrawn_recordings_do_not_wait(reviewer: Client) -> None:
    decided, withdrawn = make_recording(), make_recording()
    accept(recording=decided, reviewer=make_user())
    Participant.objects.filter(participation=withdrawn.participation_id).update(withdrawn_at=timezone.now())
    assert listed(reviewer) == []
    assert reviewer.get(address_of(withdrawn)).status_code == 404


def test_a_decision_leads_to_the_next_of_the_session_and_the_last_to_the_queue(reviewer: Client) -> None:
    session = make_participation()
    other = make_recording()
    first, second = make_recording(participation=session), make_recording(participation=session)
    assert decide(reviewer, first, "accepted")[:2] == (302, address_of(second))
    assert decide(reviewer, second, "rejected", reason="noise")[:2] == (302, address_of(other))
    assert decide(reviewer, other, "accepted")[:2] == (302, reverse("review-queue"))
    assert Recording.objects.filter(review_state="accepted").count() == 2


def test_a_rejection_without_a_reason_shows_the_recording_again_with_the_remedy(reviewer: Client) -> None:
    recording = make_recording()
    status, _, page = decide(reviewer, recording, "rejected")
    assert status == 400 and "Please choose a reason" in page
    assert re.search(r"<details[^>]*data-part=\"reject\" open", page)
    assert not Review.objects.exists()


def test_own_words_are_kept_as_the_reason(reviewer: Client) -> None:
    recording = make_recording()
    decide(reviewer, recording, "rejected", reason="own", own_words="A dog barks.")
    assert Review.objects.get().reason == "A dog barks."


def test_a_deferred_recording_comes_last_for_this_reviewer_only(reviewer: Client) -> None:
    first, second = make_recording(), make_recording()
    assert decide(reviewer, first, "deferred")[:2] == (302, address_of(second))
    assert decide(reviewer, second, "accepted")[:2] == (302, address_of(first))
    first.refresh_from_db()
    assert first.review_state == "waiting" and not first.reviews.exists()


def test_the_second_reviewer_sees_who_decided_and_can_go_on(reviewer: Client) -> None:
    contested, following = make_recording(), make_recording()
    second = Client()
    second.force_login(make_user())
    second.get(address_of(contested))
    decide(reviewer, contested, "accepted")
    status, _, page = decide(second, contested, "rejected", reason="noise")
    assert status == 409 and "Already accepted by first-reviewer" in page
    assert address_of(following) in page and 'data-part="accept"' not in page


def test_the_last_decision_can_be_taken_back_from_the_next_page(reviewer: Client) -> None:
    first, second = make_recording(), make_recording()
    decide(reviewer, first, "accepted")
    undo = reverse("review-undo", args=[first.public_id])
    assert f'action="{undo}"' in reviewer.get(address_of(second)).content.decode()
    assert reviewer.post(undo).headers["Location"] == address_of(first)
    first.refresh_from_db()
    assert first.review_state == "waiting"
    assert f'action="{undo}"' not in reviewer.get(address_of(second)).content.decode()


def test_a_reviewer_sees_everything_that_is_known(reviewer: Client) -> None:
    recording = make_recording(capture={"settings": {"echoCancellation": True}, "frame_gaps": 0})
    QualityFlag.objects.create(
        recording=recording,
        code="noise_floor",
        severity="warning",
        message="Loud room.",
        value=-38,
        unit="dBFS",
    )
    page = reviewer.get(address_of(recording)).content.decode()
    prompt = recording.assignment.prompt
    for text in (prompt.sentence_1, prompt.sentence_2, "1 male and 1 female", "Loud room.", "-38.0 dBFS"):
        assert text in page
    assert reverse("recording-results", args=[recording.public_id]) in page
    assert re.search(r"Echo cancellation</dt><dd><span class=\"badge warn\">on<", page)


@pytest.mark.parametrize("name", ["review-queue", "review-recording", "review-decide", "review-undo"])
def test_researchers_do_not_know_of_reviews_and_strangers_are_sent_to_the_login(name: str) -> None:
    recording = make_recording()
    address = reverse(name, args=[] if name == "review-queue" else [recording.public_id])
    researcher = Client()
    researcher.force_login(make_user(role="researcher"))
    ask = "post" if name in ("review-decide", "review-undo") else "get"
    assert getattr(researcher, ask)(address, {"decision": "accepted"}).status_code == 404
    assert "/login/" in getattr(Client(), ask)(address, {"decision": "accepted"}).headers["Location"]
    recording.refresh_from_db()
    assert recording.review_state == "waiting"


@pytest.mark.parametrize("waiting", [1, 12])
def test_the_queue_asks_the_database_a_fixed_number_of_times(
    reviewer: Client, waiting: int, django_assert_max_num_queries: object
) -> None:
    for _ in range(waiting):
        make_recording()
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        reviewer.get(reverse("review-queue"))
