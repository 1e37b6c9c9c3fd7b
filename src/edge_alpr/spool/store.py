"""Writes messages to the spool in groups; a message is safe once its commit has returned.

`Spool.append` never waits for the card: it numbers the message and queues it. One loop commits the queue, after
`commit_s` or `commit_rows` at the latest, and that is the whole window of loss at a power cut. Nothing here ends the
process: on a full disk, a failing card or a damaged file messages wait in memory up to a bound, what exceeds a bound is
counted, and writing resumes by itself.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from annotated_types import Ge, Gt, Le

from edge_alpr.errors import SpoolError, SpoolFullError
from edge_alpr.spool import database, losses, sql
from edge_alpr.spool.erasure import WITHIN_S
from edge_alpr.spool.file import SpoolFile
from edge_alpr.spool.waiting import Row, Waiting
from edge_alpr.types import Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.types import Clock, Counter, Outgoing, StopSignal

_log = logging.getLogger(__name__)

_RETRY_S: Final = 1.0
_MOST_LOSSES: Final = 200
"""Announced at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolSettings:
    """Where messages wait until the broker has them, and how much room they may take."""

    path: Path = Path("/var/lib/edge-alpr/spool.db")
    """The spool's file. Its folder must be on the card, not in memory."""
    max_bytes: Annotated[int, Ge(1 << 16), Le(1 << 40)] = 256 << 20
    """Room for messages in bytes. When it is used up, the oldest message that is no hit is given up and counted."""
    commit_s: Annotated[float, Gt(0), Le(0.25)] = 0.25
    """Seconds after which a message is on the card at the latest: what a power cut can cost."""
    commit_rows: Annotated[int, Ge(1), Le(50)] = 50
    """So many messages are written together at most, and without waiting any longer."""
    waiting_rows: Annotated[int, Ge(50), Le(1_000_000)] = 1000
    """Messages kept in memory while the card cannot be written. About 2 KiB each."""


