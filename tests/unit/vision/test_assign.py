"""Pairing: against trying every way, and the cases that taking the nearest first gets wrong."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.vision.assign import assign

NO = math.inf


@st.composite
def tables(draw: st.DrawFn) -> list[list[float]]:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cost = st.integers(0, 40).map(float) | st.just(NO)
    return [[draw(cost) for _ in range(columns)] for _ in range(rows)]


def by_trying(costs: list[list[float]]) -> tuple[int, float]:
    """Most pairs, and the least cost of so many."""
    rows, columns = range(len(costs)), range(len(costs[0]))
    best = (0, 0.0)
    for count in range(1, min(len(rows), len(columns)) + 1):
        for chosen in itertools.combinations(rows, count):
            for partners in itertools.permutations(columns, count):
                cost = sum(costs[r][c] for r, c in zip(chosen, partners, strict=True))
                if cost < NO and (count > best[0] or cost < best[1]):
                    best = (count, cost)
    return best


@given(tables())
def test_no_other_way_has_more_pairs_or_costs_less(costs: list[list[float]]) -> None:
    pairs = assign(costs)
    assert len({r for r, _ in pairs}) == len({c for _, c in pairs}) == len(pairs)
    assert all(costs[r][c] < NO for r, c in pairs)
    assert (len(pairs), sum(costs[r][c] for r, c in pairs)) == by_trying(costs)


@pytest.mark.parametrize("costs", [[], [[]], [[], []]])
def test_nothing_pairs_with_nothing(costs: list[list[float]]) -> None:
    assert assign(costs) == []


def test_the_nearest_first_would_leave_one_alone() -> None:
    """Two in a row moved on by their distance: the second now stands where the first was."""
    assert assign([[1.6, NO], [0.1, 1.6]]) == [(0, 0), (1, 1)]
