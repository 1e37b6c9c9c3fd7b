"""This file signs a unit's logs and hands what is new in them to the spool: every 100 entries or 60 s, if there is any.

The camera half has the unit's key, so it signs for both halves: the uplink's log it reads like anybody else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.audit.checkpoint import (
    Checkpoint,
    checkpoint_path,
    load_checkpoint,
    save_checkpoint,
)
from edge_alpr.audit.merkle import leaf_hash, root_of
from edge_alpr.errors import AuditError, DamagedLogError
from edge_alpr.message.log_piece import AUDIT, MOST_BYTES, MOST_LINES, LogPiece, encode_piece
from edge_alpr.message.timestamps import to_text
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge_alpr.audit.log import AuditLog
    from edge_alpr.audit.note import Note
    from edge_alpr.delivery.post import Append
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.message.document import Sign
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Clock

EVERY_S: Final = 60.0
EVERY_ENTRIES: Final = 100
MOST_PIECES: Final = 20
"""Published at a time. What is older is in the log's file only, for example of a unit that never had a key before."""


@dataclass(slots=True)
class _Signed:
    """How far a log is signed."""

    size: int
    root: bytes
    at_s: float = -math.inf


class Checkpoints:
    """Looks at logs now and then. Used by one thread."""

    def __init__(
        self,
        logs: Sequence[AuditLog],
        key: KeyPair,
        *,
        clock: Clock,
        append: Append,
        address: UnitAddress,
        boot: str,
        sign: Sign | None,
    ) -> None:
        """``append`` is the spool's."""
        self._logs = logs
        self._key = key
        self._clock = clock
        self._append = append
        self._address = address
        self._boot = boot
        self._sign = sign
        self._signed: dict[str, _Signed] = {}
        self._strange: set[str] = set()

    def hold(self) -> None:
        """Hold the first log to what was signed of it before this start, so that nothing is written after a forgery.

        Raises:
            AuditError: it cannot be read; a `DamagedLogError` if it is not that.
        """
        log = self._logs[0]
        if log.path.exists() and log.origin not in self._signed:
            size, _ = log.state()
            self._signed[log.origin] = self._before(log, size)

    def look(self, *, at_once: bool) -> list[str]:
        """Sign and publish what is new; ``at_once`` also if less than 60 s have passed.

        Returns:
            Which of the others' logs are damaged, each told once; such a log is signed no more.

        Raises:
            AuditError: a log or a checkpoint cannot be read or written; `DamagedLogError` for the first log.
        """
        strange: list[str] = []
        for log in self._logs:
            if not log.path.exists() or log.name in self._strange:
                continue
            try:
                self._look_at(log, at_once=at_once)
            except DamagedLogError:
                if log is self._logs[0]:
                    raise
                self._strange.add(log.name)
                strange.append(log.name)
        return strange

    def _look_at(self, log: AuditLog, *, at_once: bool) -> None:
        size, root = log.state()
        signed = self._signed.get(log.origin) or self._before(log, size)
        now = self._clock.now()
        new = size - signed.size
        due = at_once or new >= EVERY_ENTRIES or now.mono_s >= signed.at_s + EVERY_S
        if root == signed.root or not due:
            return
        checkpoint = Checkpoint(log.origin, size, root)
        note = checkpoint.signed(self._key)
        save_checkpoint(checkpoint_path(log.path), note)
        self._signed[log.origin] = _Signed(size, root, now.mono_s)
        self._publish(log, signed.size, checkpoint, note)

    def _before(self, log: AuditLog, size: int) -> _Signed:
        """How far it was signed before this start; what was signed then must still be what it was."""
        try:
            checkpoint, note = load_checkpoint(checkpoint_path(log.path))
        except AuditError:
            return _Signed(0, b"")
        ours = note.is_signed_by(checkpoint.origin, self._key.public)
        if checkpoint.origin != log.origin or not ours:
            return _Signed(0, b"")
        leaves = [leaf_hash(line.encode()) for line in log.lines(0)[: checkpoint.size]]
        if size < checkpoint.size or root_of(leaves) != checkpoint.root:
            raise DamagedLogError(
                f"{log.path}: is not what was signed at {checkpoint.size} entries"
            )
        return _Signed(checkpoint.size, checkpoint.root)

    def _publish(self, log: AuditLog, first: int, checkpoint: Checkpoint, note: Note) -> None:
        lines = log.lines(first)[: max(0, checkpoint.size - first)]
        at = to_text(self._clock.now().utc_s)
        for start, piece in list(_pieces(lines, first))[-MOST_PIECES:]:

            def make(seq: int, start: int = start, piece: tuple[str, ...] = piece) -> bytes:
                return encode_piece(
                    LogPiece(
                        schema=AUDIT,
                        org=self._address.org,
                        site=self._address.site,
                        unit=self._address.unit,
                        boot=self._boot,
                        seq=seq,
                        at=at,
                        log=checkpoint.origin,
                        first=start,
                        lines=piece,
                        size=checkpoint.size,
                        root=f"sha256:{checkpoint.root.hex()}",
                        checkpoint=str(note),
                        proof=None,
                    ),
                    self._sign,
                )

            self._append(Outgoing("audit", "", None), make)


def _pieces(lines: Sequence[str], first: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The lines in as few pieces as the bounds of a message allow, each with the number of its first."""
    start, size = 0, 0
    for n, line in enumerate(lines):
        size += len(line.encode())
        if n > start and (n - start >= MOST_LINES or size > MOST_BYTES):
            yield first + start, tuple(lines[start:n])
            start, size = n, len(line.encode())
    yield first + start, tuple(lines[start:])
