"""REL-2 once more, without any seam: the shipped SQLite's own calls, recorded, and the power cut anywhere in them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from faults.recorded import cut_record, record

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish


@pytest.fixture
def strace() -> None:
    """Skips where a process may not be watched, as in many containers."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("strace is not permitted here")


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("lazy_folder", [False, True], ids=["as-ext4", "lazy-folder"])
def test_no_acknowledged_message_is_lost_wherever_the_record_is_cut(
    lazy_folder: bool, fast_folder: Path, count: Count, publish: Publish
) -> None:
    steps = record(fast_folder, count(150, 600))
    cuts = count(60, 1000)
    found = [
        cut_record(steps, seed, fast_folder / "found", lazy_folder=lazy_folder)
        for seed in range(cuts)
    ]
    publish(
        "REL-2",
        f"recorded calls, {'lazy folder' if lazy_folder else 'as ext4'}",
        cuts=cuts,
        acknowledged=sum(outcome.acknowledged for outcome in found),
        lost=sum(outcome.lost for outcome in found),
        damaged=sum(outcome.damaged for outcome in found),
    )
    assert sum(outcome.acknowledged for outcome in found) > 10 * cuts
    assert sum(outcome.lost + outcome.damaged for outcome in found) == 0


@pytest.mark.usefixtures("strace")
def test_control_with_eatmydata_messages_are_lost(
    fast_folder: Path, count: Count, publish: Publish
) -> None:
    """It swallows every fsync of the process."""
    if shutil.which("eatmydata") is None:
        pytest.skip("eatmydata is not installed: apt-get install eatmydata")
    steps = record(fast_folder, count(150, 600), "eatmydata")
    cuts = count(60, 1000)
    found = [cut_record(steps, seed, fast_folder / "found") for seed in range(cuts)]
    lost = sum(outcome.lost for outcome in found)
    publish(
        "REL-2",
        "control: recorded calls under eatmydata",
        cuts=cuts,
        acknowledged=sum(outcome.acknowledged for outcome in found),
        lost=lost,
        damaged=sum(outcome.damaged for outcome in found),
    )
    assert lost > 0
