"""How fast late messages may be sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.uplink.pace import Pace


def test_a_seconds_worth_at_once_and_then_as_time_passes() -> None:
    pace = Pace(10)
    assert pace.allowance(100.0) == 10
    pace.spend(10)
    assert pace.allowance(100.0) == 0
    assert pace.allowance(100.5) == 5
    assert pace.allowance(1000.0) == 10, "what was not used is not saved up"


def test_less_than_one_a_second_is_one_now_and_then() -> None:
    pace = Pace(0.1)
    assert pace.allowance(0.0) == 1
    pace.spend(1)
    assert pace.allowance(9.0) == 0
    assert pace.allowance(10.5) == 1


def test_a_clock_that_stands_still_gives_nothing() -> None:
    pace = Pace(1)
    pace.spend(pace.allowance(5.0))
    assert pace.allowance(5.0) == 0


@given(per_s=st.floats(0.1, 1000), steps=st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_over_any_time_no_more_than_the_rate_and_one_burst(
    per_s: float, steps: list[float]
) -> None:
    pace, now_s, sent = Pace(per_s), 0.0, 0
    for step in steps:
        now_s += step
        allowed = pace.allowance(now_s)
        pace.spend(allowed)
        sent += allowed
    assert sent <= per_s * now_s + max(1.0, per_s) + 1e-6
