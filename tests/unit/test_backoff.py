"""Pauses grow to their bound, are jittered, and start anew after a success."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.backoff import Backoff


@given(
    first=st.floats(0.01, 10),
    factor=st.floats(1, 1000),
    tries=st.integers(0, 500),
    seed=st.integers(),
)
def test_a_pause_is_between_half_and_all_of_its_bound(
    first: float, factor: float, tries: int, seed: int
) -> None:
    most = first * factor
    pause = Backoff(first, most, random.Random(seed)).pause_s(tries)
    bound = min(most, first * 2.0 ** min(tries, 60))
    assert bound / 2 <= pause <= bound


def test_pauses_grow_and_start_anew_after_a_success() -> None:
    backoff = Backoff(1.0, 64.0, random.Random(1))
    pauses = [backoff.next_s() for _ in range(20)]
    assert pauses[0] <= 1.0
    assert max(pauses) > 32.0
    assert all(later > earlier / 2 for earlier, later in pairwise(pauses))
    backoff.reset()
    assert backoff.next_s() <= 1.0


def test_two_units_do_not_knock_in_step() -> None:
    one, other = (Backoff(1.0, 60.0, random.Random(seed)) for seed in (1, 2))
    assert [one.next_s() for _ in range(5)] != [other.next_s() for _ in range(5)]
