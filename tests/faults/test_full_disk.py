"""REL-7: the card is full, and some time later it is not. Nothing ends, what is given up is counted and announced."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from edge_alpr.spool.losses import in_ranges
from edge_alpr.spool.store import Spool, SpoolSettings
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from faults.process import Passing, stored_of
from fixtures.eventually import eventually

if TYPE_CHECKING:
    from faults.conftest import Count, Publish
    from fixtures.small_disk import SmallDisk


def test_a_process_on_a_full_disk_goes_on_and_counts_to_the_last_message(
    disk_of_1_mib: SmallDisk, count: Count, publish: Publish
) -> None:
    """More than fits on the disk and into memory, then there is room again."""
    spool = disk_of_1_mib.folder / "spool.db"
    given = count(2500, 20_000)
    with Passing(spool, "--per-s=400", f"--most={given}") as passing:
        assert eventually(lambda: passing.said.safe > 0)
        assert eventually(lambda: time.monotonic() - passing.said.safe_at_s[-1][0] > 3.0), (
            "never full"
        )
        stood_still_at = passing.said.safe
        assert passing.said.boot != ""
        time.sleep(count(1, 30))
        disk_of_1_mib.resize("256m")
        roomy_s = time.monotonic()
        assert eventually(lambda: passing.said.safe > stood_still_at)
        resumed_s = (
            next(at for at, safe in passing.said.safe_at_s if safe > stood_still_at) - roomy_s
        )
        assert passing.wait() == 0
        counts = passing.said.counts
    stored = stored_of(spool, passing.said.boot)
    lost = counts.get("spool.lost_waiting", 0)
    publish(
        "REL-7",
        "1 MiB disk, then 256 MiB",
        given=counts["given"],
        stored=len(stored),
        given_up_and_counted=lost,
        commits_failed=counts["spool.commits_failed"],
        resumed_after_s=round(max(0.0, resumed_s), 2),
    )
    assert counts["spool.commits_failed"] > 0
    assert counts["given"] == len(stored) + lost
    assert stored >= set(range(1, stood_still_at + 1)), "what was safe before is still there"
    announced = Spool(SpoolSettings(path=spool), clock=ManualClock(), count=Tally())
    announced.open()
    missing = set(range(1, counts["given"] + 1)) - stored
    assert announced.losses() == in_ranges(passing.said.boot, missing, "memory")
    announced.close()
