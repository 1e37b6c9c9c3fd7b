"""PRV-5: of stacked profiles the strictest wins, in whatever order, and one more never loosens anything."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.config.profiles import find_profile, shipped_ids
from edge_alpr.policy.merge import looser_than, merge_all
from strategies.rules import rules

if TYPE_CHECKING:
    import random

    from edge_alpr.policy.rules import Rules
    from fixtures.soak import Count, Publish

SHIPPED = [find_profile(name).rules for name in shipped_ids()]


def test_the_strictest_wins_in_any_order(count: Count, publish: Publish) -> None:
    met: Counter[str] = Counter()

    @settings(max_examples=count(40, 10_000), deadline=None, database=None)
    @given(st.lists(rules() | st.sampled_from(SHIPPED), min_size=2, max_size=6), st.randoms())
    def holds(stack: list[Rules], rng: random.Random) -> None:
        together = merge_all(stack)
        shuffled = [*stack, rng.choice(stack)]  # once more changes nothing
        rng.shuffle(shuffled)
        assert merge_all(shuffled) == together
        for one in stack:
            assert looser_than(together, one) == []
            assert together.purposes_left <= one.purposes_left
        met["stacks"] += 1
        met["profiles"] += len(stack)
        # The control: against the merge, some of them are looser, or the search would be blind.
        met["looser than their merge"] += any(looser_than(one, together) for one in stack)

    holds()
    publish("PRV-5", "random stacks", **met, counterexamples=0)
    assert met["looser than their merge"] > met["stacks"] / 2
