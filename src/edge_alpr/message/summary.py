"""Defines `unit.summary/1.0`: what a unit did in an hour, in figures. No plate is named; of most no more is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from annotated_types import MaxLen
from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.document import dump_document
from edge_alpr.message.fields import Boot, Count, Digest, Label, Name, Proof, Seq, Timestamp
from edge_alpr.message.schema import schema_of

if TYPE_CHECKING:
    from edge_alpr.message.document import Sign

SUMMARY: Final = "unit.summary/1.0"
_MOST_REASONS: Final = 100


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One stretch of time, an hour or what was left of it. Stretches of a unit do not overlap."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.summary/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    boot: Boot
    seq: Seq
    since: Timestamp
    until: Timestamp
    active_s: Count
    """Seconds in which the camera gave pictures."""
    seen: Count
    """Vehicles whose plate was found, read or not."""
    read: Count
    """Of these, plates that were read."""
    matched: Count
    """Plates that matched a hotlist and left the unit."""
    kept: Count
    """Plates that left the unit, for whatever reason. The others are forgotten."""
    dropped: Annotated[dict[Label, Count], MaxLen(_MOST_REASONS)]
    """Plates that were read and did not leave the unit, by reason."""
    unread: Annotated[dict[Label, Count], MaxLen(_MOST_REASONS)]
    """Vehicles whose plate could not be read, by reason."""
    policy: Digest | None
    """Which rules were in force at its end; null if none is known."""
    proof: Proof | None


_ADAPTER: Final = TypeAdapter(Summary)


def summary_schema() -> dict[str, Any]:
    """JSON Schema of `unit.summary/1.0`."""
    return schema_of(_ADAPTER, SUMMARY, "urn:edge-alpr:schema:unit.summary:1.0")


def encode_summary(summary: Summary, sign: Sign | None) -> bytes:
    """The body of the message, signed if there is a way to."""
    document: dict[str, Any] = _ADAPTER.dump_python(summary, mode="json")
    return dump_document(document if sign is None else sign(document))


def decode_summary(body: bytes) -> Summary:
    """The summary in a body.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ADAPTER.validate_json(body, strict=True)
