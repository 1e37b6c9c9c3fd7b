"""REL-4: the link is away for days. Then all of it is there, in order of number within each class, in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from faults import drained
from faults.recorded import TESTS

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish

A_DAY = 20_000
HOURS = 72
RUN = (sys.executable, "-m", drained.__name__)


def test_three_days_of_reads_drain_in_order_and_in_little_memory(
    tmp_path: Path, count: Count, publish: Publish
) -> None:
    """The clock is compressed: a read comes every 4.3 pretended seconds, one in a hundred is a hit."""
    reads = count(3000, A_DAY * HOURS // 24)
    command = [*RUN, str(tmp_path / "spool.db"), str(reads)]
    done = subprocess.run(command, cwd=TESTS, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    publish("REL-4", "72 h at 20,000 reads a day, then drain", reads=reads, **found)
    assert found["delivered"] == reads
    assert found["out_of_order"] == 0
    assert found["hits_after_others"] == 0
    assert found["rss_growth_mib"] <= 20
    assert found["left"] == 0


@pytest.mark.skipif(
    "EDGE_ALPR_SOAK" not in os.environ,
    reason="the memory of so short a run may hide below what the imports took: see `make soak`",
)
def test_control_a_window_without_a_bound_needs_more_memory(tmp_path: Path) -> None:
    command = [*RUN, str(tmp_path / "spool.db"), "40000", "--at-once"]
    done = subprocess.run(command, cwd=TESTS, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["rss_growth_mib"] > 20
