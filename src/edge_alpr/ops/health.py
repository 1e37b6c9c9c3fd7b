"""This file keeps what ops knows: counters, latest facts and heartbeats; a snapshot of it goes to the health topic.

The camera half writes its snapshot to a file in the runtime directory (tmpfs, never the card), the uplink half reads
it from there: the same way whether both run in one process or in two.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter as Tally
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from edge_alpr.types import Clock, FrameReport, StopSignal

log = logging.getLogger(__name__)

LATENCIES = 512
"""Of so many frames the latency is told."""
MEMORY = 0.98
"""Share of the old mean kept per frame: the stage times are means over about fifty frames."""


class StatusBoard:
    """Counters and latest facts, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Tally[str] = Tally()
        self._facts: dict[str, Any] = {}
        self._stage_ms: dict[str, float] = {}
        self._latency_s: deque[float] = deque(maxlen=LATENCIES)

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a counter; a `types.Counter`."""
        with self._lock:
            self._counts[name] += amount

    def tally(self, name: str) -> int:
        """What a counter stands at."""
        with self._lock:
            return self._counts[name]

    def set(self, **facts: Any) -> None:
        """Replace facts by name."""
        with self._lock:
            self._facts.update(facts)

    def late(self, seconds: float) -> None:
        """Take how long after its light a frame was done with."""
        with self._lock:
            self._latency_s.append(seconds)

    def observe(self, report: FrameReport) -> None:
        """Take what vision says about a frame."""
        with self._lock:
            self._counts["vision.frames"] += 1
            self._counts["vision.looked"] += report.gate_open
            self._counts["vision.detections"] += report.detections
            self._counts["vision.reads"] += report.reads
            self._counts["vision.sightings"] += report.sightings
            for reason, amount in report.dropped.items():
                self._counts[f"vision.dropped_{reason}"] += amount
            for name, amount in report.passes.items():
                self._counts[f"passes.{name}"] += amount
            for stage, ms in report.ms.items():
                before = self._stage_ms.get(stage, ms)
                self._stage_ms[stage] = MEMORY * before + (1 - MEMORY) * ms

    def snapshot(self) -> dict[str, Any]:
        """Everything, as JSON can carry it."""
        with self._lock:
            return {
                "counts": dict(sorted(self._counts.items())),
                "stage_cpu_ms": {k: round(v, 3) for k, v in self._stage_ms.items()},
                "latency_ms": latency_ms(self._latency_s),
                "funnel": funnel(self._counts),
                **self._facts,
            }


class Load:
    """Whether vision keeps up with the camera, from one question to the next."""

    def __init__(self, tally: Callable[[str], int]) -> None:
        self._tally = tally
        self._before = 0, 0

    def too_high(self) -> bool:
        """Whether more than half of the frames since the last question were dropped because a newer one came."""
        now = self._tally("capture.frames"), self._tally("capture.dropped_late")
        came, dropped = (after - before for after, before in zip(now, self._before, strict=True))
        self._before = now
        return dropped > came / 2 > 0


def funnel(counts: Mapping[str, int]) -> dict[str, Any]:
    """From the vehicles that were seen to the events that left, and why the rest did not: no plate among it.

    ``missed_by_gate`` counts the plates that only a probe found. A vehicle that is in view for longer than
    ``motion.probe_s`` meets a probe; how many shorter ones pass a shut gate is not known.
    """
    unread = "passes.unread_"
    return {
        **{name: counts.get(f"passes.{name}", 0) for name in ("seen", "read", "agreed")},
        "published": sum(counts.get(f"delivery.{name}", 0) for name in ("hits", "tests", "sealed")),
        "unread": {k.removeprefix(unread): v for k, v in counts.items() if k.startswith(unread)},
        "missed_by_gate": counts.get("passes.gate_missed", 0),
    }


def latency_ms(seconds: Collection[float]) -> dict[str, float] | None:
    """Median and 95th percentile in milliseconds; None before the first frame."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return {
        name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


class StatusFile:
    """A snapshot in the runtime directory, replaced as a whole."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def write(self, snapshot: dict[str, Any]) -> None:
        """Write to a temporary name, then rename, so that nobody reads half a file."""
        content = {"written_utc_s": round(self._clock.now().utc_s, 3), **snapshot}
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self._path)

    def read(self) -> dict[str, Any] | None:
        """The latest snapshot, or None if there is none that can be read."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None


def keep_writing(
    file: StatusFile,
    board: StatusBoard,
    every_s: float,
    assess: Callable[[], dict[str, Any]],
    also: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Callable[[StopSignal, Callable[[], None]], None]:
    """A worker's loop that writes the board to the file now and then, and once more at the end.

    ``assess`` gives the facts of the moment that go with it: ``state`` and ``reason``. ``also`` writes them elsewhere.
    """

    def loop(stop: StopSignal, beat: Callable[[], None]) -> None:
        complained = False
        while True:
            beat()
            board.set(**assess())
            try:
                snapshot = board.snapshot()
                file.write(snapshot)
                also(snapshot)
                complained = False
            except OSError as error:
                if not complained:
                    log.warning("the status file cannot be written: %s", error)
                complained = True
            if stop.is_set():
                return
            stop.wait(every_s)

    return loop
