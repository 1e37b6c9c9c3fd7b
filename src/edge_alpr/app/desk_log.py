"""Keeps a desk's log: every entry is on the disk at once, and each use leaves a signed checkpoint of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_alpr.audit.checkpoint import (
    Checkpoint,
    checkpoint_path,
    load_checkpoint,
    save_checkpoint,
)
from edge_alpr.audit.log import AuditLog
from edge_alpr.audit.verify import read_log, verify
from edge_alpr.errors import AuditError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.app.desk_folder import Head
    from edge_alpr.audit.entry import Entry
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.types import Clock

LOG: Final = "log/holder.jsonl"
"""In the folder of a desk."""


class DeskLog:
    """The log at ``path``. Whoever uses it holds the desk's lock."""

    def __init__(self, path: Path, key: KeyPair, head: Head, clock: Clock) -> None:
        self._path = path
        self._key = key
        name = f"{head.organisation}/{head.name}"
        self._log = AuditLog(path, key.public, origin=name, clock=clock)

    def check(self) -> None:
        """The chain holds every entry but the last to the next; the checkpoint of the last use holds that one too.

        Raises:
            AuditError: the log is not as the last use left it.
        """
        path = checkpoint_path(self._path)
        if not path.exists():
            return
        data = self._path.read_bytes() if self._path.exists() else b""
        verdict = verify(read_log(data), [self._key.public], [load_checkpoint(path)])
        if not verdict.intact:
            raise AuditError(
                f"{self._path}: {verdict.problems[0]}: nothing is answered at this desk until "
                "`edge-alpr audit verify` says what happened"
            )

    def record(self, kind: str, /, **facts: object) -> None:
        """Write an entry; it is on the disk when this returns."""
        self._log.append(kind, facts)

    def written(self) -> tuple[Entry, ...]:
        """All entries, which hang together.

        Raises:
            AuditError: one was changed or taken away.
        """
        self._log.state()
        return read_log(self._path.read_bytes()).entries

    def close(self) -> None:
        """Sign what the log is now, and let go of it; the next use opens it anew."""
        size, root = self._log.state()
        checkpoint = Checkpoint(self._log.origin, size, root)
        save_checkpoint(checkpoint_path(self._path), checkpoint.signed(self._key))
        self._log.close()
