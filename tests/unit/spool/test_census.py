"""A long backlog is counted now and then, and between two counts by what came and went."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.spool import census, sql
from edge_alpr.spool.census import Census

if TYPE_CHECKING:
    from fixtures.spool_bench import SpoolBench


@pytest.fixture
def costly(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every count of all takes long; the list holds what the clock says."""
    now = [0.0]

    def monotonic() -> float:
        now[0] += 1.0
        return now[0]

    monkeypatch.setattr(census, "time", SimpleNamespace(monotonic=monotonic))
    return now


def put(bench: SpoolBench, others: int, hits: int) -> None:
    bench.put(*(b"other" for _ in range(others)))
    bench.put(*(b"hit" for _ in range(hits)), hit=True)
    assert bench.spool.flush(0)


def test_what_is_new_is_added_and_what_is_deleted_taken_away(
    bench: SpoolBench, costly: list[float]
) -> None:
    counting = Census()
    put(bench, 7, 3)
    assert counting.count(bench.db) == 10
    put(bench, 2, 4)
    bench.db.execute(sql.DELETE, (1 << 62 | 1 << 40 | 1,))
    counting.deleted(1)
    assert counting.count(bench.db) == 15
    put(bench, 1, 1)
    assert counting.count(bench.db) == 17


def test_what_another_sheds_is_missed_until_the_next_full_count(
    bench: SpoolBench, costly: list[float]
) -> None:
    counting = Census()
    put(bench, 5, 0)
    counting.count(bench.db)
    bench.db.execute(sql.DELETE, (1 << 62 | 1 << 40 | 1,))
    assert counting.count(bench.db) == 5
    costly[0] += 100
    assert counting.count(bench.db) == 4


def test_nothing_is_never_said_of_something(bench: SpoolBench, costly: list[float]) -> None:
    """An estimate of 0 is counted anew: the end of a recording hangs on it."""
    counting = Census()
    put(bench, 3, 0)
    counting.count(bench.db)
    counting.deleted(3)  # which was not so
    assert counting.count(bench.db) == 3


def test_a_short_spool_is_counted_each_time(bench: SpoolBench) -> None:
    counting = Census()
    put(bench, 3, 0)
    while counting._again_s > time.monotonic():
        counting.forget()
        counting.count(bench.db)
    bench.db.execute(sql.DELETE, (1 << 62 | 1 << 40 | 1,))
    assert counting.count(bench.db) == 2
