"""The system's clocks, as far as a test may rely on them."""

from __future__ import annotations

import time

from edge_alpr.ops.clock import SystemClock, cpu_s


def test_both_clocks_are_the_systems() -> None:
    before = (time.monotonic(), time.time())
    now = SystemClock().now()
    after = (time.monotonic(), time.time())
    assert before[0] <= now.mono_s <= after[0]
    assert before[1] - 1 <= now.utc_s <= after[1] + 1  # it may be set in between


def test_processor_time_grows_with_work() -> None:
    before = cpu_s()
    while cpu_s() == before:
        sum(range(10_000))
    assert cpu_s() > before
