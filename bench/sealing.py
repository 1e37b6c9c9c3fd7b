"""This file measures what a sealed read costs: seal, sign, and commit to the spool; and what opening it costs a holder.

Usage: ``python -m bench.sealing``; ``make bench`` shows the same figures below its table. CPU time of one core, with
the golden event, which is about as long as a real one. The promise is 500 reads a second: 2,000 us.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.messages import EVENT, EVENTS, cpu_us
from edge_alpr.delivery.seal import Sealer
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.codec import decode
from edge_alpr.message.document import parse_document
from edge_alpr.ops.clock import SystemClock
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.envelope import Agency
from edge_alpr.seal.epochs import DAY_S
from edge_alpr.seal.open import open_sealed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from edge_alpr.delivery.seal import Sealing
    from edge_alpr.message.event import PlateEvent

RETAIN_S = 21 * DAY_S


def costs() -> dict[str, float]:
    """CPU microseconds per read by name, medians over rounds; the bodies' lengths in bytes; reads a second and core."""
    event = decode(EVENT.read_bytes())
    clock, police = SystemClock(), SealKey.generate()
    now_s = clock.now().utc_s
    with tempfile.TemporaryDirectory() as folder:
        custody = Custody(Path(folder) / "epochs")
        epochs = custody.issue("custodian/bench", now_s, retain_s=RETAIN_S, days=2)
        agencies = [Agency("agency/bench", police.public)]
        sealer = Sealer(KeyPair.generate(), agencies, epochs=lambda _now_s: epochs)
        window, hit = sealer.window(now_s, RETAIN_S), sealer.hit(now_s + RETAIN_S)
        assert window is not None
        body = sealer.event(event, window)
        document = parse_document(body)
        held = custody.key(window.epoch.day if window.epoch else "")
        spooled_us = _spooled_us(Path(folder), sealer, event, window)
        return {
            "window_bytes": len(body),
            "hit_bytes": len(sealer.event(event, hit)),
            "seal_window_us": cpu_us(lambda: sealer.event(event, window)),
            "seal_hit_us": cpu_us(lambda: sealer.event(event, hit)),
            "seal_and_spool_us": spooled_us,
            "sealed_reads_per_s": 1e6 / spooled_us,
            "open_us": cpu_us(lambda: open_sealed(document, police, lambda _day: held)),
        }


def lines(found: dict[str, float]) -> list[str]:
    """The figures for people."""
    names = {
        "window_bytes": "sealed read, bytes",
        "hit_bytes": "sealed hit, bytes",
        "seal_window_us": "seal to two and sign, CPU us",
        "seal_hit_us": "seal to the agency and sign, CPU us",
        "seal_and_spool_us": "seal, sign, commit, CPU us",
        "sealed_reads_per_s": "sealed reads a second and core",
        "open_us": "open with both keys, CPU us",
    }
    return [f"{name:34}{found[key]:>10.0f}" for key, name in names.items()]


def _spooled_us(folder: Path, sealer: Sealer, event: PlateEvent, sealing: Sealing) -> float:
    settings = SpoolSettings(path=folder / "spool.db")
    spool = Spool(settings, clock=SystemClock(), count=lambda _name, _amount=1: None)
    spool.open()

    def make_body(seq: int) -> bytes:
        return sealer.event(replace(event, seq=seq), sealing)

    def spool_all() -> None:
        for _ in range(EVENTS):
            spool.append(Outgoing("read", event.camera, sealing.expires_s), make_body)
        spool.flush(0)

    spent_us = cpu_us(spool_all) / EVENTS
    spool.close()
    return spent_us


if __name__ == "__main__":
    print("\n".join(lines(costs())))