class Spool:
    """The only writer of new messages. Thread-safe; `run` is the loop of one thread.

    Counts ``spool.stored``, ``spool.shed`` (given up for room on the card), ``spool.lost_full`` (hits for which there
    was no room), ``spool.lost_waiting`` (given up for room in memory), ``spool.commits_failed``, ``spool.damaged``,
    ``spool.salvaged`` (read from a damaged file), ``spool.replaced`` and ``spool.lost_at_close``.
    """

    def __init__(
        self, settings: SpoolSettings, *, clock: Clock, count: Counter, erase_s: float = WITHIN_S
    ) -> None:
        """``erase_s``: so long a deleted body may be left in the file's log."""
        self.boot: Final = secrets.token_hex(4)
        """Names this start of the unit; sequence numbers count within it."""
        self._settings = settings
        self._clock = clock
        self._count = count
        self._waiting = Waiting(settings.waiting_rows)
        self._enough = threading.Event()
        self._lock = threading.RLock()  # guards all below
        self._file = SpoolFile(
            settings.path,
            settings.max_bytes,
            boot=self.boot,
            clock=clock,
            count=count,
            erase_s=erase_s,
        )
        self._failing: str | None = None
        self._stored_through = 0

    @property
    def stored_through(self) -> int:
        """Every message up to this number is on the card, or counted as given up."""
        return self._stored_through

    @property
    def waiting(self) -> int:
        """How many messages are in memory only."""
        return len(self._waiting)

    @property
    def failing(self) -> str | None:
        """Why messages cannot be written just now, for the status; None while they can."""
        return self._failing

    def open(self) -> None:
        """Open the file, so that a wrong path is noticed at the start. A full card is counted and tried again later.

        Raises:
            SpoolError: the file cannot be made or opened, or belongs to a later version of the program.
        """
        with self._lock:
            try:
                self._file.open()
            except SpoolFullError as error:
                self._failed(error)

    def append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        """Queue a message; returns its sequence number at once. ``make_body`` is called with it, in this thread."""
        seq, lost = self._waiting.add(outgoing, make_body)
        if lost is not None:
            self._count("spool.lost_waiting")
            self._file.lose(Loss(self.boot, lost.seq, lost.seq, "memory"))
        # An alert does not wait for others to share its commit; hits are few.
        if outgoing.hit or len(self._waiting) >= self._settings.commit_rows:
            self._enough.set()
        return seq

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Commit until ``stop`` is set and what was queued by then is stored or cannot be."""
        again_s = self._clock.now().mono_s
        while not stop.is_set():
            beat()
            self._enough.wait(self._settings.commit_s)
            self._enough.clear()
            if self._clock.now().mono_s >= again_s and not self.commit():
                again_s = self._clock.now().mono_s + _RETRY_S
        self.commit()

    def commit(self) -> bool:
        """Store all that waits; False if some could not be and waits on."""
        with self._lock:
            while rows := self._waiting.take(self._settings.commit_rows):
                try:
                    self._store(rows)
                except SpoolError as error:
                    self._waiting.put_back(rows)
                    self._failed(error)
                    return False
                self._stored_through = max(self._stored_through, rows[-1].seq)
                self._recovered()
            try:
                self._file.tidy()
            except SpoolError as error:
                self._failed(error)
        return True

    def flush(self, timeout_s: float) -> bool:
        """Store now what waits, trying again for ``timeout_s``; whether nothing is left."""
        deadline_s = time.monotonic() + timeout_s
        while not self.commit():
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(min(0.05, timeout_s))
        return True

    def losses(self) -> list[Loss]:
        """Some of what was given up and is not announced yet, by this process or another; empty if none is known.

        Raises:
            SpoolError: the file cannot be read just now.
        """
        with self._lock, self._file.use() as db:
            return losses.noted(db, _MOST_LOSSES) if db else []

    def announced(self, told: Sequence[Loss]) -> None:
        """Forget losses that `losses` gave and whose announcement is stored.

        Raises:
            SpoolError: the file cannot be written just now.
        """
        with self._lock, self._file.use() as db:
            if db is not None:
                with database.transaction(db):
                    losses.forget(db, told)

    def shift_expiry(self, by_s: float) -> None:
        """The clock was set by ``by_s`` just now: what this boot stored before is kept as long as was meant.

        Raises:
            SpoolError: the file cannot be written just now.
        """
        self.commit()
        before_s = self._clock.now().utc_s - by_s if by_s > 0 else math.inf
        with self._lock, self._file.use() as db:
            if db is not None:
                shift = {"by_s": by_s, "until_s": before_s, "ordinal": self._file.ordinal}
                db.execute(sql.SHIFT_EXPIRY, shift)

    def close(self, timeout_s: float = 2.0) -> int:
        """Store what waits, fold the log into the file, close it.

        Returns:
            How many messages could not be stored and are lost with the process; they are counted as well.
        """
        left = 0 if self.flush(timeout_s) else len(self._waiting)
        if left:
            self._count("spool.lost_at_close", left)
            _log.error("%d messages could not be stored before the end and are lost", left)
        with self._lock:
            self._file.close()
        return left

    # ---------------------------------------------------------------- under the file's lock

    def _store(self, rows: list[Row]) -> None:
        shed, lost = self._file.store(rows)
        self._count("spool.stored", len(rows) - lost)
        for name, amount in (("spool.shed", shed), ("spool.lost_full", lost)):
            if amount:
                self._count(name, amount)

    def _failed(self, error: SpoolError) -> None:
        """Give up the connection: after a failed fsync only a new one knows what is on the card."""
        self._count("spool.commits_failed")
        if self._failing is None:
            _log.error("messages wait in memory, the spool cannot be written: %s", error)
        self._failing = f"the spool cannot be written: {error}"
        if isinstance(error, SpoolFullError):
            self._file.make_room()
        self._file.close()

    def _recovered(self) -> None:
        if self._failing is not None:
            _log.warning("the spool can be written again")
        self._failing = None
