"""Turns an entry of an audit log into its one line and back: canonical JSON, with the hash of the line before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edge_alpr.errors import AuditError, MessageError
from edge_alpr.keys.canonical import canonical
from edge_alpr.message.document import parse_document

VERSION: Final = "audit/1.0"
NOTHING: Final = "0" * 64
"""What the first entry holds in place of the hash of the one before it."""
KEY_KIND: Final = b'"kind":"key"'
"""In the line of every entry of that kind, and hardly in another."""
_FIELDS: Final = frozenset({"at", "facts", "kind", "n", "prev_sha256", "v"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry."""

    n: int
    """Counts the log's entries from 0."""
    at: str
    """By the clock of whoever wrote it; RFC 3339, UTC, milliseconds."""
    kind: str
    facts: Mapping[str, Any]
    prev_sha256: str
    """SHA-256 of the bytes of the line before it, without its line feed, in hex."""

    def line(self) -> bytes:
        """Its line, without the line feed.

        Raises:
            ValueError: JSON cannot say what is in it.
        """
        return canonical(
            {
                "at": self.at,
                "facts": dict(self.facts),
                "kind": self.kind,
                "n": self.n,
                "prev_sha256": self.prev_sha256,
                "v": VERSION,
            }
        )


def line_end(n: int, prev_sha256: str) -> bytes:
    """What the canonical line of an entry ends with: its last three fields, by the order of their names."""
    return f'"n":{n},"prev_sha256":"{prev_sha256}","v":"{VERSION}"}}'.encode()


def sha256_hex(line: bytes) -> str:
    """What the next entry holds of this line."""
    return hashlib.sha256(line).hexdigest()


def read_line(line: bytes) -> Entry:
    """The entry in a line, which must be in the one form in which it is written.

    Raises:
        AuditError: it is not an entry, or is written in another way. Quotes nothing.
    """
    try:
        document = parse_document(line)
    except MessageError as error:
        raise AuditError(f"not an entry: {error}") from None
    if document.keys() != _FIELDS or document["v"] != VERSION:
        raise AuditError(f"not an entry of {VERSION}")
    n, at, kind, facts = (document[name] for name in ("n", "at", "kind", "facts"))
    if type(n) is not int or not isinstance(facts, dict):
        raise AuditError("not an entry: n is a number, facts an object")
    entry = Entry(n, str(at), str(kind), facts, str(document["prev_sha256"]))
    if _line_of(entry) != line:
        raise AuditError("not in canonical form (RFC 8785)")
    return entry


def _line_of(entry: Entry) -> bytes | None:
    try:
        return entry.line()
    except (ValueError, RecursionError):
        return None
