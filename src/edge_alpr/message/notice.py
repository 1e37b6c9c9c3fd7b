"""Defines what a unit says about its own messages: `unit.gap/1.0` and `unit.clock/1.0`.

A gap names numbers that will never come: what of a range has not arrived by now never will. A clock says what time it
was when the unit's clock became known, so that whoever holds events of that boot can correct them. Both are numbered,
signed and delivered like events, and are idempotent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from annotated_types import MaxLen
from pydantic import (
    ConfigDict,
    FiniteFloat,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    with_config,
)

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import explain
from edge_alpr.message.document import dump_document
from edge_alpr.message.fields import Boot, Count, Label, Name, Positive, Proof, Seq, Timestamp
from edge_alpr.message.schema import schema_of
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from edge_alpr.message.document import Sign

GAP: Final = "unit.gap/1.0"
CLOCK: Final = "unit.clock/1.0"
MOST_RANGES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRange:
    """Numbers of one boot that will never come."""

    boot: Boot | None
    """Null if it is unknown which."""
    first: Seq | None
    last: Seq | None
    """Both null if it is unknown which, after a file was damaged; it then held any number of any earlier boot."""
    messages: Count | None
    """How many are lost; null if some of the range were delivered before and it is unknown how many."""
    cause: Label
    """``room``, ``memory``, ``expired``, ``rotten``, ``damaged``, ``removed``; a later version may add others."""


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class GapNotice:
    """What was given up. A range may be announced again, also longer."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.gap/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    boot: Boot
    seq: Seq
    at: Timestamp
    """By the unit's clock."""
    lost: Annotated[tuple[LostRange, ...], MaxLen(MOST_RANGES)]
    proof: Proof | None


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockNotice:
    """When the unit's clock became known. `true_time` corrects by it what the boot stamped before."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.clock/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    boot: Boot
    seq: Seq
    at: Timestamp
    """The time, now that it is known."""
    monotonic_s: Positive
    """The same instant on the clock of `EventTime.monotonic_s`."""
    offset_s: FiniteFloat
    """Seconds by which the clock was set forward since the boot began."""
    error_ms: Positive | None
    """Greatest error of ``at`` that the source admits."""
    proof: Proof | None


Notice: TypeAlias = GapNotice | ClockNotice

_SCHEMAS: Final[dict[str, TypeAdapter[Any]]] = {
    "unit.gap": TypeAdapter(GapNotice),
    "unit.clock": TypeAdapter(ClockNotice),
}


def gap_schema() -> dict[str, Any]:
    """JSON Schema of `unit.gap/1.0`."""
    return schema_of(_SCHEMAS["unit.gap"], GAP, "urn:edge-alpr:schema:unit.gap:1.0")


def clock_schema() -> dict[str, Any]:
    """JSON Schema of `unit.clock/1.0`."""
    return schema_of(_SCHEMAS["unit.clock"], CLOCK, "urn:edge-alpr:schema:unit.clock:1.0")


def true_time(notice: ClockNotice, monotonic_s: float) -> float:
    """UTC seconds of an instant of the notice's boot, given on the clock that never jumps."""
    return to_seconds(notice.at) + monotonic_s - notice.monotonic_s


def encode_notice(notice: Notice, sign: Sign | None) -> bytes:
    """The body of the message, signed if there is a way to."""
    kind = _SCHEMAS[notice.schema.partition("/")[0]]
    document: dict[str, Any] = kind.dump_python(notice, mode="json")
    return dump_document(document if sign is None else sign(document))


def read_notice(document: dict[str, Any]) -> Notice:
    """The notice in a document, whose signature the caller checks. Unknown fields are ignored.

    Raises:
        MessageError: says what is wrong and where.
    """
    kind = _SCHEMAS.get(str(document.get("schema")).partition("/")[0])
    if kind is None:
        raise MessageError("schema: not a notice")
    try:
        notice: Notice = kind.validate_json(dump_document(document), strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None
    return notice
