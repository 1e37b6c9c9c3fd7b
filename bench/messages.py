"""This file measures what a message costs after the vote: signing, verifying, and signing into the spool.

Usage: ``python -m bench.messages``; ``make bench`` shows the same figures below its table. CPU time of one core, with
the golden event, which is about as long as a real one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.codec import decode, encode, sign_event
from edge_alpr.message.document import parse_document
from edge_alpr.ops.clock import SystemClock
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = Path(__file__).parents[1] / "tests/golden/plate.read-1.0/hit.json"
ROUNDS = 20
EVENTS = 100


def costs() -> dict[str, float]:
    """CPU microseconds per event by name, medians over rounds; the body's length in bytes."""
    event = decode(EVENT.read_bytes())
    key = KeyPair.generate()
    ring = KeyRing([Member(f"{event.org}/{event.site}/{event.unit}", key.public)])
    sign = partial(sign_document, key=key)
    body = encode(sign_event(event, sign))
    with tempfile.TemporaryDirectory() as folder:
        settings = SpoolSettings(path=Path(folder) / "spool.db")
        spool = Spool(settings, clock=SystemClock(), count=lambda _name, _amount=1: None)
        spool.open()

        def spool_all() -> None:
            for _ in range(EVENTS):
                outgoing = Outgoing("alert", event.camera, None, hit=True)
                spool.append(outgoing, lambda _seq: encode(sign_event(event, sign)))
            spool.flush(0)

        spooled_us = cpu_us(spool_all) / EVENTS
        spool.close()
    return {
        "body_bytes": len(body),
        "encode_us": cpu_us(lambda: encode(event)),
        "sign_us": cpu_us(lambda: encode(sign_event(event, sign))),
        "verify_us": cpu_us(lambda: verify_document(parse_document(body), ring)),
        "sign_and_spool_us": spooled_us,
    }


def lines(found: dict[str, float]) -> list[str]:
    """The figures for people."""
    names = {
        "body_bytes": "signed body, bytes",
        "encode_us": "encode only, CPU us",
        "sign_us": "sign and encode, CPU us",
        "verify_us": "parse and verify, CPU us",
        "sign_and_spool_us": "sign, encode, commit, CPU us",
    }
    return [f"{name:34}{found[key]:>10.0f}" for key, name in names.items()]


def cpu_us(work: Callable[[], object]) -> float:
    """Median CPU time of one call, this thread and those it waits for."""
    rounds = []
    for _ in range(ROUNDS):
        calls = 0
        before = time.process_time()
        while (spent := time.process_time() - before) < 0.01:
            work()
            calls += 1
        rounds.append(spent / calls * 1e6)
    return statistics.median(rounds)


if __name__ == "__main__":
    print("\n".join(lines(costs())))
