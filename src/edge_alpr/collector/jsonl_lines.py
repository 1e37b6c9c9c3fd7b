"""Writes one message as one line of JSON, and reads back what a store must remember of it.

A line is the message as it came, plus when it was ``stored`` and whose key signed it (``signer``). A picture's line
holds its bytes as ``jpeg`` in base64. At the end of its time a line becomes a short one, padded with spaces to the same
length, that only says which message was ``deleted``.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from edge_alpr.collector.messages import ImageMessage, lost_ranges
from edge_alpr.collector.rows import sealed_end
from edge_alpr.errors import MessageError
from edge_alpr.message.document import dump_document
from edge_alpr.message.notice import GAP, GapNotice, read_notice
from edge_alpr.message.sealed import is_sealed

if TYPE_CHECKING:
    from edge_alpr.collector.store import Entry

Key: TypeAlias = tuple[str, str, int]
"""Unit, boot and number."""

IMAGE: Final = "plate.image/1.0"
"""The ``schema`` of a picture's line."""

DELETED: Final = b'{"deleted":'


@dataclass(frozen=True, slots=True)
class Line:
    """What must be known of a line."""

    key: Key
    stored: str
    end: str | None
    """When it is to be deleted."""
    pass_id: str | None
    """Of an event or a picture."""
    is_image: bool
    images: tuple[str, ...]
    """Hashes that an event names."""
    lost: tuple[tuple[str, int, int], ...]
    """Boot, first and last of what a gap names."""
    deleted: bool


def write_line(entry: Entry, stored: str) -> bytes:
    """The line, with its line feed."""
    message = entry.message
    if isinstance(message, ImageMessage):
        line: dict[str, Any] = {
            "schema": IMAGE,
            "id": message.pass_id,
            "org": message.org,
            "site": message.site,
            "unit": message.unit,
            "camera": message.camera,
            "boot": message.boot,
            "seq": message.seq,
            "kind": message.kind,
            "sha256": message.sha256,
            "jpeg": base64.b64encode(entry.body).decode("ascii"),
        }
    else:
        line = json.loads(entry.body)
    line["stored"] = stored
    if entry.signer is not None:
        line["signer"] = entry.signer
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def sealed_body(raw: bytes, unit: str | None, day: str | None) -> bytes | None:
    """The sealed message in a line, as it came, if it is one of that unit and day."""
    try:
        document = json.loads(raw)
        if not is_sealed(document) or (day is not None and document["epoch"] != day):
            return None
        if unit not in {None, f"{document['org']}/{document['site']}/{document['unit']}"}:
            return None
    except (ValueError, KeyError, AttributeError):
        return None
    for ours in ("stored", "signer"):
        document.pop(ours, None)
    return dump_document(document)


def deleted_line(line: Line, now: str, length: int) -> bytes:
    """What takes the place of a line of ``length`` bytes."""
    unit, boot, seq = line.key
    org, site, name = unit.split("/")
    left = {"deleted": now, "org": org, "site": site, "unit": name, "boot": boot, "seq": seq}
    text = json.dumps(left, separators=(",", ":")).encode("ascii")
    return text.ljust(length - 1) + b"\n"


def read_line(raw: bytes) -> Line | None:
    """What is to be known of a line; None if it is none of ours."""
    try:
        document = json.loads(raw)
        unit = f"{document['org']}/{document['site']}/{document['unit']}"
        key = unit, str(document["boot"]), int(document["seq"])
        schema = str(document.get("schema"))
        policy = document.get("policy")
        end = policy.get("delete_after") if isinstance(policy, dict) else None
        event = schema.startswith("plate.read/")
        stored = str(document.get("stored", ""))
        if is_sealed(document):
            end = sealed_end(document["delete_after"], document["epoch"], stored)
        return Line(
            key=key,
            stored=stored,
            end=end or document.get("delete_after"),
            pass_id=document["id"] if event or schema == IMAGE else None,
            is_image=schema == IMAGE,
            images=tuple(image["sha256"] for image in document["images"]) if event else (),
            lost=_lost(document) if schema.startswith(GAP.partition("/")[0]) else (),
            deleted=raw.startswith(DELETED),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def mended(raw: bytes) -> bytes:
    """The line, or what it was to become when a crash came in the middle of deleting it."""
    if not raw.startswith(DELETED):
        return raw
    try:
        _, end = json.JSONDecoder().raw_decode(raw.decode("latin-1"))
    except ValueError:
        return raw
    return raw[:end].ljust(len(raw) - 1) + b"\n"


def _lost(document: dict[str, Any]) -> tuple[tuple[str, int, int], ...]:
    try:
        notice = read_notice(document)
    except MessageError:
        return ()
    if not isinstance(notice, GapNotice):
        return ()
    return tuple((boot, first, last) for boot, first, last, _, _ in lost_ranges(notice))
