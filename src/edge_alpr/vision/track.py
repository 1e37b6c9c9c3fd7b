"""This file follows plates from frame to frame: detections over time -> tracks.

Own code of the SORT family (Bewley et al. 2016, arXiv 1602.00763): each track predicts its place and size from how it
moved, and all pairs of track and detection are matched at once (`assign`). A fast plate does not overlap its last
place, so nearness is measured in plate widths, not by overlap. Everything is counted in seconds, since a small board's
frame rate changes with its temperature: speeds, how far a plate of unknown speed may be, how long a search goes on.
A plate that stands still is waited for much longer than one that moves: who walks past must not make it leave.
State kept: the tracks, of each a few places. Cost: a handful of comparisons per frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Gt, Le

from edge_alpr.types import Moment, Track, Waypoint
from edge_alpr.vision.assign import assign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.types import Detection, TrackState

SIZE_RATIO_LIMIT = 2.0
"""A plate is not found so much wider or narrower than it was of late."""
WIDTH_MEMORY_S = 0.2
"""Time in which a new width takes over about two thirds: now and then a detector sees half a plate."""
SPEED_MEMORY_S = 0.1
"""Time in which a newly measured speed takes over about two thirds."""
HIDDEN_PLATES_S = 3.5
"""How much farther than expected a plate may be for each second it was hidden, in plate widths: it may brake."""
STILL_PLATES = 0.15
"""A plate that is farther from where it came to rest, in plate widths, moves again; a trembling box stays within."""
MOVES_AGAIN_S = 0.3
"""One that stood moves again when it was found elsewhere for so long: what hides half of it shifts its box as well."""
SLOWED = 0.6
"""What drives away becomes slower in the picture: it has left only if it would have at this share of its speed."""
OUT_OF_SIGHT_S = 0.25
"""A plate that must have left the picture is looked for no longer than this."""
STANDING_REACH_PLATES = 0.6
"""How far from its place one that stood may be found after it was hidden: what drives past is mostly farther."""
MOST_WAYPOINTS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """Following plates from frame to frame."""

    max_gap_s: Annotated[float, Gt(0), Le(60)] = 1.0
    """A moving vehicle is gone when its plate was not found for so long."""
    standing_gap_s: Annotated[float, Gt(0), Le(3600)] = 60.0
    """The same for one that stands: longer than people and vehicles in front of it hide it."""
    standing_s: Annotated[float, Gt(0), Le(60)] = 1.5
    """A vehicle stands when it has not moved for so long. Not longer than passes.settle_s, or one that arrives is told
    of twice."""
    min_detections: Annotated[int, Ge(1), Le(1000)] = 2
    """A plate found and read in fewer frames is not believed. Set it to 1 for single photographs."""
    reach_plates: Annotated[float, Gt(0), Le(100)] = 1.5
    """How far from where it is expected a plate may be found, in plate widths."""
    fastest_plates_s: Annotated[float, Gt(0), Le(1000)] = 40.0
    """How fast a plate may be whose speed is not known yet, in its widths per second: 40 are 75 km/h straight across
    the picture for a European plate. Faster ones become two tracks."""


@dataclass(slots=True)
class _Path:
    """The tracker's own notes on one track."""

    track: Track
    rest: Waypoint
    """Where and since when it has been within `STILL_PLATES`."""
    vain_from_s: float
    """Since when it was looked for in vain. Time in which nobody looked does not count while it was there before."""
    width: float
    """Of late, in pixels."""
    course: list[Waypoint] = field(default_factory=list)
    speed: tuple[float, float] | None = None
    """Pixels per second."""
    standing: bool = False
    away_s: float | None = None
    """Since when it is not where it came to rest."""

    def expected(self, now_s: float) -> tuple[float, float]:
        elapsed = now_s - self.track.last.mono_s
        if self.standing and not self.track.seen_now:
            return self.rest.x, self.rest.y
        (x, y), (dx, dy) = self.track.detection.box.centre, self.speed or (0.0, 0.0)
        return x + dx * elapsed, y + dy * elapsed

    def has_left(self, now_s: float, frame_wh: tuple[int, int]) -> bool:
        """Whether it is not seen because it must be out of the picture."""
        here = self.track.detection.box.centre
        x, y = (a + SLOWED * (b - a) for a, b in zip(here, self.expected(now_s), strict=True))
        outside = not (0 <= x < frame_wh[0] and 0 <= y < frame_wh[1])
        return outside and now_s - self.vain_from_s > OUT_OF_SIGHT_S

    def reach(self, now_s: float, settings: TrackSettings) -> float:
        """How far from the expected place it may be, in plate widths."""
        elapsed = now_s - self.track.last.mono_s
        if self.standing and not self.track.seen_now:
            return STANDING_REACH_PLATES
        if self.speed is None:
            return settings.reach_plates + settings.fastest_plates_s * elapsed
        return settings.reach_plates + HIDDEN_PLATES_S * elapsed

    def distance(self, detection: Detection, now_s: float) -> float:
        """Distance in plate widths between the expected and the found place; infinite if the sizes do not fit."""
        width = max(detection.box.width, 1e-6)
        if not 1 / SIZE_RATIO_LIMIT <= width / self.width <= SIZE_RATIO_LIMIT:
            return math.inf
        return math.dist(self.expected(now_s), detection.box.centre) / max(self.width, width)

    def patience_s(self, settings: TrackSettings) -> float:
        return settings.standing_gap_s if self.standing else settings.max_gap_s

    def follow(self, detection: Detection, now_s: float) -> None:
        """Learn its speed, its width, and whether it moves."""
        before, here = self.track.detection.box, waypoint(detection, now_s)
        elapsed = now_s - self.track.last.mono_s
        if elapsed > 0:
            (x, y), kept = before.centre, math.exp(-elapsed / SPEED_MEMORY_S)
            dx, dy = (here.x - x) / elapsed, (here.y - y) / elapsed
            if self.speed is None:
                self.speed = dx, dy
            else:
                old_x, old_y = self.speed
                self.speed = kept * old_x + (1 - kept) * dx, kept * old_y + (1 - kept) * dy
            kept = math.exp(-elapsed / WIDTH_MEMORY_S)
            self.width = max(kept * self.width + (1 - kept) * here.width, 1e-6)
        self._rest(here)
        self.course.append(here)
        if len(self.course) > MOST_WAYPOINTS:
            self.course = [*self.course[:-1:2], here]

    def _rest(self, here: Waypoint) -> None:
        away = math.dist((here.x, here.y), (self.rest.x, self.rest.y)) / self.width
        if away <= STILL_PLATES:
            self.away_s = None
            return
        if self.away_s is None:
            self.away_s = here.at_s
        if self.standing:
            if here.at_s - self.away_s < MOVES_AGAIN_S:
                return
            # It stood and drives on: another leg of its way.
            self.course = [point for point in self.course if point.at_s >= self.away_s]
        self.rest, self.away_s = here, None


