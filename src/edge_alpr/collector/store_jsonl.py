"""Keeps messages as JSON lines, in a file or on standard output: as they came, plus when each was ``stored``.

Simple to look at and to pipe; for a few hundred thousand messages, since the keys of all of them are held in memory. A
later phase of a pass is a later line with the same ``id``, and a gap or a clock is a line of its own ``schema`` that
corrects nothing by itself. In a file, what comes to the end of its time is overwritten where it stands.
"""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import sys
from typing import TYPE_CHECKING

from edge_alpr.collector.jsonl_lines import deleted_line, mended, read_line, sealed_body, write_line
from edge_alpr.collector.messages import message_key
from edge_alpr.collector.rows import ORPHANED_S
from edge_alpr.collector.store import EVERYTHING, StoreError, create_private
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge_alpr.collector.jsonl_lines import Key, Line
    from edge_alpr.collector.store import Entry

_log = logging.getLogger(__name__)


class _Known:
    """What was stored: keys, gaps, and which pictures a pass has."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], set[int]] = {}
        self.lost: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self.passes: dict[tuple[str, str], set[str]] = {}

    def __contains__(self, key: Key) -> bool:
        return key[2] in self.keys.get(key[:2], ())

    def note(self, line: Line) -> None:
        unit, boot, seq = line.key
        self.keys.setdefault((unit, boot), set()).add(seq)
        for of, first, last in line.lost:
            self.lost.setdefault((unit, of), []).append((first, last))
        if line.pass_id is not None and not line.is_image:
            self.passes.setdefault((unit, line.pass_id), set()).update(line.images)

    def held(self, unit: str, boot: str, above: int, most: int) -> Iterator[tuple[int, int]]:
        seqs = (seq for seq in self.keys.get((unit, boot), ()) if seq > above)
        yield from ((seq, seq) for seq in itertools.islice(sorted(seqs), min(most, sys.maxsize)))
        yield from self.lost.get((unit, boot), ())

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        return sha256 in self.passes.get((unit, pass_id), ())


def _news(entries: Sequence[Entry], known: _Known, stored: str) -> list[bytes | None]:
    """The line of each that is news."""
    batch: set[Key] = set()
    lines: list[bytes | None] = []
    for entry in entries:
        key = message_key(entry.message)
        lines.append(None if key in known or key in batch else write_line(entry, stored))
        batch.add(key)
    return lines


class JsonLinesOut:
    """Lines on standard output. Messages are known again for as long as the process lives; nothing is taken back."""

    def __init__(self) -> None:
        self._known = _Known()

    def keep(self, entries: Sequence[Entry], stored_s: float) -> list[bool]:
        lines = _news(entries, self._known, to_text(stored_s))
        sys.stdout.buffer.writelines(line for line in lines if line is not None)
        sys.stdout.buffer.flush()
        for line in lines:
            if line is not None and (read := read_line(line)) is not None:
                self._known.note(read)
        return [line is not None for line in lines]

    def held(
        self, unit: str, boot: str, *, above: int = 0, most: int = EVERYTHING
    ) -> Iterator[tuple[int, int]]:
        return self._known.held(unit, boot, above, most)

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        return self._known.shows(unit, pass_id, sha256)

    def sealed(
        self,
        *,
        unit: str | None = None,  # noqa: ARG002
        day: str | None = None,  # noqa: ARG002
    ) -> Iterator[bytes]:
        """None: what was written out is in other hands."""
        return iter(())

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:  # noqa: ARG002
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
        self._known = _Known()
        self._lines: dict[int, tuple[int, Line]] = {}
        """Length and content of the lines that may be deleted one day, by where they begin."""
        create_private(path)
        self._fd = os.open(path, os.O_RDWR)  # not O_APPEND: with it, pwrite would append
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

    def keep(self, entries: Sequence[Entry], stored_s: float) -> list[bool]:
        lines = _news(entries, self._known, to_text(stored_s))
        if not any(lines):
            return [False] * len(lines)
        start = self._length
        try:
            self._write(b"".join(line for line in lines if line is not None), start)
        except OSError as error:
            os.ftruncate(self._fd, start)  # no half a batch: it will come again
            raise StoreError(f"cannot write {self._path}: {error.strerror}") from None
        for line in lines:
            if line is not None:
                self._note(line, self._length)
                self._length += len(line)
        return [line is not None for line in lines]

    def held(
        self, unit: str, boot: str, *, above: int = 0, most: int = EVERYTHING
    ) -> Iterator[tuple[int, int]]:
        return self._known.held(unit, boot, above, most)

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        return self._known.shows(unit, pass_id, sha256)

    def sealed(self, *, unit: str | None = None, day: str | None = None) -> Iterator[bytes]:
        for offset, (length, _) in sorted(self._lines.items()):
            body = sealed_body(os.pread(self._fd, length, offset), unit, day)
            if body is not None:
                yield body

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:
        before = "" if stored_before_s is None else to_text(stored_before_s)
        doomed = self._doomed(to_text(now_s), before, to_text(now_s - ORPHANED_S))
        try:
            for offset in doomed:
                length, line = self._lines[offset]
                self._put(deleted_line(line, to_text(now_s), length), offset)
            if doomed:
                os.fsync(self._fd)
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error.strerror}") from None
        for offset in doomed:
            _, line = self._lines.pop(offset)
            if line.pass_id is not None and not line.is_image:
                self._known.passes.pop((line.key[0], line.pass_id), None)
        return len(doomed)

    def close(self) -> None:
        os.close(self._fd)

    def _doomed(self, now: str, before: str, orphaned: str) -> list[int]:
        ended = {
            offset
            for offset, (_, line) in self._lines.items()
            if line.stored < before or (line.end is not None and line.end <= now)
        }
        gone = {(line.key[0], line.pass_id) for _, line in map(self._lines.__getitem__, ended)}
        for offset, (_, line) in self._lines.items():
            if line.is_image:
                name = line.key[0], line.pass_id or ""
                if name in gone or (name not in self._known.passes and line.stored < orphaned):
                    ended.add(offset)
        return sorted(ended)

    def _note(self, raw: bytes, offset: int) -> bool:
        line = read_line(raw)
        if line is None:
            return False
        self._known.note(line)
        if not line.deleted and not line.lost:
            self._lines[offset] = len(raw), line
        return True

    def _write(self, data: bytes, offset: int) -> None:
        self._put(data, offset)
        os.fsync(self._fd)

    def _put(self, data: bytes, offset: int) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._fd, view, offset)
            view, offset = view[written:], offset + written

    def _learn(self) -> int:
        """Note the messages in the file; returns its length without a torn last line.

        A torn line was never acknowledged, so its message comes again.
        """
        whole = 0
        with os.fdopen(os.dup(self._fd), "rb") as lines:
            lines.seek(0)
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    _log.warning("%s: the last line is torn and is cut off", self._path)
                    break
                if (mend := mended(line)) != line:
                    self._write(mend, whole)
                if not self._note(mend, whole):
                    _log.warning("%s:%d: not a message, left as it is", self._path, number)
                whole += len(line)
        return whole
