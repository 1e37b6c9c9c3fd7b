"""Keeps a desk's log: every entry is on the disk at once, and each use leaves a signed checkpoint of the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

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
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.types import Clock

LOG: Final = "log/holder.jsonl"
"""In the folder of a desk."""
MARK: Final = "holder.mark"
"""Beside the keys: the last checkpoint once more, so that a log does not begin anew unnoticed when `log/` is gone."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the log."""

    kind: str
    at: str
    facts: Mapping[str, Any]


class DeskLog:
    """The log of the desk in ``folder``. Whoever uses it holds the desk's lock."""

    def __init__(self, folder: Path, key: KeyPair, head: Head, clock: Clock) -> None:
        self._path = path = folder / LOG
        self._signed = checkpoint_path(path), folder / MARK
        self._key = key
        name = f"{head.organisation}/{head.name}"
        self._log = AuditLog(path, key.public, origin=name, clock=clock)

    def check(self) -> None:
        """The chain holds every entry but the last to the next; the checkpoint of the last use holds that one too.

        It lies beside the log and beside the keys; each is heeded, so that whoever takes away the folder of the log is
        found out. Who takes both is found out by a witness (docs/audit.md).

        Raises:
            AuditError: the log is not as the last use left it.
        """
        try:
            wrong = self._wrong()
        except AuditError as error:
            wrong = str(error)
        if wrong is not None:
            raise AuditError(
                f"{self._path}: {wrong}: nothing is answered at this desk until "
                "`edge-alpr audit verify` says what happened"
            )

    def record(self, kind: str, /, **facts: object) -> None:
        """Write an entry; it is on the disk when this returns."""
        self._log.append(kind, facts)

    def written(self) -> list[Line]:
        """All entries, which hang together.

        Raises:
            AuditError: one was changed or taken away.
        """
        self._log.state()  # goes through the chain, or through what is new of it
        with self._path.open("rb") as lines:
            entries = [json.loads(line) for line in lines]
        return [Line(entry["kind"], entry["at"], entry["facts"]) for entry in entries]

    def close(self) -> None:
        """Sign what the log is now, and let go of it; the next use opens it anew."""
        checkpoint = Checkpoint(self._log.origin, *self._log.state())
        for path in self._signed:
            save_checkpoint(path, checkpoint.signed(self._key))
        self._log.close()

    def _wrong(self) -> str | None:
        wrong = (self._against(path) for path in self._signed if path.exists())
        return next((words for words in wrong if words is not None), None)

    def _against(self, signed: Path) -> str | None:
        """What does not fit a checkpoint of an earlier use; None if all does."""
        checkpoint, note = load_checkpoint(signed)
        size, root = self._log.state()
        ours = note.is_signed_by(checkpoint.origin, self._key.public)
        if ours and (checkpoint.size, checkpoint.root) == (size, root):
            return None
        # Longer, where the last use was cut off before its checkpoint.
        reading = read_log(self._path.read_bytes())
        verdict = verify(reading, [self._key.public], [(checkpoint, note)])
        return None if verdict.intact else verdict.problems[0]
