"""HITs are made once, from terms that were shown before, closed, and followed."""

import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.stub import ANY, Stubber

from accounts.models import AuditEntry
from core.errors import RetryLater, ShownToUser
from core.models import Job
from recruitment.forms.mturk_settings import MturkSettingsForm
from recruitment.models import Effort, MturkHit
from recruitment.services.hits import ask_for_hit, close_hit, follow_hit, make_hit, planned_terms
from tests.factories import make_user
from tests.recruitment.turk import (
    HIT_ID,
    HIT_TYPE_ID,
    TEXTS,
    foresee_refusal,
    hit_row,
    make_posted_hit,
    make_turk_effort,
    stubbed_turk,
)

pytestmark = pytest.mark.django_db
SITE = "https://realm.example/c/evening/"
State = MturkHit.State


def asked(effort: Effort, token: str = "") -> MturkHit:
    terms = planned_terms(effort=effort, address=SITE)
    request_token = token or str(uuid.uuid4())
    return ask_for_hit(effort=effort, terms=terms, request_token=request_token, actor=make_user(role="admin"))


def foresee_type(stub: Stubber, **terms: Any) -> None:
    wanted = {
        "Title": TEXTS["title"],
        "Description": TEXTS["description"],
        "Keywords": "",
        "Reward": "1.50",
        "AssignmentDurationInSeconds": 3600,
        "AutoApprovalDelayInSeconds": 1_209_600,
        "QualificationRequirements": [],
    }
    stub.add_response("create_hit_type", {"HITTypeId": HIT_TYPE_ID}, wanted | terms)


def foresee_making(stub: Stubber, hit: MturkHit) -> dict[str, Any]:
    wanted = {
        "HITTypeId": HIT_TYPE_ID,
        "MaxAssignments": 9,
        "LifetimeInSeconds": 604_800,
        "Question": ANY,
        "RequesterAnnotation": str(hit.public_id),
        "UniqueRequestToken": str(hit.public_id),
    }
    stub.add_response("create_hit_with_hit_type", {"HIT": hit_row()}, wanted)
    return wanted


def test_a_hit_is_made_with_the_terms_that_were_shown() -> None:
    hit = asked(make_turk_effort())
    with stubbed_turk() as stub:
        foresee_type(stub)
        foresee_making(stub, hit)
        make_hit(hit=hit)
    assert (hit.state, hit.hit_id, hit.counts["available"]) == (State.OPEN, HIT_ID, 8)


def test_a_hit_asked_for_twice_is_one_hit_and_one_job() -> None:
    effort, token = make_turk_effort(), str(uuid.uuid4())
    assert asked(effort, token) == asked(effort, token)
    assert Job.objects.filter(kind="recruitment.make_hit").count() == 1
    assert AuditEntry.objects.filter(action="mturk.ask_for_hit").count() == 1


def test_a_hit_that_is_made_is_not_made_again() -> None:
    hit = make_posted_hit(make_turk_effort())
    with stubbed_turk():
        assert make_hit(hit=hit).state == State.OPEN


def test_a_crash_after_the_call_finds_the_hit_by_its_annotation() -> None:
    hit = asked(make_turk_effort())
    MturkHit.objects.filter(pk=hit.pk).update(state=State.MAKING)
    hit.refresh_from_db()
    with stubbed_turk() as stub:
        rows = [
            hit_row(HITId="3OTHER", RequesterAnnotation="x"),
            hit_row(RequesterAnnotation=str(hit.public_id)),
        ]
        stub.add_response("list_hits", {"HITs": rows}, {"MaxResults": 100})
        make_hit(hit=hit)
    assert (hit.state, hit.hit_id) == (State.OPEN, HIT_ID)


def test_a_token_that_was_used_leads_to_the_hit_that_is_there() -> None:
    hit = asked(make_turk_effort())
    with stubbed_turk() as stub:
        foresee_type(stub)
        code = "AWS.MechanicalTurk.HitAlreadyExists"
        foresee_refusal(
            stub, "create_hit_with_hit_type", message=f"The HIT {HIT_ID} already exists.", turk_code=code
        )
        stub.add_response("get_hit", {"HIT": hit_row()}, {"HITId": HIT_ID})
        make_hit(hit=hit)
    assert (hit.state, hit.hit_id) == (State.OPEN, HIT_ID)


def test_throttling_leaves_the_job_to_try_again() -> None:
    hit = asked(make_turk_effort())
    with stubbed_turk() as stub, pytest.raises(RetryLater):
        stub.add_client_error("create_hit_type", "ThrottlingException", "slow down", http_status_code=400)
        make_hit(hit=hit)
    hit.refresh_from_db()
    assert hit.state == State.ASKED


