"""A process that sees made-up vehicles pass: ``python -m faults.passing SPOOL [--per-s N] [--most N]``.

Everything from the sighting on is the product: policy, event, spool. It says ``boot NAME SECONDS`` when it has opened
the spool and how long that took, ``safe NUMBER`` after each commit, as ``stored_through`` has it, and, unless it is
killed before ``--most`` messages, ``end COUNTS``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.delivery.deliver import Delivery
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.topics import UnitAddress
from edge_alpr.ops.clock import SystemClock
from edge_alpr.spool.store import Spool, SpoolSettings
from fakes.sightings import sighting
from fakes.tally import Tally
from fixtures.policies import shipped

if TYPE_CHECKING:
    from edge_alpr.passes import Sighting

ADDRESS = UnitAddress("o", "s", "u")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m faults.passing")
    parser.add_argument("spool", type=Path)
    parser.add_argument("--per-s", type=float, default=0.0, help="0: as fast as it goes")
    parser.add_argument("--most", type=int, default=0, help="0: until killed")
    arguments = parser.parse_args()
    clock, tally, rng = SystemClock(), Tally(), random.Random()
    spool = Spool(SpoolSettings(path=arguments.spool), clock=clock, count=tally)
    delivery = Delivery(
        shipped("bench"),
        spool.append,
        address=ADDRESS,
        boot=spool.boot,
        engine=Engine(software="0.0.0", detector=None, reader=None, config=None),
        clock=clock,
        clock_state=lambda: ClockState(source="none", synced=False, error_ms=None, age_s=None),
        count=tally,
    )
    opening_s = clock.now().mono_s
    spool.open()
    say(f"boot {spool.boot} {clock.now().mono_s - opening_s:.4f}")
    started_s, given = clock.now().mono_s, 0
    while True:
        for _ in range(rng.randrange(1, 12)):
            given += 1
            delivery.deliver(a_pass(given, clock))
        spool.commit()
        say(f"safe {spool.stored_through}")
        if arguments.most and given >= arguments.most:
            break
        if arguments.per_s:
            time.sleep(max(0.0, started_s + given / arguments.per_s - clock.now().mono_s))
    spool.close()
    say(f"end {json.dumps({**tally, 'given': given})}")


def say(line: str) -> None:
    """In one call, so that a kill or a record has all of it or nothing."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def a_pass(number: int, clock: SystemClock) -> Sighting:
    """A vehicle that is here now, another each time. Its plate is made up."""
    seen = replace(sighting(f"T{number:07}"), track_id=number)
    now = clock.now()
    best = replace(seen.best, at=now)
    return replace(seen, best=best, first=now.later(-1), last=now)


if __name__ == "__main__":
    main()
