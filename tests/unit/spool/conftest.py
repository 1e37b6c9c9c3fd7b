"""A spool in a temporary folder, with a clock and counts that a test can see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from fixtures.spool_bench import SpoolBench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class MakeBench(Protocol):
    def __call__(self, path: Path = ..., **settings: Any) -> SpoolBench: ...


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[MakeBench]:
    benches: list[SpoolBench] = []

    def make(path: Path = tmp_path / "spool" / "spool.db", **settings: Any) -> SpoolBench:
        benches.append(SpoolBench(path, **settings))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def bench(make_bench: MakeBench) -> SpoolBench:
    made = make_bench()
    made.spool.open()
    return made
