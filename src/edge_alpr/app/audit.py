"""This file keeps a half's audit log: it takes facts from any thread, writes and signs in its own, and publishes.

Whoever has a fact never waits for the card. A log that cannot be written does not stop the unit from reading: entries
wait in memory up to a bound, what exceeds it is counted, and the log says so as soon as it can be written again.
"""

from __future__ import annotations

import logging
import math
from collections import Counter as Tally
from collections import deque
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.hourly import HOUR_S
from edge_alpr.audit.forms import label
from edge_alpr.audit.kinds import check_facts
from edge_alpr.audit.log import AuditLog
from edge_alpr.errors import AuditError, DamagedLogError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge_alpr.app.checkpoints import Checkpoints
    from edge_alpr.app.halves import Half
    from edge_alpr.config.settings import Config
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.types import Clock, Counter, StopSignal

_log = logging.getLogger(__name__)

TURN_S: Final = 1.0
RETRY_S: Final = 5.0
"""Pause after a failed write."""
MOST_WAITING: Final = 1000
"""Entries kept in memory while the log cannot be written."""
MOST_AN_HOUR: Final = 1000
"""Entries of one kind that anybody on the network can cause. More are only counted: they must not fill the card."""
FROM_OUTSIDE: Final = frozenset({"command_refused", "list_refused", "policy_refused"})
AT_ONCE: Final = frozenset({"start", "stop", "purge", "tamper"})
"""What is signed without waiting for more."""


def audit_folder(config: Config) -> Path:
    """Where a unit's logs lie."""
    return config.audit.dir or config.spool.path.parent / "audit"


def open_log(config: Config, half: Half, key: KeyPair | None, clock: Clock) -> AuditLog:
    """A half's log. ``key``: whose signature its checkpoints will carry, if whoever opens it knows."""
    return AuditLog(
        audit_folder(config) / f"{half}.jsonl",
        None if key is None else key.public,
        origin=f"{unit_address(config)}/{half}",
        clock=clock,
    )


class Auditor:
    """`record` is for all, `run` the loop of one thread.

    Counts ``audit.entries``, ``audit.failed`` (writes that failed), ``audit.missed`` (entries given up),
    ``audit.damaged`` and ``audit.refused`` (facts that a log may not hold).
    """

    def __init__(
        self,
        log: AuditLog,
        *,
        clock: Clock,
        count: Counter,
        checkpoints: Checkpoints | None = None,
        hourly: Callable[[bool], Sequence[tuple[str, dict[str, Any]]]] = lambda _: (),
    ) -> None:
        """``hourly`` is asked at every turn what is due to be told in figures, at the last one with True."""
        self._log = log
        self._clock = clock
        self._count = count
        self._checkpoints = checkpoints
        self._hourly = hourly
        self._queue: SimpleQueue[tuple[str, dict[str, Any]]] = SimpleQueue()
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._missed: Tally[str] = Tally()
        self._lately: Tally[str] = Tally()
        self._too_many: Tally[str] = Tally()
        self._hour_s = clock.now().mono_s
        self._again_s = -math.inf
        self._reason = "unknown"
        self.failing: str | None = None
        """Why the log cannot be written just now; None while it can."""

    def record(self, kind: str, /, **facts: object) -> None:
        """A `types.Record`: take a fact, from any thread, and return at once."""
        try:
            self._queue.put((kind, check_facts(kind, facts)))
        except ValueError as error:  # the message quotes no value
            self._count("audit.refused")
            _log.error("not fit for the audit log: %s", error)
            self._queue.put(("missed", {"entries": 1, "reason": "not fit for the log"}))

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Write what comes, until ``stop`` is set; then the last figures, and a last checkpoint."""
        while True:
            beat()
            self.turn()
            if stop.wait(TURN_S):
                break
        self.turn(last=True)
        self._log.close()

    def turn(self, *, last: bool = False) -> None:
        """Write what waits, and sign and publish if it is time to; at the ``last`` one also the end itself."""
        self._take([*self._bounded(self._queued(), last=last), *self._hourly(last)])
        if last:
            self._take([("stop", {"reason": "told to"})])
        if last or self._clock.now().mono_s >= self._again_s:
            urgent = any(kind in AT_ONCE for kind, _ in self._waiting)
            try:
                if self._checkpoints is not None:
                    self._checkpoints.hold()
                self._write()
                if self._checkpoints is not None:
                    for name in self._checkpoints.look(at_once=urgent or last):
                        self._strange(name)
                self._well()
            except DamagedLogError as error:
                self._damaged(error)
            except AuditError as error:
                self._failed(error)

    def _queued(self) -> list[tuple[str, dict[str, Any]]]:
        found = []
        while True:
            try:
                found.append(self._queue.get_nowait())
            except Empty:
                return found

    def _bounded(
        self, entries: Sequence[tuple[str, dict[str, Any]]], *, last: bool
    ) -> list[tuple[str, dict[str, Any]]]:
        """Without what was too much in an hour, which is told in one entry at its end."""
        kept: list[tuple[str, dict[str, Any]]] = []
        for kind, facts in entries:
            if kind in FROM_OUTSIDE:
                self._lately[kind] += 1
                if self._lately[kind] > MOST_AN_HOUR:
                    self._too_many[kind] += 1
                    self._count("audit.missed")
                    continue
            kept.append((kind, facts))
        now_s = self._clock.now().mono_s
        if last or now_s >= self._hour_s + HOUR_S:
            self._hour_s = now_s
            self._lately.clear()
            if self._too_many:
                missed = {"entries": self._too_many.total(), "kinds": dict(self._too_many)}
                kept.append(("missed", {**missed, "reason": "too many of a kind"}))
                self._too_many.clear()
        return kept

    def _take(self, entries: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self._waiting.extend(entries)
        while len(self._waiting) > MOST_WAITING:
            kind, _ = self._waiting.popleft()
            self._missed[kind] += 1
            self._count("audit.missed")

    def _write(self) -> None:
        entries = list(self._waiting)
        if self._missed:
            facts = {
                "entries": self._missed.total(),
                "kinds": dict(self._missed),
                "reason": self._reason,
            }
            entries.insert(0, ("missed", facts))
        if not entries:
            return
        self._log.extend(entries)
        self._count("audit.entries", len(entries))
        self._waiting.clear()
        self._missed.clear()

    def _well(self) -> None:
        if self.failing is not None:
            _log.warning("the audit log can be written again")
        self.failing = None

    def _failed(self, error: AuditError) -> None:
        self._count("audit.failed")
        self._reason = label(str(error).rpartition(": ")[2])  # without the path
        if self.failing is None:
            _log.error("entries wait in memory, the audit log cannot be written: %s", error)
        self.failing = f"the audit log cannot be written: {error}"
        self._again_s = self._clock.now().mono_s + RETRY_S

    def _strange(self, name: str) -> None:
        """The other half's log is damaged; that half goes on, and begins a new one when it starts again."""
        self._count("audit.damaged")
        _log.error("the audit log %s is damaged; it is not signed any more", name)
        self.record("tamper", what=f"the audit log {name} was changed or damaged")

    def _damaged(self, error: DamagedLogError) -> None:
        """Keep what is left of it for whoever asks, and go on in a new one that says so."""
        self._count("audit.damaged")
        try:
            aside = self._log.set_aside(str(error))
        except AuditError as worse:
            self._failed(worse)
            return
        _log.error(
            "the audit log is damaged, a new one is begun; the old one is %s: %s", aside, error
        )
        self.record("tamper", what="the audit log was changed or damaged")
