"""Shares and their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.evaluate.share import Share, percentile, share_of


@st.composite
def shares(draw: st.DrawFn) -> Share:
    n = draw(st.integers(0, 5000))
    return Share(draw(st.integers(0, n)), n)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [  # worked out by hand from Wilson's formula, to three places
        (47, 47, 0.924, 1.0),
        (0, 10, 0.0, 0.278),
        (5, 10, 0.237, 0.763),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons(k: int, n: int, low: float, high: float) -> None:
    assert Share(k, n).interval == pytest.approx((low, high), abs=5e-4)


@given(shares())
def test_the_share_lies_in_its_interval(share: Share) -> None:
    low, high = share.interval
    assert 0.0 <= low <= high <= 1.0
    if share.value is not None:
        assert low - 1e-9 <= share.value <= high + 1e-9


@given(st.integers(1, 200), st.integers(2, 50))
def test_more_of_the_same_is_surer(k: int, times: int) -> None:
    few, many = Share(k, 2 * k).interval, Share(k * times, 2 * k * times).interval
    assert many[1] - many[0] < few[1] - few[0]


@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 4)])
def test_there_are_no_impossible_shares(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= k <= n"):
        Share(k, n)


def test_nothing_has_no_share() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).as_json()["share"] is None
    assert str(Share(0, 0)) == "-"


def test_answers_are_counted() -> None:
    assert share_of([True, False, True]) + share_of([False]) == Share(2, 4)


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], 0.5, None),
        ([3.0], 0.95, 3.0),
        ([2.0, 1.0], 0.5, 1.0),
        ([2.0, 1.0], 0.95, 2.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_a_percentile_is_one_of_the_values(
    values: list[float], share: float, found: float | None
) -> None:
    assert percentile(values, share) == found
