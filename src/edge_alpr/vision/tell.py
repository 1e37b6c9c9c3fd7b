"""This file decides what is told of each track, and when: an early belief, the last word, a stay, or why it was unread.

===========  ==============================================================================================
told         when
===========  ==============================================================================================
provisional  two reads agree and the vehicle is still in view; again if another text comes to lead
final        it left, or it was read long enough: once a pass
unread       instead of a final: it was seen in several frames and no text is believed
arrived      it stands: with the final if that comes later, else as a stay
departed     it stood, and is gone
===========  ==============================================================================================

A vehicle that stands and was hidden for long is read anew, since it may be another: the final that follows is marked
``again``. State kept: three flags per track; no text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_alpr.passes import Sighting, Stay, Unread
from edge_alpr.vision.course import CourseSettings, travel_of
from edge_alpr.vision.zones import Zones, ZoneSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.passes import Finding, Presence, Travel
    from edge_alpr.types import Track
    from edge_alpr.vision.track import TrackSettings
    from edge_alpr.vision.witness import Witness


@dataclass(slots=True)
class _Told:
    decided: bool = False
    sighted: bool = False
    """Whether a final was told."""
    arrived: bool = False
    returns: int = 0


class Teller:
    """Says each thing about a pass once."""

    def __init__(
        self,
        witness: Witness,
        tracking: TrackSettings,
        course: CourseSettings | None = None,
        zones: Zones | None = None,
    ) -> None:
        self._witness = witness
        self._tracking = tracking
        self._course = course or CourseSettings()
        self._zones = zones or Zones(ZoneSettings())
        self._told: dict[int, _Told] = {}
        self.passes: Counter[str] = Counter()
        """How passes ended since it was last cleared: seen, read, agreed, unread_ and the reason; brief."""

    def tell(
        self, tracks: Iterable[Track], now_s: float, frame_wh: tuple[int, int], camera: str
    ) -> list[Finding]:
        """What is new about these tracks at ``now_s``; those that are lost are forgotten."""
        found: list[Finding] = []
        for track in tracks:
            told = self._told.setdefault(track.track_id, _Told())
            if track.returns > told.returns:
                told.returns, told.decided = track.returns, False
                self._witness.reopen(track)
            finding = self._plate(track, told, now_s, frame_wh, camera)
            if finding is not None:
                found.append(finding)
            stay = self._stay(track, told, frame_wh, camera)
            if stay is not None:
                found.append(stay)
            if track.state == "lost":
                self._witness.close(track)
                del self._told[track.track_id]
        return found

    def _plate(
        self, track: Track, told: _Told, now_s: float, frame_wh: tuple[int, int], camera: str
    ) -> Sighting | Unread | None:
        if told.decided or track.state == "tentative":
            return None
        over = track.state == "lost"
        if not over and not self._witness.is_settled(track, now_s):
            early = self._witness.believe(track, frame_wh, camera)
            return None if early is None else self._place(early, track, frame_wh)
        told.decided = True
        least = self._tracking.min_detections
        finding = self._witness.decide(track, frame_wh, camera, least_reads=least)
        if finding is None or track.detections < least:
            self.passes["brief"] += 1  # one bad frame must not decide
            return None
        if isinstance(finding, Unread):
            return self._unread(finding, track, told, frame_wh)
        again = told.returns > 0
        self._count(finding, again=again)
        told.sighted = True
        stands = not over and self._stands(track)
        told.arrived |= stands
        presence: Presence = "arrived" if stands else "passed"
        return replace(self._place(finding, track, frame_wh), presence=presence, again=again)

    def _unread(
        self, finding: Unread, track: Track, told: _Told, frame_wh: tuple[int, int]
    ) -> Unread | None:
        if told.returns > 0:
            return None  # it was read, or counted as unread, before it was hidden
        self.passes["seen"] += 1
        self.passes[f"unread_{finding.reason}"] += 1
        lane = self._zones.lane_of(finding.detection, frame_wh)
        return replace(finding, travel=self._travel(track, frame_wh), lane=lane)

    def _stay(
        self, track: Track, told: _Told, frame_wh: tuple[int, int], camera: str
    ) -> Stay | None:
        over = track.state == "lost"
        if not told.sighted:
            return None
        if over is not told.arrived or (not over and not self._stands(track)):
            return None
        told.arrived = True
        return Stay(
            track_id=track.track_id,
            presence="departed" if over else "arrived",
            first=track.first,
            last=track.last,
            frames=track.detections,
            travel=self._travel(track, frame_wh),
            camera=camera,
        )

    def _count(self, sighting: Sighting, *, again: bool) -> None:
        if again:
            self.passes["again"] += 1
            return
        self.passes["seen"] += 1
        self.passes["read"] += 1
        self.passes["agreed"] += sighting.vote.agree >= 2

    def _place(self, sighting: Sighting, track: Track, frame_wh: tuple[int, int]) -> Sighting:
        lane = self._zones.lane_of(sighting.best.detection, frame_wh)
        return replace(sighting, travel=self._travel(track, frame_wh), lane=lane)

    def _travel(self, track: Track, frame_wh: tuple[int, int]) -> Travel:
        return travel_of(track, frame_wh, self._course, self._tracking.standing_s)

    def _stands(self, track: Track) -> bool:
        return track.still_s >= self._tracking.standing_s
