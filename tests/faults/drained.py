"""A spool that days without a link have filled, emptied by the uplink: ``python drained.py SPOOL READS [--at-once]``.

The broker is in memory and answers at once, so what is measured is the spool and the uplink. It prints the account as
JSON. ``--at-once`` is the control: all that waits is asked for in one go.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.message.topics import UnitAddress
from edge_alpr.ops.clock import SystemClock
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import HealthSettings, Presence
from edge_alpr.uplink.settings import UplinkSettings
from fakes.manual_time import ManualClock
from fakes.publisher import FakeBroker, FakePublisher
from fakes.tally import Tally

if TYPE_CHECKING:
    from edge_alpr.link.publication import Publication

BETWEEN_S: Final = 86400 / 20_000
BODY: Final = bytes(1900)
HIT_EVERY: Final = 100


class Centre(FakeBroker):
    """Keeps only the numbers, by class, in the order in which they come."""

    def __init__(self, reads: int, done: threading.Event) -> None:
        super().__init__()
        self._reads = reads
        self._done = done
        self.order: list[tuple[str, int]] = []

    def take(self, publication: Publication) -> None:
        kind = publication.topic.split("/")[6]
        if kind in {"read", "alert"}:
            self.order.append((kind, int(dict(publication.properties)["seq"])))
            if len(self.order) == self._reads:
                self._done.set()


def main(path: Path, reads: int, *, at_once: bool) -> None:
    if (child := os.fork()) == 0:  # so that its memory is not counted as ours
        fill(path, reads)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    done = threading.Event()
    centre = Centre(reads, done)
    if at_once:
        centre.receive_maximum = reads
    feed = SpoolFeed(path, count=Tally())
    feed.depth()
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started_s = time.monotonic()
    address = UnitAddress("o", "s", "u")
    Uplink(
        feed,
        FakePublisher(centre),
        Presence(address, HealthSettings(), snapshot=dict, info=dict),
        UplinkSettings(replay_rate_per_s=100_000.0),
        address=address,
        clock=SystemClock(),
        count=Tally(),
    ).run(done, lambda: None)
    spent_s = time.monotonic() - started_s
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    kinds = [kind for kind, _ in centre.order]
    print(
        json.dumps(
            {
                "delivered": len(set(centre.order)),
                "sent_again": len(centre.order) - len(set(centre.order)),
                "out_of_order": sum(
                    map(_descents, ("read", "alert"), (centre.order, centre.order))
                ),
                "hits_after_others": kinds[: Counter(kinds)["alert"]].count("read"),
                "left": feed.depth().messages,
                "reads_a_second": round(reads / spent_s),
                "rss_growth_mib": round(grown_kib / 1024, 1),
            }
        )
    )
    feed.close()


def fill(path: Path, reads: int) -> None:
    """By the product's own spool, on a clock that passes 4.3 s a read."""
    clock = ManualClock()
    spool = Spool(SpoolSettings(path=path, max_bytes=1 << 30), clock=clock, count=Tally())
    spool.open()
    for n in range(reads):
        hit = n % HIT_EVERY == 0
        spool.append(Outgoing("alert" if hit else "read", "cam0", None, hit), lambda _seq: BODY)
        clock.pass_s(BETWEEN_S)
        if n % 50 == 49:
            spool.commit()
    spool.close()


def _descents(kind: str, order: list[tuple[str, int]]) -> int:
    seqs = [seq for of, seq in order if of == kind]
    return sum(later <= earlier for earlier, later in itertools.pairwise(seqs))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), at_once="--at-once" in sys.argv)