class Tracker:
    """Keeps the tracks of one camera."""

    def __init__(self, settings: TrackSettings) -> None:
        self.settings = settings
        self._paths: list[_Path] = []
        self._next_id = 1

    @property
    def tracks(self) -> list[Track]:
        """What is followed, as of the last frame that was looked at."""
        return [path.track for path in self._paths]

    def update(
        self,
        detections: Sequence[Detection],
        now: Moment,
        frame_wh: tuple[int, int] | None = None,
    ) -> list[Track]:
        """Take the detections of one frame; with its size, a plate that must have left it ends early.

        Returns:
            All tracks: those seen now, those waiting to be seen again, and, for the last time and as ``lost``, those
            looked for in vain for longer than ``max_gap_s``, or ``standing_gap_s`` where they stood.
        """
        lost, alive = [], []
        for path in self._paths:
            over = now.mono_s - path.vain_from_s > path.patience_s(self.settings)
            if over or (frame_wh is not None and path.has_left(now.mono_s, frame_wh)):
                lost.append(replace(path.track, state="lost", seen_now=False))
            else:
                alive.append(path)
        self._paths = alive
        self._match(detections, now)
        return lost + self.tracks

    def hold(self, now: Moment) -> None:
        """This frame was not looked at: nothing moved, so nothing left, and what had a speed has stopped."""
        for path in self._paths:
            path.speed = (0.0, 0.0)
            if path.track.seen_now:
                path.vain_from_s = now.mono_s

    def flush(self) -> list[Track]:
        """End all tracks, for the end of the material."""
        tracks = [replace(path.track, state="lost", seen_now=False) for path in self._paths]
        self._paths = []
        return tracks

    def _match(self, detections: Sequence[Detection], now: Moment) -> None:
        costs = []
        for path in self._paths:
            reach = path.reach(now.mono_s, self.settings)
            distances = [path.distance(detection, now.mono_s) for detection in detections]
            # Squared: two that moved on by their distance are likelier than one that stood and one that leapt.
            costs.append([d * d if d <= reach else math.inf for d in distances])
        partners = dict(assign(costs))
        for number, path in enumerate(self._paths):
            if number in partners:
                self._see(path, detections[partners[number]], now)
            else:
                path.track = replace(path.track, seen_now=False)
        taken = set(partners.values())
        for number, detection in enumerate(detections):
            if number not in taken:
                self._start(detection, now)

    def _state(self, detections: int) -> TrackState:
        return "confirmed" if detections >= self.settings.min_detections else "tentative"

    def _start(self, detection: Detection, now: Moment) -> None:
        here = waypoint(detection, now.mono_s)
        track = Track(
            self._next_id, self._state(1), detection, now, now, 1, seen_now=True, course=(here,)
        )
        width = max(here.width, 1e-6)
        self._paths.append(_Path(track, here, now.mono_s, width, [here]))
        self._next_id += 1

    def _see(self, path: _Path, detection: Detection, now: Moment) -> None:
        path.follow(detection, now.mono_s)
        still_s = now.mono_s - path.rest.at_s
        path.standing = still_s >= self.settings.standing_s
        track, count = path.track, path.track.detections + 1
        hidden = not track.seen_now and now.mono_s - path.vain_from_s > self.settings.max_gap_s
        path.vain_from_s = now.mono_s
        path.track = replace(
            track,
            state=self._state(count),
            detection=detection,
            last=now,
            detections=count,
            seen_now=True,
            course=tuple(path.course),
            still_s=still_s,
            returns=track.returns + hidden,
        )


def waypoint(detection: Detection, at_s: float) -> Waypoint:
    """Where a detection is."""
    return Waypoint(at_s, *detection.box.centre, detection.box.width)