def test_a_refusal_is_kept_with_the_hit() -> None:
    hit = asked(make_turk_effort())
    with stubbed_turk() as stub:
        foresee_type(stub)
        foresee_refusal(stub, "create_hit_with_hit_type", message="Your balance is insufficient.")
        make_hit(hit=hit)
    assert hit.state == State.FAILED and "balance is insufficient" in hit.problem


def test_qualifications_are_sent_by_their_numbers() -> None:
    chosen = {**TEXTS, "approved_percent": 98, "approved_count": 500, "countries": "US IN"}
    hit = asked(make_turk_effort(channel_settings=chosen))
    guarded = {"ActionsGuarded": "Accept"}
    least = {"Comparator": "GreaterThanOrEqualTo", **guarded}
    with stubbed_turk() as stub:
        wanted = [
            {"QualificationTypeId": "000000000000000000L0", "IntegerValues": [98], **least},
            {"QualificationTypeId": "00000000000000000040", "IntegerValues": [500], **least},
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": "In",
                "LocaleValues": [{"Country": "US"}, {"Country": "IN"}],
                **guarded,
            },
        ]
        foresee_type(stub, QualificationRequirements=wanted)
        foresee_making(stub, hit)
        make_hit(hit=hit)


@pytest.mark.parametrize(("layout", "root"), [("link", "HTMLQuestion"), ("embedded", "ExternalQuestion")])
def test_the_layout_decides_between_a_link_and_our_page_in_the_frame(layout: str, root: str) -> None:
    hit = asked(make_turk_effort(channel_settings={**TEXTS, "layout": layout}))
    sent: dict[str, Any] = {}
    with stubbed_turk() as stub:
        foresee_type(stub)
        foresee_making(stub, hit)
        stub.client.meta.events.register(
            "provide-client-params.mturk.CreateHITWithHITType", lambda params, **_: sent.update(params)
        )
        make_hit(hit=hit)
    assert ElementTree.fromstring(sent["Question"]).tag.rpartition("}")[2] == root


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"channel_settings": {"title": ""}}, "title"),
        ({"channel_settings": {"description": ""}}, "description"),
        ({"reward_minor": 0}, "reward"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_what_a_hit_still_lacks_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ShownToUser) as refusal:
        planned_terms(effort=make_turk_effort(**fields), address=SITE)
    assert refusal.value.field == named


def test_a_hit_is_closed_by_an_expiry_in_the_past() -> None:
    hit = make_posted_hit(make_turk_effort())
    with stubbed_turk() as stub:
        stub.add_response("update_expiration_for_hit", {}, {"HITId": HIT_ID, "ExpireAt": ANY})
        assert close_hit(hit=hit, actor=make_user(role="admin")).state == State.CLOSED


def test_a_hit_made_elsewhere_is_followed_by_one_effort_only() -> None:
    admin = make_user(role="admin")
    with stubbed_turk() as stub:
        stub.add_response("get_hit", {"HIT": hit_row()}, {"HITId": HIT_ID})
        assert follow_hit(effort=make_turk_effort(), hit_id=HIT_ID, actor=admin).state == State.OPEN
        stub.add_response("get_hit", {"HIT": hit_row()}, {"HITId": HIT_ID})
        with pytest.raises(ShownToUser, match="another effort"):
            follow_hit(effort=make_turk_effort(), hit_id=HIT_ID, actor=admin)


def test_settings_become_seconds_and_countries_in_the_terms() -> None:
    form = MturkSettingsForm(
        {
            "channel-layout": "link",
            "channel-title": "T",
            "channel-description": "D",
            "channel-assignment_minutes": "45",
            "channel-lifetime_days": "3",
            "channel-auto_approval_days": "30",
            "channel-assignments_wanted": "10",
            "channel-countries": "us, gb us",
        }
    )
    assert form.is_valid(), form.errors
    terms = planned_terms(effort=make_turk_effort(channel_settings=form.as_settings()), address=SITE)
    assert (terms.assignment_s, terms.lifetime_s, terms.auto_approval_s) == (2700, 259_200, 2_592_000)
    assert terms.countries == "US GB" and terms.cost.is_crowd


def test_a_country_that_is_none_is_named() -> None:
    form = MturkSettingsForm({"channel-countries": "Germany"})
    assert "GERMANY" in form.errors["countries"][0]
