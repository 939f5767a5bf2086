"""The rules an effort declares: what is clear, what waits for a person, and that rejections are never hasty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ShownToUser
from recruitment.rules.deciding import (
    APPROVE,
    REJECT,
    ApproveWhen,
    DecisionRules,
    Facts,
    Take,
    TakeState,
    decide_by_rules,
)

STATES = {"a": TakeState.ACCEPTED, "r": TakeState.REJECTED, "w": TakeState.WAITING}


def facts(states: str, *, wanted: int = 1, flag: str = "", doubts: tuple[str, ...] = ()) -> Facts:
    takes = tuple(
        Take(
            subject=f"recording:{n}",
            name=f"mixture_{n}_s1",
            state=STATES[state],
            reason="Too quiet.",
            flag=flag,
        )
        for n, state in enumerate(states, start=1)
    )
    return Facts(takes=takes, units_wanted=wanted, doubts=doubts)


K2 = DecisionRules(approve_when=ApproveWhen.SOME, accepted_needed=2)
STRICT = DecisionRules(reject_after=2)


@pytest.mark.parametrize(
    ("states", "wanted", "rules", "verdict"),
    [
        ("a", 1, DecisionRules(), APPROVE),
        ("aa", 3, DecisionRules(), ""),
        ("aaa", 3, DecisionRules(), APPROVE),
        ("aar", 3, DecisionRules(), ""),
        ("aaw", 3, DecisionRules(), ""),
        ("aar", 3, K2, APPROVE),
        ("aaw", 3, K2, APPROVE),
        ("arw", 3, K2, ""),
        ("rr", 2, STRICT, REJECT),
        ("ar", 2, STRICT, ""),
        ("arr", 2, STRICT, REJECT),
        ("rrw", 2, STRICT, ""),
        ("rr", 2, DecisionRules(), ""),
        ("", 1, STRICT, ""),
    ],
)
def test_a_verdict_follows_from_the_takes(
    states: str, wanted: int, rules: DecisionRules, verdict: str
) -> None:
    outcome = decide_by_rules(facts=facts(states, wanted=wanted), rules=rules)
    assert outcome.verdict == verdict
    assert bool(outcome.doubts) != bool(verdict)


def test_any_doubt_goes_to_a_person() -> None:
    outcome = decide_by_rules(facts=facts("a", doubts=("The same voice as another.",)), rules=STRICT)
    assert not outcome.is_clear
    assert outcome.doubts == ("The same voice as another.",)


def test_a_flagged_stamp_goes_to_a_person_but_not_for_a_rejection_that_counts_anyway() -> None:
    assert not decide_by_rules(facts=facts("a", flag="shared"), rules=STRICT).is_clear
    assert decide_by_rules(facts=facts("rr", flag="take_rejected"), rules=STRICT).verdict == REJECT


def test_a_rejection_names_the_takes_and_the_reviewers_reason() -> None:
    outcome = decide_by_rules(facts=facts("arr"), rules=STRICT)
    assert outcome.reason_code == "qc_failed_twice"
    assert "Not accepted: mixture_2_s1 (Too quiet); mixture_3_s1 (Too quiet)." in outcome.message
    assert "mixture_1" not in outcome.message


@given(
    states=st.text("arw", max_size=6),
    wanted=st.integers(0, 6),
    accepted_needed=st.integers(0, 6),
    reject_after=st.integers(0, 4),
    approve_when=st.sampled_from(list(ApproveWhen)),
)
def test_no_rule_is_unfair(
    states: str, wanted: int, accepted_needed: int, reject_after: int, approve_when: ApproveWhen
) -> None:
    rules = DecisionRules(
        approve_when=approve_when, accepted_needed=accepted_needed, reject_after=reject_after
    )
    outcome = decide_by_rules(facts=facts(states, wanted=wanted), rules=rules)
    if outcome.verdict == REJECT:
        assert "w" not in states
        assert states.count("r") >= reject_after > 0
        assert len(outcome.message) <= 500
    if outcome.verdict == APPROVE:
        assert "a" in states
    more = decide_by_rules(facts=facts(states + "a", wanted=wanted), rules=rules)
    assert not (outcome.verdict == APPROVE and more.verdict == REJECT)


def test_rules_are_stored_as_plain_data() -> None:
    assert DecisionRules.from_json(K2.as_json()) == K2
    assert DecisionRules.from_json({}) == DecisionRules()


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ({"approve_when": "always"}, "approve_when"),
        ({"accepted_needed": "two"}, "accepted_needed"),
        ({"reject_after": -1}, "reject_after"),
        ({"reject_reason": "dislike"}, "reject_reason"),
    ],
)
def test_a_bad_rule_is_refused_by_name(stored: dict[str, object], named: str) -> None:
    with pytest.raises(ShownToUser) as refusal:
        DecisionRules.from_json(stored)
    assert refusal.value.field == named
    assert repr(stored[named]) in refusal.value.message
