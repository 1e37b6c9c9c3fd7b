"""Defines `plate.unread/1.0`: a vehicle that was seen and not read, and why. It names no plate: nobody knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.document import dump_document
from edge_alpr.message.event import EventTime, Motion
from edge_alpr.message.fields import (
    Boot,
    Count,
    Label,
    Name,
    PassId,
    Positive,
    Proof,
    Ratio,
    Seq,
    Timestamp,
)
from edge_alpr.message.schema import schema_of

if TYPE_CHECKING:
    from edge_alpr.message.document import Sign

UNREAD: Final = "plate.unread/1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadEvidence:
    """What was seen of the plate."""

    frames: Count
    """In how many frames it was found."""
    read: Count
    """How many times it was tried."""
    plate_px: Positive
    """Its width in the frame that promised most."""
    blur_px: Positive | None
    glare: Ratio | None
    box: tuple[Ratio, Ratio, Ratio, Ratio]
    """x1, y1, x2, y2 as shares of the frame."""
    frame: tuple[Count, Count]
    """Width and height of the frame in pixels."""


@with_config(ConfigDict(use_attribute_docstrings=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadEvent:
    """One vehicle whose plate gave no text that is believed."""

    schema: Annotated[str, StringConstraints(pattern=r"^plate\.unread/1\.[0-9]{1,4}$")]
    id: PassId
    org: Name
    site: Name
    unit: Name
    camera: Name
    lane: Label | None
    boot: Boot
    seq: Seq
    reason: Literal["too_small", "blocked", "glare", "blurred", "not_a_plate", "disagreement"]
    """Too low to read; at the border or hidden; burnt out; blurred; something else than a plate; reads that differ."""
    time: EventTime
    evidence: UnreadEvidence
    motion: Motion | None
    delete_after: Timestamp
    """Everybody who holds it deletes it then."""
    test: bool
    proof: Proof | None


_ADAPTER: Final = TypeAdapter(UnreadEvent)


def unread_schema() -> dict[str, Any]:
    """JSON Schema of `plate.unread/1.0`."""
    return schema_of(_ADAPTER, UNREAD, "urn:edge-alpr:schema:plate.unread:1.0")


def encode_unread(event: UnreadEvent, sign: Sign | None) -> bytes:
    """The body of the message, signed if there is a way to."""
    document: dict[str, Any] = _ADAPTER.dump_python(event, mode="json")
    return dump_document(document if sign is None else sign(document))


def decode_unread(body: bytes) -> UnreadEvent:
    """The event in a body that was checked before.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ADAPTER.validate_json(body, strict=True)
