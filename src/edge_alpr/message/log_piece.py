"""Defines `unit.audit/1.0`: a piece of a unit's audit log, and the checkpoint that it is held to (docs/audit.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from annotated_types import MaxLen
from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.document import dump_document
from edge_alpr.message.fields import Boot, Count, Digest, Name, Proof, Seq, Timestamp
from edge_alpr.message.schema import schema_of

if TYPE_CHECKING:
    from edge_alpr.message.document import Sign

AUDIT: Final = "unit.audit/1.0"
MOST_LINES: Final = 100
MOST_BYTES: Final = 96 * 1024
"""Of the lines of one piece."""


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """What is new in one of a unit's logs. Pieces may overlap, and one may be missing: the numbers tell."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.audit/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    boot: Boot
    seq: Seq
    at: Timestamp
    log: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """The log's name, as in its first entry."""
    first: Count
    """Number of the first of ``lines``; of the next line if there are none."""
    lines: Annotated[tuple[str, ...], MaxLen(MOST_LINES)]
    """Entries as they stand in the log, to the byte."""
    size: Count
    """Entries that the checkpoint covers."""
    root: Digest
    """The Merkle root over them (RFC 6962)."""
    checkpoint: Annotated[str, StringConstraints(max_length=4096)]
    """The same, signed: a C2SP checkpoint."""
    proof: Proof | None


_ADAPTER: Final = TypeAdapter(LogPiece)


def piece_schema() -> dict[str, Any]:
    """JSON Schema of `unit.audit/1.0`."""
    return schema_of(_ADAPTER, AUDIT, "urn:edge-alpr:schema:unit.audit:1.0")


def encode_piece(piece: LogPiece, sign: Sign | None) -> bytes:
    """The body of the message, signed if there is a way to."""
    document: dict[str, Any] = _ADAPTER.dump_python(piece, mode="json")
    return dump_document(document if sign is None else sign(document))


def decode_piece(body: bytes) -> LogPiece:
    """The piece in a body.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ADAPTER.validate_json(body, strict=True)
