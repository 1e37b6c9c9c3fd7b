"""Cosigns a log's checkpoints for somebody outside: a witness keeps what it last saw, and signs nothing that denies it.

So whoever holds the unit, its card and its key still cannot rewrite what a witness has seen. A witness needs no log:
a proof that the new one begins with the old one is enough (C2SP tlog-witness, the request of ``add-checkpoint``).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.audit.checkpoint import Checkpoint, load_checkpoint, read_checkpoint, save_checkpoint
from edge_alpr.audit.forms import LABEL
from edge_alpr.audit.merkle import consistency, is_consistent
from edge_alpr.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_alpr.audit.note import Note
    from edge_alpr.keys.pair import KeyPair, PublicKey

_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,15})")
_MOST_PROOF: Final = 63
_SUCCESSOR: Final = re.compile("/[0-9]+$")


@dataclass(frozen=True, slots=True)
class Request:
    """What a witness is asked to cosign."""

    old: int
    """How many entries the witness is thought to have seen."""
    proof: tuple[bytes, ...]
    """That the new log begins with those; empty if ``old`` is 0 or all of it."""
    note: str
    """The signed checkpoint."""

    def __str__(self) -> str:
        proof = "".join(base64.b64encode(node).decode("ascii") + "\n" for node in self.proof)
        return f"old {self.old}\n{proof}\n{self.note}"


def make_request(leaves: Sequence[bytes], old: int, checkpoint: Checkpoint, note: Note) -> Request:
    """What to send to a witness that has seen ``old`` entries.

    Raises:
        AuditError: the checkpoint has fewer than that, or the log fewer than the checkpoint.
    """
    if checkpoint.size > len(leaves):
        raise AuditError(f"the log has {len(leaves)} entries, its checkpoint {checkpoint.size}")
    if old > checkpoint.size:
        raise AuditError(
            f"the witness has seen {old} entries, the checkpoint has {checkpoint.size}"
        )
    proof = consistency(leaves[: checkpoint.size], old) if old else []
    return Request(old, tuple(proof), str(note))


def read_request(text: str) -> Request:
    """A request, taken apart.

    Raises:
        AuditError: it is none.
    """
    head, _, note = text.partition("\n\n")
    first, *nodes = head.split("\n")
    found = _OLD.fullmatch(first)
    if found is None or len(nodes) > _MOST_PROOF:
        raise AuditError("not a request for a cosignature: expected `old N`, a proof, a checkpoint")
    try:
        proof = tuple(base64.b64decode(node, validate=True) for node in nodes)
    except (binascii.Error, ValueError):
        raise AuditError("not a request for a cosignature: the proof is damaged") from None
    return Request(int(found[1]), proof, note)


class Witness:
    """Remembers, in a folder, the newest checkpoint of each log that it cosigned."""

    def __init__(self, folder: Path, name: str, key: KeyPair) -> None:
        self._folder = folder
        self._name = name
        self._key = key

    def seen(self, origin: str) -> Checkpoint | None:
        """What it last cosigned of a log, or of one that the log followed; None if nothing.

        Raises:
            AuditError: its memory cannot be read.
        """
        path = self._path(origin)
        return load_checkpoint(path)[0] if path.exists() else None

    def cosign(
        self, request: Request, keys: Sequence[PublicKey], at_s: float, *, successor: bool = False
    ) -> Note:
        """The checkpoint with the witness's signature, remembered before it is given away.

        Args:
            keys: those that the log's writer is believed to have.
            at_s: UTC seconds.
            successor: whether a log that follows another one, which was damaged or reset, is taken for new.

        Raises:
            AuditError: not signed by such a key, shorter than what was seen, or another log than that.
        """
        checkpoint, note = read_checkpoint(request.note)
        if not LABEL.fits(checkpoint.origin):
            raise AuditError("not the name of a log")
        if not any(note.is_signed_by(checkpoint.origin, key) for key in keys):
            raise AuditError(f"{checkpoint.origin}: not signed by a key that is believed")
        seen = self.seen(checkpoint.origin)
        if seen is not None and not (successor and seen.origin != checkpoint.origin):
            self._compare(seen, checkpoint, request)
        cosigned = note.cosigned(self._name, self._key, int(at_s))
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        save_checkpoint(self._path(checkpoint.origin), cosigned)
        return cosigned

    def _compare(self, seen: Checkpoint, new: Checkpoint, request: Request) -> None:
        if seen.origin != new.origin:
            raise AuditError(
                f"{new.origin}: follows {seen.origin}, of which {seen.size} entries were seen; if that log was "
                "damaged or the unit reset, take it for new by --successor, and ask why"
            )
        if new.size < seen.size:
            raise AuditError(
                f"{new.origin}: REWRITTEN OR CUT: {seen.size} entries were seen, now there are {new.size}"
            )
        if request.old != seen.size:
            raise AuditError(f"{new.origin}: the proof must begin at {seen.size}, what was seen")
        if not is_consistent(seen.size, seen.root, new.size, new.root, request.proof):
            raise AuditError(
                f"{new.origin}: REWRITTEN: it does not begin with the {seen.size} entries that were seen"
            )

    def _path(self, origin: str) -> Path:
        """One file for a log and those that follow it."""
        return self._folder / (_SUCCESSOR.sub("", origin).replace("/", ".") + ".checkpoint")
