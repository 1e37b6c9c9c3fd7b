"""This file runs the unit's loops: the only place that creates threads, and the only one that catches everything.

Workers are given sink first. They are started in that order, so that nothing is produced before somebody listens, and
stopped in the other: the source ends, each stage finishes what it holds, the uplink says goodbye last. A worker that
fails stops the process, and systemd starts it again; a worker that makes no progress gets no watchdog sign.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_alpr.errors import EdgeAlprError
from edge_alpr.ops.systemd import Notifier
from edge_alpr.types import StopSignal

if TYPE_CHECKING:
    from types import FrameType

log = logging.getLogger(__name__)

EXIT_OK, EXIT_BUG, EXIT_SECOND_SIGNAL = 0, 70, 130
TURN_S = 0.25


@dataclass(slots=True)
class Worker:
    """One named loop. ``run`` returns when its work is over or its stop signal is set."""

    name: str
    run: Callable[[StopSignal, Callable[[], None]], None]
    stale_s: float
    """Without a beat for so long it counts as stuck."""
    stop_s: float = 5.0
    """How long it may take to end after its stop signal."""
    interrupt: Callable[[], None] = field(default=lambda: None)
    """Called right after its stop signal was set: wakes it from a wait that does not know the signal."""
    abandon: Callable[[], None] | None = None
    """For a worker that may hang in a driver or a library and holds nothing that must be kept: if it does not end in
    time, this is called in its place, and it is left behind. Without it, not to end is a failure."""
    settled: Callable[[], bool] = field(default=lambda: True)
    """When a recording is over by itself, this worker is stopped only once this says that its work is done."""
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    beat_s: float = 0.0
    error: BaseException | None = None

    def beat(self) -> None:
        self.beat_s = time.monotonic()

    def is_alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Supervisor:
    """Starts, watches and ends the workers of one process."""

    def __init__(self, workers: list[Worker], notifier: Notifier | None = None) -> None:
        self._workers = workers
        self._notifier = notifier or Notifier()
        self._signals = 0
        self._woken = threading.Event()
        self.left_behind = False
        """Whether a worker hangs and was left: the process should then end without waiting for it."""

    def run(self) -> int:
        """Run until a signal, the end of the recording, or a failure. Returns the exit status."""
        before = {s: signal.signal(s, self._on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            for worker in self._workers:
                self._start(worker)
            self._notifier.send(READY="1", STATUS="running")
            self._watch()
            self._notifier.send(STOPPING="1", STATUS="stopping")
            return self._end()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, worker: Worker) -> None:
        def body() -> None:
            try:
                worker.run(worker.stop, worker.beat)
            except EdgeAlprError as error:
                worker.error = error
                log.error("%s failed: %s", worker.name, error)  # noqa: TRY400 - its words are enough
            except BaseException as error:  # the one place that may
                worker.error = error
                log.critical("%s failed by a bug", worker.name, exc_info=error)
            finally:
                self._woken.set()

        worker.beat()
        worker.thread = threading.Thread(target=body, name=worker.name, daemon=True)
        worker.thread.start()

    def _watch(self) -> None:
        limit = self._notifier.watchdog_s
        pinged = 0.0
        while not self._signals and all(worker.is_alive() for worker in self._workers):
            self._woken.wait(TURN_S)
            now = time.monotonic()
            stuck = [w.name for w in self._workers if now - w.beat_s > w.stale_s]
            if stuck:
                self._notifier.send(STATUS=f"stuck: {', '.join(stuck)}")
            elif limit is not None and now - pinged >= limit / 3:
                self._notifier.send(WATCHDOG="1")
                pinged = now

    def _end(self) -> int:
        for worker in reversed(self._workers):
            if not self._signals and not self._has_failed():
                self._let_settle(worker)
            worker.stop.set()
            worker.interrupt()
            self._join(worker)
        return EXIT_BUG if self._has_failed() else EXIT_OK

    def _has_failed(self) -> bool:
        return any(worker.error is not None for worker in self._workers)

    def _let_settle(self, worker: Worker) -> None:
        told = False
        while worker.is_alive() and not worker.settled() and not self._signals:
            if not told:
                log.info(
                    "the recording is over; %s still has work (Ctrl-C to leave it)", worker.name
                )
                told = True
            self._notifier.send(WATCHDOG="1")
            time.sleep(TURN_S)

    def _join(self, worker: Worker) -> None:
        if worker.thread is None:
            return
        deadline = time.monotonic() + worker.stop_s
        while worker.is_alive() and time.monotonic() < deadline:
            worker.thread.join(TURN_S)
            self._notifier.send(WATCHDOG="1")
        if worker.is_alive() and worker.abandon is not None:
            log.warning("%s hangs; it is left behind, it holds nothing to keep", worker.name)
            self.left_behind = True
            worker.abandon()
        elif worker.is_alive():
            worker.error = TimeoutError(f"did not end within {worker.stop_s:.0f} s")
            log.error("%s did not end within %.0f s", worker.name, worker.stop_s)
            faulthandler.dump_traceback(file=sys.stderr)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        # Nothing that takes a lock: the handler runs in the thread that may hold it. The loops see the count in a turn.
        self._signals += 1
        if self._signals > 1:
            _write(b"second signal: leaving at once\n")
            os._exit(EXIT_SECOND_SIGNAL)
        _write(f"{signal.Signals(number).name}: finishing what is in hand\n".encode())


def _write(words: bytes) -> None:
    """To standard error. Whether anybody can read them must not change how the unit ends."""
    with contextlib.suppress(OSError):
        os.write(2, words)
