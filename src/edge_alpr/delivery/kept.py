"""Remembers the events that were let out, for as long as more may be told of the same pass; nothing of any other.

An early event waits for its last word, the event of a vehicle that stands waits for its departure, and recent ones are
known again when a broken track, or a restart of the unit, shows the same vehicle once more. What the policy dropped is
not in here: of it nothing is remembered.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import MessageError
from edge_alpr.geometry import Box
from edge_alpr.message.codec import decode, encode
from edge_alpr.message.event import PlateEvent

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.passes import Sighting

log = logging.getLogger(__name__)

MOST_RECENT: Final = 64
SAME_PLACE_IOU: Final = 0.3
"""A vehicle that stood before a restart stands in the same place after it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event that was let out."""

    event: PlateEvent
    last_s: float
    """When the vehicle was last seen, on the frames' clock that never jumps."""


class KeptEvents:
    """The memory of one camera's delivery.

    With ``path`` (in memory, never on the card) it survives a restart of the program: those that stand only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._early: dict[int, Kept] = {}
        self._recent: OrderedDict[int, Kept] = OrderedDict()
        self._standing: dict[int, Kept] = {}
        self._before: list[PlateEvent] = [] if path is None else _load(path)

    def told_early(self, track_id: int) -> PlateEvent | None:
        """The provisional event of a track, if there is one."""
        kept = self._early.get(track_id)
        return None if kept is None else kept.event

    def add_early(self, track_id: int, event: PlateEvent, last_s: float) -> None:
        self._early[track_id] = Kept(event, last_s)

    def end_early(self, track_id: int) -> PlateEvent | None:
        """The provisional event whose last word is due now; it is forgotten."""
        kept = self._early.pop(track_id, None)
        return None if kept is None else kept.event

    def add(self, track_id: int, event: PlateEvent, last_s: float) -> None:
        """A last word was told."""
        kept = Kept(event, last_s)
        self._recent[track_id] = kept
        self._recent.move_to_end(track_id)
        if len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)
        if event.presence == "arrived":
            self._standing[track_id] = kept
            self._save()

    def of_track(self, track_id: int) -> PlateEvent | None:
        """The last word on a track that may have more to tell."""
        kept = self._standing.get(track_id) or self._recent.get(track_id)
        return None if kept is None else kept.event

    def end(self, track_id: int) -> None:
        """It departed."""
        self._recent.pop(track_id, None)
        if self._standing.pop(track_id, None) is not None:
            self._save()

    def known_again(self, sighting: Sighting, within_s: float) -> PlateEvent | None:
        """The event of the same text that was seen until just before: the track broke, or the unit was restarted."""
        text, first_s = sighting.vote.text, sighting.first.mono_s
        for kept in reversed([*self._recent.values(), *self._standing.values()]):
            same = kept.event.plate.text == text and kept.event.camera == sighting.camera
            if same and first_s - kept.last_s <= within_s and sighting.last.mono_s >= kept.last_s:
                return kept.event
        if sighting.presence != "arrived":
            return None
        for event in self._before:
            same = event.plate.text == text and event.camera == sighting.camera
            if same and _is_there(event, sighting):
                self._before.remove(event)
                return event
        return None

    def take_gone(self) -> list[PlateEvent]:
        """Those that stood before a restart and were not found again; they are forgotten."""
        gone, self._before = self._before, []
        self._save()
        return gone

    def _save(self) -> None:
        if self._path is None:
            return
        lines = [encode(kept.event) for kept in self._standing.values()]
        lines += [encode(event) for event in self._before]
        try:
            self._path.write_bytes(b"".join(line + b"\n" for line in lines))
            self._path.chmod(0o600)
        except OSError as error:
            log.warning("who stands in view will not be known after a restart: %s", error.strerror)


def _load(path: Path) -> list[PlateEvent]:
    """What an earlier run left; a damaged file is as good as none."""
    try:
        return [decode(line) for line in path.read_bytes().splitlines()]
    except (OSError, MessageError):
        return []


def _is_there(event: PlateEvent, sighting: Sighting) -> bool:
    width, height = sighting.frame_wh
    x1, y1, x2, y2 = event.read.box
    before = Box(x1 * width, y1 * height, x2 * width, y2 * height)
    return before.iou(sighting.best.detection.box) > SAME_PLACE_IOU
