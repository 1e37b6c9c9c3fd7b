"""PRV-5: the strictest wins, in whatever order profiles are stacked."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings

from edge_alpr.policy.lattice import stricter
from edge_alpr.policy.merge import looser_than, merge, merge_all
from edge_alpr.policy.rules import RULES, Rules
from strategies.rules import rules

EXAMPLES = 10_000 if os.environ.get("EDGE_ALPR_SOAK") else 60
some = settings(max_examples=EXAMPLES, deadline=None)


@some
@given(rules(), rules(), rules())
def test_the_order_of_profiles_does_not_matter(a: Rules, b: Rules, c: Rules) -> None:
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == merge_all([c, a, b])
    assert merge(a, a) == a


@some
@given(rules(), rules())
def test_a_further_profile_never_loosens_anything(a: Rules, b: Rules) -> None:
    both = merge(a, b)
    assert looser_than(both, a) == looser_than(both, b) == []
    assert both.non_hit.retain_days <= min(a.non_hit.retain_days, b.non_hit.retain_days)
    assert both.purposes_left <= a.purposes_left & b.purposes_left
    assert both.sharing.parties <= a.sharing.parties & b.sharing.parties


@some
@given(rules(), rules())
def test_what_is_looser_is_named_and_nothing_else(a: Rules, b: Rules) -> None:
    """Against the orders themselves, field by field."""
    named = {found.rule.path for found in looser_than(a, b)}
    for rule in RULES:
        if rule.name != "source":
            assert (rule.path in named) != stricter(rule.order, rule.of(a), rule.of(b))


@given(rules(), rules())
def test_a_merge_that_took_the_looser_value_would_be_seen(a: Rules, b: Rules) -> None:
    """The control: the loosest instead of the strictest term is reported as looser."""
    if a.hit.retain_days < b.hit.retain_days:
        assert "hit.retain_days" in {found.rule.path for found in looser_than(b, a)}


def test_nothing_is_not_a_policy() -> None:
    with pytest.raises(TypeError):
        merge_all([])
