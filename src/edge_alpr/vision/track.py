"""This file follows plates from frame to frame: detections over time -> tracks.

Own code of the SORT family (Bewley et al. 2016): each track predicts its place from its speed, and pairs of track and
detection are matched greedily, nearest first. A fast plate does not overlap its last place, so nearness is measured in
plate sizes, not by overlap. Everything is counted in seconds: a small board's frame rate changes with its temperature.
State kept: the tracks. Cost: a handful of comparisons per frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Gt, Le

from edge_alpr.types import Moment, Track

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.types import Detection, TrackState

SIZE_RATIO_LIMIT = 1.8
"""A plate does not become so much wider or narrower between two looks."""
SPEED_MEMORY = 0.5
"""Share of the old speed kept when a new one is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """Following plates from frame to frame."""

    max_gap_s: Annotated[float, Ge(0.01), Le(60)] = 1.0
    """A vehicle is gone when its plate was not found for so long."""
    min_detections: Annotated[int, Ge(1), Le(20)] = 2
    """A plate found and read in fewer frames is not believed. Set it to 1 for single photographs."""
    reach_plates: Annotated[float, Gt(0), Le(20)] = 1.5
    """How far from where it is expected a plate may be found, in plate widths."""
    first_reach_plates: Annotated[float, Gt(0), Le(20)] = 3.0
    """The same while its speed is not known yet."""


@dataclass(slots=True)
class _Path:
    """The tracker's own notes on one track."""

    track: Track
    speed: tuple[float, float] | None = None
    """Pixels per second."""
    unseen_s: float = 0.0
    """How long it was looked for in vain. Time in which nobody looked does not count."""

    def expected(self, now: Moment) -> tuple[float, float]:
        x, y = self.track.detection.box.centre
        if self.speed is None:
            return x, y
        elapsed = now.mono_s - self.track.last.mono_s
        return x + self.speed[0] * elapsed, y + self.speed[1] * elapsed

    def distance(self, detection: Detection, now: Moment) -> float:
        """Distance in plate widths between the expected and the found place; infinite if the sizes do not fit."""
        old, new = self.track.detection.box, detection.box
        ratio = new.width / max(old.width, 1e-6)
        if not 1 / SIZE_RATIO_LIMIT <= ratio <= SIZE_RATIO_LIMIT:
            return math.inf
        return math.dist(self.expected(now), new.centre) / max(old.width, new.width)

    def follow(self, detection: Detection, now: Moment) -> None:
        elapsed = now.mono_s - self.track.last.mono_s
        if elapsed > 0:
            (x0, y0), (x1, y1) = self.track.detection.box.centre, detection.box.centre
            fresh = (x1 - x0) / elapsed, (y1 - y0) / elapsed
            kept = SPEED_MEMORY if self.speed is not None else 0.0
            old = self.speed or (0.0, 0.0)
            self.speed = (
                kept * old[0] + (1 - kept) * fresh[0],
                kept * old[1] + (1 - kept) * fresh[1],
            )


class Tracker:
    """Keeps the tracks of one camera."""

    def __init__(self, settings: TrackSettings) -> None:
        self.settings = settings
        self._paths: list[_Path] = []
        self._next_id = 1
        self._looked: Moment | None = None

    @property
    def tracks(self) -> list[Track]:
        """What is followed, as of the last frame that was looked at."""
        return [path.track for path in self._paths]

    def update(self, detections: Sequence[Detection], now: Moment) -> list[Track]:
        """Take the detections of one frame.

        Returns:
            All tracks: those seen now, those waiting to be seen again, and, for the last time and as ``lost``, those
            looked for in vain for longer than ``max_gap_s``.
        """
        lost, alive = [], []
        for path in self._paths:
            path.unseen_s += self._since(now)
            if path.unseen_s > self.settings.max_gap_s:
                lost.append(replace(path.track, state="lost", seen_now=False))
            else:
                alive.append(path)
        self._paths = alive
        self._looked = now
        self._match(detections, now)
        return lost + self.tracks

    def hold(self, now: Moment) -> None:
        """This frame was not looked at: nothing moved, so nothing left, and what had a speed has stopped."""
        for path in self._paths:
            path.speed = (0.0, 0.0)
        self._looked = now

    def _since(self, now: Moment) -> float:
        return 0.0 if self._looked is None else max(0.0, now.mono_s - self._looked.mono_s)

    def flush(self) -> list[Track]:
        """End all tracks, for the end of the material."""
        tracks = [replace(path.track, state="lost", seen_now=False) for path in self._paths]
        self._paths = []
        return tracks

    def _match(self, detections: Sequence[Detection], now: Moment) -> None:
        pairs = []
        for p, path in enumerate(self._paths):
            reach = (
                self.settings.first_reach_plates
                if path.speed is None
                else self.settings.reach_plates
            )
            for d, detection in enumerate(detections):
                distance = path.distance(detection, now)
                if distance <= reach:
                    pairs.append((distance, p, d))
        pairs.sort()
        used_paths: set[int] = set()
        used_detections: set[int] = set()
        for _, p, d in pairs:
            if p in used_paths or d in used_detections:
                continue
            used_paths.add(p)
            used_detections.add(d)
            path = self._paths[p]
            path.follow(detections[d], now)
            path.track = self._seen(path.track, detections[d], now)
            path.unseen_s = 0.0
        for p, path in enumerate(self._paths):
            if p not in used_paths and path.track.seen_now:
                path.track = replace(path.track, seen_now=False)
        for d, detection in enumerate(detections):
            if d not in used_detections:
                self._paths.append(_Path(self._start(detection, now)))

    def _state(self, detections: int) -> TrackState:
        return "confirmed" if detections >= self.settings.min_detections else "tentative"

    def _start(self, detection: Detection, now: Moment) -> Track:
        track = Track(self._next_id, self._state(1), detection, now, now, 1, seen_now=True)
        self._next_id += 1
        return track

    def _seen(self, track: Track, detection: Detection, now: Moment) -> Track:
        count = track.detections + 1
        return replace(
            track,
            state=self._state(count),
            detection=detection,
            last=now,
            detections=count,
            seen_now=True,
        )
