"""What is let through, and that everything else is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.config.profiles import find_profile
from edge_alpr.policy.decide import Disposition, Facts, ListState, Match, decide
from edge_alpr.policy.merge import merge
from edge_alpr.policy.purposes import PROHIBITED, PURPOSES
from strategies.rules import rules

if TYPE_CHECKING:
    from edge_alpr.policy.rules import Rules

NOW_S = 1_780_000_000.0
FACTS = Facts(confidence=0.9, agree=3, age_s=1.0)
LISTED = Match(
    list="state",
    list_version="7",
    entry="e1",
    class_="exact",
    purpose="stolen_vehicle",
    reason=None,
    confidence=0.9,
    expires_s=NOW_S + 3600,
)
FRESH = ListState(signed=True, issued_s=NOW_S - 60, expires_s=NOW_S + 3600)
STRICT = find_profile("default-strict").rules


def _decide(rules: Rules = STRICT, match: Match | None = LISTED, **facts: float) -> Disposition:
    matches = () if match is None else (match,)
    return decide(replace(FACTS, **facts), matches, FRESH, rules, NOW_S)  # type: ignore[arg-type]


def test_a_hit_is_reported_with_its_end() -> None:
    found = _decide()
    assert (found.action, found.matches) == ("hit", (LISTED,))
    assert found.expires_s == NOW_S + 30 * 86400
    assert found.unconfirmed_s == NOW_S + 1800
    assert found.confirm
    assert not found.sealed


def test_a_plate_that_nobody_looks_for_is_dropped() -> None:
    assert _decide(match=None) == Disposition(action="drop", reason="non_hit")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"confidence": 0.4}, "low_confidence"),
        ({"agree": 0}, "few_agree"),
        ({"age_s": 3.1}, "too_old"),
    ],
)
def test_a_doubtful_hit_is_dropped(facts: dict[str, float], reason: str) -> None:
    found = _decide(STRICT, LISTED, **facts)
    assert (found.action, found.reason) == ("drop", reason)


@pytest.mark.parametrize(
    "match",
    [
        replace(LISTED, purpose=None),
        replace(LISTED, purpose="parking"),
        replace(LISTED, class_="edit"),
        replace(LISTED, expires_s=NOW_S),
        *(replace(LISTED, purpose=purpose) for purpose in sorted(PROHIBITED)),
    ],
)
def test_an_entry_that_the_rules_do_not_allow_matches_nothing(match: Match) -> None:
    assert _decide(match=match).action == "drop"


@pytest.mark.parametrize(
    "lists",
    [
        None,
        replace(FRESH, signed=False),
        replace(FRESH, expires_s=NOW_S),
        replace(FRESH, issued_s=NOW_S - 25 * 3600, expires_s=NOW_S + 1e6),
    ],
)
def test_a_list_that_is_missing_unsigned_or_stale_matches_nothing(lists: ListState | None) -> None:
    assert decide(FACTS, (LISTED,), lists, STRICT, NOW_S).action == "drop"


def test_counts_only_lets_nothing_through_whatever_it_is_merged_with() -> None:
    counts = find_profile("counts-only").rules
    for name in ("bench", "mn-13-824", "il-2-130"):
        assert _decide(merge(counts, find_profile(name).rules)).action == "drop"


def test_bench_marks_everything_as_a_test_and_takes_plain_lists() -> None:
    bench = find_profile("bench").rules
    assert _decide(bench, None).action == "test"
    plain = replace(LISTED, purpose=None)
    found = decide(FACTS, (plain,), None, bench, NOW_S)
    assert (found.action, found.matches) == ("test", (plain,))


def test_bench_under_a_law_is_no_bench() -> None:
    both = merge(find_profile("bench").rules, find_profile("il-2-130").rules)
    assert not both.test
    assert _decide(both, None).action == "drop"
    assert decide(FACTS, (LISTED,), replace(FRESH, signed=False), both, NOW_S).action == "drop"


def test_a_window_is_sealed_and_ends() -> None:
    found = _decide(find_profile("va-2-2-5517").rules, None)
    assert (found.action, found.sealed) == ("seal", True)
    assert found.expires_s == NOW_S + 21 * 86400


def test_what_may_not_be_collected_is_taken_out() -> None:
    assert _decide(find_profile("mn-13-824").rules).redact == {
        "region",
        "lane",
        "motion",
        "vehicle",
    }


@given(rules(), rules(), st.sampled_from(sorted(PURPOSES | PROHIBITED)), st.booleans())
def test_a_further_profile_never_lets_more_through(
    a: Rules, b: Rules, purpose: str, listed: bool
) -> None:
    """Monotone where it counts: what both decide is never more than what one does."""
    match = replace(LISTED, purpose=purpose) if listed else None  # type: ignore[arg-type]
    facts = {"age_s": 0.5}
    one, both = _decide(a, match, **facts), _decide(merge(a, b), match, **facts)
    rank = ("drop", "seal", "hit", "test")
    assert rank.index(both.action) <= rank.index(one.action)
    assert not (set(both.matches) - set(one.matches))
    if both.action == one.action != "drop":
        assert both.expires_s is not None
        assert one.expires_s is not None
        assert both.expires_s <= one.expires_s
        assert both.redact >= one.redact
