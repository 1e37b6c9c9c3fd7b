"""This file measures the audit log: writing, signing, reading through, verifying, and what a day of it costs a card.

Usage: ``python -m bench.audit``; ``make bench`` shows the same figures below its table. CPU time of one core. The day
is that of a unit which keeps hits only: one hit and the figures of both halves every hour. Its bytes are those that
the process hands to the file system (/proc/self/io); a journal comes on top, and a folder in memory has none.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.messages import cpu_us
from edge_alpr.app.audit import Auditor
from edge_alpr.app.checkpoints import Checkpoints
from edge_alpr.audit.checkpoint import Checkpoint
from edge_alpr.audit.log import AuditLog
from edge_alpr.audit.verify import read_log, verify
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.topics import UnitAddress
from edge_alpr.types import Moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.types import Outgoing

ENTRIES = 2000
HIT = {
    "purpose": "stolen_vehicle",
    "event": "0199aa00-0000-7000-8000-000000000000",
    "list": "city-police",
    "version": "17",
    "class": "exact",
    "told": "alert",
    "sealed": True,
    "test": False,
}
SEEN = {"active_s": 3600, "seen": 833, "read": 800, "matched": 1, "kept": 1}


class DayClock:
    """Passes a day in no time."""

    def __init__(self) -> None:
        self.at = Moment(0.0, 1_767_225_600.0)

    def now(self) -> Moment:
        return self.at


def costs() -> dict[str, float]:
    """CPU microseconds by name; bytes of an entry; what a day brings."""
    key, clock = KeyPair.generate(), DayClock()
    with tempfile.TemporaryDirectory() as folder:
        log = _log(Path(folder), "camera", clock, key)
        log.append("stop", {})
        entry_us = cpu_us(lambda: log.extend([("hit", HIT)] * ENTRIES)) / ENTRIES
        began_s = time.perf_counter()
        for _ in range(100):
            log.append("hit", HIT)
        append_s = (time.perf_counter() - began_s) / 100
        size, root = log.state()
        checkpoint = Checkpoint(log.origin, size, root)
        note, data = checkpoint.signed(key), log.path.read_bytes()
        return {
            "entry_us": entry_us,
            "appends_per_s": 1 / append_s,
            "entry_bytes": len(data) / size,
            "sign_us": cpu_us(lambda: checkpoint.signed(key)),
            "open_us": cpu_us(lambda: _log(Path(folder), "camera", clock, key).state()) / size,
            "verify_us": cpu_us(lambda: verify(read_log(data), [key.public], [(checkpoint, note)]))
            / size,
            **_day(Path(folder) / "day", key),
        }


def lines(found: dict[str, float]) -> list[str]:
    """The figures for people."""
    names = {
        "entry_us": "write one of many entries, CPU us",
        "appends_per_s": "entries a second, each on disk",
        "entry_bytes": "an entry, bytes",
        "sign_us": "sign a checkpoint, CPU us",
        "open_us": "read through at start, CPU us",
        "verify_us": "verify, CPU us an entry",
        "day_log_bytes": "a day of hits only: log, bytes",
        "day_written_bytes": "  written to the card, bytes",
        "day_messages": "  messages",
        "day_message_bytes": "  their bytes",
    }
    return [f"{name:34}{found[key]:>10.0f}" for key, name in names.items()]


def _day(folder: Path, key: KeyPair) -> dict[str, float]:
    clock = DayClock()
    sent: list[bytes] = []

    def append(_outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        sent.append(make_body(len(sent) + 1))
        return len(sent)

    logs = [_log(folder, half, clock, key) for half in ("camera", "uplink")]
    checkpoints = Checkpoints(
        logs,
        key,
        clock=clock,
        append=append,
        address=UnitAddress("org", "site", "unit"),
        boot="00c0ffee",
        sign=partial(sign_document, key=key),
    )
    camera = Auditor(
        logs[0], clock=clock, count=lambda _name, _amount=1: None, checkpoints=checkpoints
    )
    uplink = Auditor(
        _log(folder, "uplink", clock, None), clock=clock, count=lambda _name, _amount=1: None
    )
    before = _written()
    for minute in range(24 * 60):
        clock.at = clock.at.later(60)
        if minute % 60 == 59:
            hour = {"since": to_text(clock.at.utc_s - 3600), "until": to_text(clock.at.utc_s)}
            camera.record("counts", **hour, **SEEN, dropped={"non_hit": 799})
            camera.record("hit", **HIT)
            uplink.record("counts", **hour, delivered=4, held=0)
        camera.turn()
        uplink.turn()
    return {
        "day_log_bytes": sum(log.path.stat().st_size for log in logs),
        "day_written_bytes": _written() - before,
        "day_messages": len(sent),
        "day_message_bytes": sum(map(len, sent)),
    }


def _log(folder: Path, half: str, clock: DayClock, key: KeyPair | None) -> AuditLog:
    public = None if key is None else key.public
    return AuditLog(folder / f"{half}.jsonl", public, origin=f"org/site/unit/{half}", clock=clock)


def _written() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


if __name__ == "__main__":
    print("\n".join(lines(costs())))
