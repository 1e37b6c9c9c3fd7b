"""Turns messages into the columns that the databases have in common, and corrects times once a clock is known.

Columns are in the order of the tables, in `sqlite_tables` and `postgresql_tables`. Times are text, as in messages.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from edge_alpr.collector.messages import ImageMessage, OtherMessage, lost_ranges, message_key
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import ClockNotice, GapNotice
from edge_alpr.message.sealed import SealedMessage
from edge_alpr.message.timestamps import to_seconds, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.collector.messages import Message
    from edge_alpr.collector.store import Entry

_RANKS: Final = {"provisional": 0, "final": 1, "correction": 2}
"""A later phase replaces an earlier one, in whatever order they arrive."""

ORPHANED_S: Final = 3600.0
"""A picture may be so long without an event that names its pass."""


class MessageRow(NamedTuple):
    """Knows a message again; holds no plate."""

    unit: str
    boot: str
    seq: int
    id: str
    stored: str


class PassRow(NamedTuple):
    """The best that is known of a pass."""

    unit: str
    id: str
    boot: str
    seq: int
    rank: int
    phase: str
    corrects: str | None
    camera: str
    captured: str
    plate: str
    confidence: float
    hit: bool
    test: bool
    delete_after: str | None
    stored: str
    body: str
    clock: str
    signer: str | None

    def __repr__(self) -> str:
        return f"PassRow({self.unit}, {self.id})"  # not the plate: it may come into the words of an error


class GapRow(NamedTuple):
    """Numbers that will never come."""

    unit: str
    boot: str
    cause: str
    first: int
    last: int
    messages: int | None
    announced: str


class ClockRow(NamedTuple):
    """When a boot's clock became known."""

    unit: str
    boot: str
    seq: int
    at: str
    monotonic_s: float
    error_ms: float | None


class ImageRow(NamedTuple):
    """A picture, by its hash."""

    unit: str
    sha256: str
    id: str
    camera: str
    kind: str
    stored: str
    body: bytes


class SealedRow(NamedTuple):
    """A message that its holders open; nothing of it is known here but its header."""

    unit: str
    boot: str
    seq: int
    class_: str
    content: str
    camera: str
    epoch: str | None
    recipients: str
    test: bool
    delete_after: str
    stored: str
    body: str
    signer: str | None


class OtherRow(NamedTuple):
    """A message of a kind that is kept as it came."""

    unit: str
    boot: str
    seq: int
    kind: str
    camera: str | None
    schema: str
    delete_after: str | None
    stored: str
    body: str
    signer: str | None


Row = PassRow | SealedRow | GapRow | ClockRow | ImageRow | OtherRow


def message_row(message: Message, stored: str) -> MessageRow:
    """``stored`` is when it is stored."""
    name = message.id if isinstance(message, PlateEvent) else ""
    return MessageRow(*message_key(message), name, stored)


def rows_of(entry: Entry, stored: str) -> list[Row]:
    """What goes into the other tables for a message that is news; a gap may be several rows or none."""
    message = entry.message
    unit, boot, seq = message_key(message)
    if isinstance(message, PlateEvent):
        return [_pass_row(unit, message, entry, stored)]
    if isinstance(message, SealedMessage):
        return [_sealed_row(unit, message, entry, stored)]
    if isinstance(message, GapNotice):
        return [
            GapRow(unit, of, cause, first, last, count, stored)
            for of, first, last, cause, count in lost_ranges(message)
        ]
    if isinstance(message, ClockNotice):
        return [ClockRow(unit, boot, seq, message.at, message.monotonic_s, message.error_ms)]
    if isinstance(message, ImageMessage):
        camera, kind = message.camera, message.kind
        name, digest = message.pass_id, message.sha256
        return [ImageRow(unit, digest, name, camera, kind, stored, entry.body)]
    assert isinstance(message, OtherMessage)
    head = (unit, boot, seq, message.kind, message.camera, message.schema, message.delete_after)
    return [OtherRow(*head, stored, entry.body.decode("utf-8"), entry.signer)]


def correction(body: str, at: str, monotonic_s: float) -> tuple[str, str | None]:
    """When an event was really captured and when it is to be deleted, now that its boot's clock is known.

    Args:
        body: the event, stamped before that.
        at: what time it was at a later instant of that boot.
        monotonic_s: that instant on the clock of `EventTime.monotonic_s`.
    """
    event = json.loads(body)
    true_s = to_seconds(at) - monotonic_s + event["time"]["monotonic_s"]
    end = event["policy"]["delete_after"]
    if end is not None:  # it may be kept as long as was meant, from the true time on
        end = to_text(to_seconds(end) + true_s - to_seconds(event["time"]["captured"]))
    return to_text(true_s), end


def names_picture(bodies: Iterable[str], sha256: str) -> bool:
    """Whether one of the events names a picture with that hash."""
    return any(image["sha256"] == sha256 for body in bodies for image in json.loads(body)["images"])


def sealed_end(delete_after: str, epoch: str | None, stored: str) -> str:
    """When a sealed message is deleted here, if its header names ``delete_after``.

    A window read is kept for so long from the beginning of its day. Where the unit's clock runs ahead, that day is yet
    to come; it was certainly not read after it was ``stored``, so it is not kept longer than that from then on.
    """
    if epoch is None:
        return delete_after
    kept_s = to_seconds(delete_after) - to_seconds(f"{epoch}T00:00:00.000Z")
    return min(delete_after, to_text(to_seconds(stored) + kept_s))


def _sealed_row(unit: str, message: SealedMessage, entry: Entry, stored: str) -> SealedRow:
    return SealedRow(
        unit,
        message.boot,
        message.seq,
        message.class_,
        message.content,
        message.camera,
        message.epoch,
        " ".join(each.name for each in message.recipients),
        message.test,
        sealed_end(message.delete_after, message.epoch, stored),
        stored,
        entry.body.decode("utf-8"),
        entry.signer,
    )


def _pass_row(unit: str, event: PlateEvent, entry: Entry, stored: str) -> PassRow:
    return PassRow(
        unit,
        event.id,
        event.boot,
        event.seq,
        _RANKS[event.phase],
        event.phase,
        event.corrects,
        event.camera,
        event.time.captured,
        event.plate.text,
        event.plate.confidence,
        bool(event.hits),
        event.test,
        event.policy.delete_after,
        stored,
        entry.body.decode("utf-8"),
        "synced" if event.time.clock.synced else "unsynced",
        entry.signer,
    )
