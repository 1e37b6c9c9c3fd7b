"""Says in three lines how long a log is and what is in it: name, size, root. Signed, it is what a log is held to."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.audit.note import Note, read_note
from edge_alpr.errors import AuditError, KeyFileError
from edge_alpr.keys.files import write_over

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.keys.pair import KeyPair

SUFFIX: Final = ".checkpoint"
_ROOT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log (C2SP tlog-checkpoint)."""

    origin: str
    size: int
    """Entries."""
    root: bytes
    """`merkle` root over their lines, 32 bytes."""

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    def signed(self, key: KeyPair) -> Note:
        """As a note, signed under the log's name."""
        return Note(self.text()).signed(self.origin, key)


def read_checkpoint(text: str) -> tuple[Checkpoint, Note]:
    """The checkpoint in a note, and the note, whose signatures the caller checks.

    Raises:
        AuditError: it is no note, or no checkpoint in one.
    """
    note = read_note(text)
    lines = note.text.splitlines()
    try:
        origin, size, coded = lines[:3]
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(coded, validate=True))
    except (ValueError, binascii.Error):
        raise AuditError("not a checkpoint: name, size and root in three lines") from None
    written_so = note.text.startswith(checkpoint.text()) and checkpoint.size >= 0
    if not written_so or len(checkpoint.root) != _ROOT_BYTES or not origin:
        raise AuditError("not a checkpoint: name, size and root in three lines")
    return checkpoint, note


def checkpoint_path(log: Path) -> Path:
    """Where a log's newest checkpoint lies: beside it."""
    return log.with_name(log.name + SUFFIX)


def load_checkpoint(path: Path) -> tuple[Checkpoint, Note]:
    """The checkpoint in a file.

    Raises:
        AuditError: it cannot be read, or holds none; names the file.
    """
    try:
        return read_checkpoint(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise AuditError(f"{path}: {why}") from None
    except AuditError as error:
        raise AuditError(f"{path}: {error}") from None


def save_checkpoint(path: Path, note: Note) -> None:
    """Write a note in place of what was there, whole or not at all.

    Raises:
        AuditError: it could not be written.
    """
    try:
        write_over(path, str(note).encode(), 0o644)
    except KeyFileError as error:
        raise AuditError(str(error)) from None
