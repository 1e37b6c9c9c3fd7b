"""This file measures what a collector does with a message: check, verify, store, receipt, for each kind of store.

Usage: ``python -m bench.collector [--to STORE ...]``; without ``--to`` a SQLite and a JSON lines file in a temporary
folder. The messages are signed, of 50 units in turn, and handed over in memory: MQTT is left out, and so is what a
database server does in its own process (its CPU time is not ours to read; the rate is by the wall clock, and has both).
"""

from __future__ import annotations

import argparse
import json
import secrets
import tempfile
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.collector.collect import Collector
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.receipts import Receipts
from edge_alpr.collector.validate import Validator
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.proof import sign_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.link.terms import Arrival
from edge_alpr.message.codec import decode, encode, sign_event
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.link.publication import Publication

EVENT = Path(__file__).parents[1] / "tests/golden/plate.read-1.0/hit.json"
UNITS = 50
MESSAGES = 5000
BATCHES = (200, 10)
"""The most that a broker hands over at once, and what a quiet fleet brings."""


class _Queue:
    """A broker that has all messages at hand."""

    def __init__(self, arrivals: list[Arrival], batch: int) -> None:
        self._arrivals = arrivals
        self._batch = batch
        self._given = 0
        self.receipts = 0

    def connect(self) -> bool:
        return True

    def turn(self, timeout_s: float) -> list[Arrival]:  # noqa: ARG002
        given, self._given = self._given, self._given + self._batch
        return self._arrivals[given : self._given]

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None: ...

    def send(self, publication: Publication) -> None:  # noqa: ARG002
        self.receipts += 1

    def close(self) -> None: ...


def messages() -> tuple[list[Arrival], KeyRing]:
    """Signed events of a new boot of each unit, and the keys to check them by."""
    event = decode(EVENT.read_bytes())
    boot = secrets.token_hex(4)
    arrivals, members = [], []
    for n in range(UNITS):
        key = KeyPair.generate()
        sign = partial(sign_document, key=key)
        members.append(Member(f"bench/site/unit-{n}", key.public))
        unit = replace(event, org="bench", site="site", unit=f"unit-{n}", boot=boot)
        topic = f"alpr/v1/bench/site/unit-{n}/up/alert/{event.camera}"
        for seq in range(1, MESSAGES // UNITS + 1):
            name = f"019ae1fc-99d4-7001-8203-{secrets.token_hex(6)}"
            body = encode(sign_event(replace(unit, seq=seq, id=name), sign))
            arrivals.append((seq, Arrival(topic, body, 1)))
    return [arrival for _, arrival in sorted(arrivals, key=lambda pair: pair[0])], KeyRing(members)


def collect(to: str, batch: int) -> dict[str, float]:
    """CPU microseconds of this process a message, and messages a second by the wall clock."""
    arrivals, ring = messages()
    queue, store = _Queue(arrivals, batch), open_store(to)
    receipts = Receipts(KeyPair.generate(), "bench", store)
    collector = Collector(queue, Validator(ring), store, clock=SystemClock(), receipts=receipts)
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    stored = collector.run(threading.Event(), most=len(arrivals))
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    store.close()
    assert stored == len(arrivals), "a figure of something else"
    return {
        "cpu_us": cpu_s / stored * 1e6,
        "per_second": stored / wall_s,
        "receipts": queue.receipts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.collector", description=__doc__)
    parser.add_argument("--to", action="append", metavar="STORE")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        targets = arguments.to or [f"sqlite:{folder}/plates.db", f"jsonl:{folder}/plates.jsonl"]
        found = {
            f"{to.partition(':')[0]}, {batch} at a time": collect(to, batch)
            for to in targets
            for batch in BATCHES
        }
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'store':32}{'CPU us':>10}{'per second':>12}{'receipts':>10}")
    for name, each in found.items():
        print(
            f"{name:32}{each['cpu_us']:>10.0f}{each['per_second']:>12.0f}{each['receipts']:>10.0f}"
        )


if __name__ == "__main__":
    main()
