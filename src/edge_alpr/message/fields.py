"""Defines the kinds of field that messages have in common, and the proof that any of them may end with.

Unknown is None (JSON null). Probabilities are 0..1. The annotations are the rules: schema and decoder follow from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field, FiniteFloat, StringConstraints

from edge_alpr.message.timestamps import to_seconds
from edge_alpr.message.topics import NAME


def _existing(time: str) -> str:
    """Refuse the 30th of February, which the pattern lets through."""
    to_seconds(time)
    return time


Ratio: TypeAlias = Annotated[FiniteFloat, Ge(0), Le(1)]
Positive: TypeAlias = Annotated[FiniteFloat, Ge(0)]
Count: TypeAlias = Annotated[int, Ge(0), Le(2**53 - 1)]
Name: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
Label: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64)]
PlateString: TypeAlias = Annotated[str, StringConstraints(pattern="^[0-9A-Z]{1,12}$")]
Character: TypeAlias = Annotated[str, StringConstraints(pattern="^[0-9A-Z]$")]
Digest: TypeAlias = Annotated[str, StringConstraints(pattern="^sha256:[0-9a-f]{64}$")]
PassId: TypeAlias = Annotated[
    str,
    StringConstraints(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    ),
]
Boot: TypeAlias = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}$")]
Timestamp: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"),
    AfterValidator(_existing),
    Field(json_schema_extra={"format": "date-time"}),
]
Point: TypeAlias = tuple[Ratio, Ratio]
KeyId: TypeAlias = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
Seq: TypeAlias = Annotated[int, Ge(1), Le(2**53 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An Ed25519 signature over the canonical JSON (RFC 8785) of the message without this field."""

    key: KeyId
    """Which key: the first 16 hex digits of the SHA-256 of the raw public key."""
    sig: Annotated[str, StringConstraints(pattern="^ed25519:[0-9A-Za-z_-]{86}$")]
    """The 64 bytes in base64url without padding."""
