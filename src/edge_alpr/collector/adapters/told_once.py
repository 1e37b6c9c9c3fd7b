"""Says of which messages a consumer is told that knows one event a vehicle, and what several shapes have in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent


def is_told_once(event: PlateEvent) -> bool:
    """Whether this is the message that stands for the whole pass.

    Not a provisional one, whose final follows, and not the departure of a vehicle that arrived before. A correction is
    one: it is another read, under an id of its own.
    """
    if event.phase == "final":
        return event.presence != "departed"
    return event.phase == "correction"


def beside(event: PlateEvent) -> str:
    """What a strange shape has no room for, as JSON text for its field of free text: how to know the message again,
    what it corrects, which lists were hit, and when it must be deleted."""
    told = {
        "id": event.id,
        "boot": event.boot,
        "seq": event.seq,
        "corrects": event.corrects,
        "delete_after": event.policy.delete_after,
        "lists": list(dict.fromkeys(hit.list for hit in event.hits)),
        "test": event.test,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def box_px(event: PlateEvent) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 of the plate in pixels of the frame."""
    width, height = event.read.frame
    x1, y1, x2, y2 = event.read.box
    return round(x1 * width), round(y1 * height), round(x2 * width), round(y2 * height)


def quad_px(event: PlateEvent) -> list[tuple[int, int]]:
    """Corners of the plate in pixels, from top-left clockwise."""
    width, height = event.read.frame
    return [(round(x * width), round(y * height)) for x, y in event.read.quad]
