"""Appends to an audit log: one line an entry, chained, on the disk when `AuditLog.append` returns.

Several processes may append to one log (a holder's commands do): each takes the file's lock, reads what the others
wrote, and goes on from there. A last line that a power cut or a kill cut off was never acknowledged: it is taken out,
and the log says so. Anything else that is not as it was written is an error: a log is never mended in silence.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, Final

from edge_alpr.audit.entry import KEY_KIND, NOTHING, Entry, line_end, read_line, sha256_hex
from edge_alpr.audit.forms import label
from edge_alpr.audit.kinds import check_facts
from edge_alpr.audit.merkle import Frontier, leaf_hash
from edge_alpr.errors import AuditError, DamagedLogError
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from edge_alpr.keys.pair import PublicKey
    from edge_alpr.types import Clock

_PIECE: Final = 1 << 20


class AuditLog:
    """One log. Used by one thread at a time; the file is opened and read through at the first use."""

    def __init__(self, path: Path, key: PublicKey | None, *, origin: str, clock: Clock) -> None:
        """
        Args:
            path: the log's file; its folder is made if it is missing.
            key: whose signature its checkpoints carry; None if nobody signs them.
            origin: names the log for ever, ``joliet/main-st/unit-7/camera`` for example. Of a log that is there
                already the name must be the same.
        """
        self.path: Final = path
        self.name: Final = origin
        self._key = key
        self._clock = clock
        self._file: int | None = None
        self._signer: object = None
        self._mark: tuple[int, int] = 0, 0
        """Number and place of a line, so that the next question for lines need not count from the start."""
        self._origin = origin
        self._follows: dict[str, str] = {}
        self._forget()

    def append(self, kind: str, facts: Mapping[str, object]) -> None:
        """Write one entry. It is on the disk when this returns.

        Raises:
            AuditError: it could not be written; a `DamagedLogError` if the log is not as it was left.
            ValueError: not a kind of `kinds.KINDS`, or not its facts.
        """
        self.extend([(kind, facts)])

    def extend(self, entries: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        """Write several entries with one wait for the disk: all of them, or none.

        Raises:
            AuditError: they could not be written; a `DamagedLogError` if the log is not as it was left.
            ValueError: as for `append`.
        """
        checked = [(kind, check_facts(kind, facts)) for kind, facts in entries]
        with self._locked() as file:
            self._catch_up(file)
            self._write(file, checked)

    def state(self) -> tuple[int, bytes]:
        """How many entries there are, and the root over their lines (`merkle`).

        Raises:
            AuditError: the log cannot be read, or is damaged.
        """
        with self._locked() as file:
            self._catch_up(file)
            return self._frontier.size, self._frontier.root()

    def lines(self, first: int) -> list[str]:
        """The lines from entry number ``first`` on, as they stand in the file.

        Raises:
            AuditError: the log cannot be read, or is damaged.
        """
        with self._locked() as file:
            self._catch_up(file)
            n, offset = self._mark if self._mark[0] <= first else (0, 0)
            found: list[str] = []
            for line, _ in _lines(file, offset):
                if n < first:
                    n, offset = n + 1, offset + len(line) + 1
                else:
                    found.append(line.decode("utf-8"))
            self._mark = n, offset
            return found

    @property
    def origin(self) -> str:
        """The name in the log's first entry, once it was opened."""
        return self._origin

    def set_aside(self, because: str) -> Path:
        """Give a damaged log another name and begin a new one, which says so. Returns where the old one lies now.

        The new one is called after the old one, with a number: a witness will not take it for the same log.

        Raises:
            AuditError: it could not be done.
        """
        self.close()
        number = 2
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number - 1}")).exists():
            number += 1
        try:
            self.path.rename(aside)
        except OSError as error:
            raise AuditError(f"{self.path}: {error.strerror}") from None
        self._follows = {
            "origin": f"{self.name}/{number}",
            "follows": self.name if number == 2 else f"{self.name}/{number - 1}",
            "because": label(because),
        }
        self.state()
        return aside

    def close(self) -> None:
        """Let go of the file; the next use opens it anew."""
        if self._file is not None:
            os.close(self._file)
        self._file = None
        self._forget()

    # ---------------------------------------------------------------- with the file's lock

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            file = self._opened()
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield file
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
        except OSError as error:
            self.close()  # after a failed write only a new look knows what is on the disk
            raise AuditError(f"{self.path}: {error.strerror}") from None
        except AuditError:
            self.close()
            raise

    def _opened(self) -> int:
        if self._file is not None and not self._is_the_same():
            self.close()
        if self._file is None:
            self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            _sync_folder(self.path.parent)
        return self._file

    def _is_the_same(self) -> bool:
        """Whether the open file is the one that its name leads to: it may have been set aside."""
        assert self._file is not None
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._file))

    def _catch_up(self, file: int) -> None:
        """Read what is new in the file: all of it at first, then what other processes wrote."""
        if os.fstat(file).st_size < self._bytes:
            raise DamagedLogError(f"{self.path}: is shorter than it was: entries were taken away")
        last = torn = b""
        for line, whole in _lines(file, self._bytes):
            if not whole:
                torn = line
                break
            self._take(line)
            last = line
        if last:
            self._read(last)  # on all others hangs the hash of the next
        if torn:
            os.ftruncate(file, self._bytes)
        key = None if self._key is None else str(self._key)
        if self._frontier.size == 0:
            self._write(file, [("begin", {"origin": self.name, "key": key, **self._follows})])
        elif key is not None and key != self._signer:
            self._write(file, [("key", {"key": key})])
        if torn:
            facts = {"bytes": len(torn), "digest": f"sha256:{sha256_hex(torn)}"}
            self._write(file, [("repair", facts)])

    def _take(self, line: bytes) -> None:
        """Hold a line to the one before it. By its end alone: a log of years is read through in a second or two."""
        n = self._frontier.size
        if not line.endswith(line_end(n, self._head)):
            raise DamagedLogError(
                f"{self.path}: line {n + 1}: does not follow from the line before it"
            )
        if n == 0 or KEY_KIND in line:
            self._note(self._read(line))
        self._add(line)

    def _read(self, line: bytes) -> Entry:
        try:
            entry = read_line(line)
        except AuditError as error:
            raise DamagedLogError(f"{self.path}: {error}") from None
        if entry.n == 0 and not (
            entry.kind == "begin" and self._is_ours(entry.facts.get("origin"))
        ):
            raise DamagedLogError(f"{self.path}: is not the log of {self.name}")
        return entry

    def _is_ours(self, origin: object) -> bool:
        """Whether it is the log's name, or that name and the number of a log that followed a damaged one."""
        name, _, number = str(origin).rpartition("/")
        return origin == self.name or (name == self.name and number.isdecimal())

    def _note(self, entry: Entry) -> None:
        if entry.kind == "begin":
            self._origin = str(entry.facts["origin"])
        if entry.kind in {"begin", "key"}:
            self._signer = entry.facts.get("key")

    def _add(self, line: bytes) -> None:
        self._frontier.add(leaf_hash(line))
        self._head = sha256_hex(line)
        self._bytes += len(line) + 1

    def _write(self, file: int, entries: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        written: list[tuple[Entry, bytes]] = []
        head, at = self._head, to_text(self._clock.now().utc_s)
        for kind, facts in entries:
            n = self._frontier.size + len(written)
            entry = Entry(n, at, kind, check_facts(kind, facts), head)
            line = entry.line()
            written.append((entry, line))
            head = sha256_hex(line)
        try:
            _write_at(file, b"".join(line + b"\n" for _, line in written), self._bytes)
            os.fsync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, self._bytes)
            raise
        for entry, line in written:
            self._note(entry)
            self._add(line)

    def _forget(self) -> None:
        self._frontier = Frontier()
        self._head = NOTHING
        self._bytes = 0
        self._mark = 0, 0
        self._signer = None


def _lines(file: int, offset: int) -> Iterator[tuple[bytes, bool]]:
    """Each line from ``offset`` on, without its line feed, and whether it had one: the last one may have been cut."""
    rest = b""
    while piece := os.pread(file, _PIECE, offset):
        offset += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line, True
    if rest:
        yield rest, False


def _write_at(file: int, data: bytes, offset: int) -> None:
    while data:
        written = os.pwrite(file, data, offset)
        data, offset = data[written:], offset + written


def _sync_folder(folder: Path) -> None:
    """Put the file's name on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
