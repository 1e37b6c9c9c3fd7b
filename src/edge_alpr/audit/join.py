"""Puts a log together again from the pieces that its unit published: what a collector has is as good as the card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_alpr.audit.checkpoint import Checkpoint, read_checkpoint
from edge_alpr.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from edge_alpr.audit.note import Note


def names_in(pieces: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of which logs there are pieces."""
    return sorted({str(piece.get("log")) for piece in pieces})


def join(
    pieces: Iterable[Mapping[str, Any]], origin: str
) -> tuple[bytes, list[tuple[Checkpoint, Note]]]:
    """A log's file, and the checkpoints that came with it, oldest first.

    Args:
        pieces: messages of `unit.audit/1.x`, in any order, of any logs, some of them perhaps twice.

    Raises:
        AuditError: there is none of that log, two contradict each other, or some between are missing.
    """
    lines: dict[int, str] = {}
    checkpoints: dict[int, tuple[Checkpoint, Note]] = {}
    for piece in pieces:
        if piece.get("log") != origin:
            continue
        for n, line in enumerate(piece["lines"], start=int(piece["first"])):
            if lines.setdefault(n, line) != line:
                raise AuditError(f"{origin}: entry {n} is there in two forms: somebody rewrote it")
        checkpoint, note = read_checkpoint(piece["checkpoint"])
        checkpoints[checkpoint.size] = checkpoint, note
    if not lines:
        raise AuditError(f"{origin}: there is no piece of this log")
    if missing := sorted(set(range(max(lines) + 1)) - lines.keys()):
        raise AuditError(
            f"{origin}: {len(missing)} entries are missing, the first is {missing[0]}: ask for the log on the card"
        )
    data = "".join(f"{lines[n]}\n" for n in range(len(lines))).encode()
    return data, [checkpoints[size] for size in sorted(checkpoints)]
