"""Puts a modelled card below a real SQLite (APSW's), and that SQLite below the spool's own code.

SQLite's shared memory is not offered to such a VFS, so the file is opened in exclusive mode: writer and feed share one
connection, as one process that does both would. The files themselves lie in a folder, so that the spool finds them.
"""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import apsw

from edge_alpr.spool import database
from faults.card import Card, Truncate, Unlink, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pytest

FOLDER: Final = "the folder"
"""Its name among the steps."""


class PowerCut(BaseException):
    """The lights go out. Not an error: nothing may catch it on the way."""


class CardVFS(apsw.VFS):
    """SQLite's way to the card. ``before`` is called ahead of each step with its name and file, and may raise."""

    def __init__(self, card: Card, before: Callable[[str, str], None]) -> None:
        self.card = card
        self.before = before
        self.off = False
        """From now on nothing is modelled: for closing what a cut left open."""
        self.name = f"card-{id(self)}"
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _CardFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        if not self.off:
            self.before("unlink", filename)
            self.card.change(Path(filename).name, Unlink())
            if syncdir:
                self.card.sync_folder()
        super().xDelete(filename, syncdir)


class _CardFile(apsw.VFSFile):
    def __init__(self, vfs: CardVFS, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._vfs = vfs
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(path or "unnamed").name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if not self._vfs.off:
            self._vfs.card.change(self._name, Write(offset, bytes(data)))  # the cut may tear it
            self._vfs.before("write", self._name)
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        if not self._vfs.off:
            self._vfs.card.change(self._name, Truncate(newsize))
            self._vfs.before("truncate", self._name)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802  the model syncs, which is fast
        if not self._vfs.off:
            self._vfs.before("sync", self._name)
            self._vfs.card.sync(self._name)


class _Rows:
    """A finished statement: its rows, and how many it changed."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class CardConnection:
    """APSW's connection in the clothes of `sqlite3.Connection`, as far as the spool uses it."""

    def __init__(self, path: Path, vfs: CardVFS, on_close: Callable[[], None]) -> None:
        self._on_close = on_close
        self._db = apsw.Connection(str(path), vfs=vfs.name)
        self._db.pragma("locking_mode", "EXCLUSIVE")
        self.users = 0

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, statement: str, values: Sequence[Any] = ()) -> _Rows:
        with _as_sqlite3_errors():
            rows = list(self._db.execute(statement, tuple(values)))
        return _Rows(rows, self._db.changes())

    def executemany(self, statement: str, many: Iterable[Sequence[Any]]) -> None:
        with _as_sqlite3_errors():
            self._db.executemany(statement, [tuple(values) for values in many])

    def close(self) -> None:
        self.users -= 1
        if self.users == 0:
            self._on_close()
            with suppress(
                apsw.Error
            ):  # as SQLite does: a last checkpoint that fails is left to the next start
                self._db.close()


@contextmanager
def _as_sqlite3_errors() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raised = sqlite3.OperationalError(str(error))
        raised.sqlite_errorcode = getattr(error, "extendedresult", 0)
        raise raised from error


@contextmanager
def spool_on(vfs: CardVFS, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the spool opens while inside ``with`` lies on the card of ``vfs``."""
    open_now: dict[Path, CardConnection] = {}

    def connect(path: Path) -> sqlite3.Connection:
        def forget() -> None:
            del open_now[path]

        if path not in open_now:
            with _as_sqlite3_errors():
                open_now[path] = CardConnection(path, vfs, forget)
        open_now[path].users += 1
        return cast("sqlite3.Connection", open_now[path])

    def sync_folder(_folder: Path) -> None:
        try:
            vfs.before("sync", FOLDER)
        except apsw.Error as error:
            raise OSError(errno.EIO, "injected: sync of the folder") from error
        vfs.card.sync_folder()

    with patch.context() as within:
        within.setattr(database, "connect", connect)
        within.setattr(database, "sync_folder", sync_folder)
        yield
        vfs.off = True
        for connection in list(open_now.values()):
            connection.users = 1
            connection.close()
