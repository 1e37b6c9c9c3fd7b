"""The system's clocks, as far as a test may rely on them."""

from __future__ import annotations

import threading
import time

import pytest

from edge_alpr.app.build import build_pipeline
from edge_alpr.config.settings import Config
from edge_alpr.ops.clock import SystemClock, WorkClock
from edge_alpr.vision.inference import InferenceSettings


def test_both_clocks_are_the_systems() -> None:
    before = (time.monotonic(), time.time())
    now = SystemClock().now()
    after = (time.monotonic(), time.time())
    assert before[0] <= now.mono_s <= after[0]
    assert before[1] - 1 <= now.utc_s <= after[1] + 1  # it may be set in between


def test_processor_time_grows_with_work() -> None:
    cpu_s = WorkClock()
    before = cpu_s()
    while cpu_s() == before:
        sum(range(10_000))
    assert cpu_s() > before


def test_the_time_of_threads_that_work_for_us_counts_and_that_of_others_does_not() -> None:
    stop = threading.Event()
    used: dict[str, float] = {}

    def work(name: str) -> None:
        while not stop.is_set():
            sum(range(1000))
            used[name] = time.thread_time()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("stranger", "helper")]
    cpu_s = WorkClock()
    threads[0].start()
    try:
        with cpu_s.adopting():
            threads[1].start()
        while min(used.get("helper", 0), used.get("stranger", 0)) < 0.4:
            stop.wait(0.01)
        own, counted = time.thread_time(), cpu_s()
        assert counted >= 0.2
        assert counted <= own + used["helper"] + 0.2, "the stranger's time is counted"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert cpu_s() < counted + 0.2, "a thread that has ended is no trouble"


@pytest.mark.model
@pytest.mark.parametrize(("threads", "helpers"), [(1, 0), (3, 4)])
def test_the_pools_of_both_networks_are_found(threads: int, helpers: int) -> None:
    """Each network's pool has one thread fewer than asked for: who calls it works too."""
    build_pipeline(
        Config(inference=InferenceSettings(threads=1))
    )  # libraries have threads of their own
    cpu_s = WorkClock()
    with cpu_s.adopting():
        pipeline = build_pipeline(Config(inference=InferenceSettings(threads=threads)))
    assert len(cpu_s._helpers) == helpers
    del pipeline
