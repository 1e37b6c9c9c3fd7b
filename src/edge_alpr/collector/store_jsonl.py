"""Keeps messages as JSON lines, in a file or on standard output: as they came, plus when each was ``stored``.

Simple to look at and to pipe; for a few hundred thousand events, since the keys of all of them are held in memory.
Lines are only ever added: a later phase of a pass is a later line with the same ``id``, a gap or a clock is a line of
its own ``schema`` that corrects nothing by itself, and nothing is deleted at the end of its policy's time.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from edge_alpr.collector.store import StoreError, create_private, lost_ranges, message_key
from edge_alpr.errors import MessageError
from edge_alpr.message.notice import GAP, GapNotice, read_notice
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.collector.store import Message

_log = logging.getLogger(__name__)

_Key: TypeAlias = tuple[str, str, int]


class _Batch:
    """Lines that wait for their commit, and the messages known so far."""

    def __init__(self) -> None:
        self.seen: set[_Key] = set()
        self.keys: set[_Key] = set()
        self.gaps: list[GapNotice] = []
        self.lines: list[bytes] = []

    def add(self, message: Message, body: bytes, stored_s: float, signer: str | None) -> bool:
        key = message_key(message)
        if key in self.seen or key in self.keys:
            return False
        line = {**json.loads(body), "stored": to_text(stored_s)}
        if signer is not None:
            line["signer"] = signer
        self.keys.add(key)
        if isinstance(message, GapNotice):
            self.gaps.append(message)
        self.lines.append(json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
        return True

    def done(self) -> None:
        self.seen |= self.keys
        self.drop()

    def drop(self) -> None:
        self.keys, self.lines = set(), []

    def held(self, unit: str, boot: str) -> Iterator[tuple[int, int]]:
        """Of what is done; a gap counts from its arrival, since what it names will not come anyhow."""
        yield from ((seq, seq) for name, of, seq in self.seen if (name, of) == (unit, boot))
        for gap in self.gaps:
            if message_key(gap)[0] == unit:
                yield from (lost[1:3] for lost in lost_ranges(gap) if lost[0] == boot)


class JsonLinesOut:
    """Lines on standard output. Messages are known again for as long as the process lives."""

    def __init__(self) -> None:
        self._batch = _Batch()

    def add(
        self, message: Message, body: bytes, stored_s: float, *, signer: str | None = None
    ) -> bool:
        return self._batch.add(message, body, stored_s, signer)

    def commit(self) -> None:
        sys.stdout.buffer.writelines(self._batch.lines)
        sys.stdout.buffer.flush()
        self._batch.done()

    def rollback(self) -> None:
        self._batch.drop()

    def held(self, unit: str, boot: str) -> Iterator[tuple[int, int]]:
        return self._batch.held(unit, boot)

    def purge(self, now_s: float) -> int:  # noqa: ARG002
        return 0

    def close(self) -> None: ...


class JsonLinesFile:
    """Lines in the file at ``path``, which one process at a time may write."""

    def __init__(self, path: Path) -> None:
        """Open or create it; learn which messages it holds; mend a last line that a crash tore.

        Raises:
            StoreError: it cannot be read or written, or another process has it.
        """
        self._path = path
        self._batch = _Batch()
        create_private(path)
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._length = self._learn()
            os.ftruncate(self._fd, self._length)
        except BlockingIOError:
            os.close(self._fd)
            raise StoreError(f"{path} is being written by another process") from None
        except OSError as error:
            os.close(self._fd)
            raise StoreError(f"cannot use {path}: {error.strerror}") from None

    def add(
        self, message: Message, body: bytes, stored_s: float, *, signer: str | None = None
    ) -> bool:
        return self._batch.add(message, body, stored_s, signer)

    def commit(self) -> None:
        lines = b"".join(self._batch.lines)
        if not lines:
            return
        try:
            view = memoryview(lines)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fsync(self._fd)
        except OSError as error:
            os.ftruncate(self._fd, self._length)  # no half a batch: it will come again
            raise StoreError(f"cannot write {self._path}: {error.strerror}") from None
        self._length += len(lines)
        self._batch.done()

    def rollback(self) -> None:
        self._batch.drop()

    def held(self, unit: str, boot: str) -> Iterator[tuple[int, int]]:
        return self._batch.held(unit, boot)

    def purge(self, now_s: float) -> int:  # noqa: ARG002
        return 0

    def close(self) -> None:
        os.close(self._fd)

    def _learn(self) -> int:
        """Note the messages in the file; returns its length without a torn last line.

        A torn line was never acknowledged, so its message comes again.
        """
        whole = 0
        with os.fdopen(os.dup(self._fd), "rb") as lines:
            lines.seek(0)
            for number, line in enumerate(lines, 1):
                key = _key_in(line)
                if not line.endswith(b"\n"):
                    _log.warning("%s: the last line is torn and is cut off", self._path)
                    break
                whole += len(line)
                if key is None:
                    _log.warning("%s:%d: not an event, left as it is", self._path, number)
                else:
                    self._batch.seen.add(key)
                    self._batch.gaps += _gap_in(line)
        return whole


def _key_in(line: bytes) -> _Key | None:
    try:
        event: Any = json.loads(line)
        return (
            f"{event['org']}/{event['site']}/{event['unit']}",
            str(event["boot"]),
            int(event["seq"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _gap_in(line: bytes) -> list[GapNotice]:
    document: dict[str, Any] = json.loads(line)
    if not str(document.get("schema")).startswith(GAP.partition("/")[0]):
        return []
    try:
        notice = read_notice(document)
    except MessageError:
        return []
    return [notice] if isinstance(notice, GapNotice) else []
