"""This file looks at frames for the aiming page: it runs vision over them, measures plates, and keeps the newest view.

Vision is the unit's own, with the gate open for every frame; what it decides is counted and thrown away: no text gets
here. Plates in the page's picture are made unreadable (`cover`): turning a camera needs numbers, not anybody's plate.
State: the last plates' numbers, counts of passes, one small picture. One thread looks; others read `view` as a whole.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from edge_alpr.aim.approach import fit_approach, focal_of, frames_in_zone
from edge_alpr.aim.judge import LEAST_STROKE_PX, as_json, judge
from edge_alpr.aim.measure import measure_plate
from edge_alpr.capture.mask import MaskSettings, burn
from edge_alpr.geometry import Luma, bounding_box, quad_size
from edge_alpr.vision.course import USUAL_VIEW_DEG

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.aim.measure import PlateMeasure
    from edge_alpr.config.settings import Config
    from edge_alpr.types import Frame, FrameReport, Track
    from edge_alpr.vision.pipeline import Pipeline
    from edge_alpr.vision.track import Tracker

LAST: Final = 15
"""So many measured plates make up the numbers, by their median."""
PAGE_WIDTH: Final = 960
CELLS: Final = 4
"""Rows of squares that a plate is covered with."""
QUALITY: Final = 75


@dataclass(frozen=True, slots=True)
class Aim:
    """What the technician said of the place."""

    speed_kmh: float
    plate_m: float
    """True width of a plate."""


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows: a JPEG, and the numbers that belong to it."""

    picture: bytes = b""
    numbers: dict[str, Any] = field(default_factory=dict)


class Eye:
    """Looks; `view` is replaced with every frame. `zones` may be set from another thread."""

    def __init__(self, aim: Aim, make: Callable[[Config], tuple[Pipeline, Tracker]]) -> None:
        """``make``: vision for a configuration, with the tracker in it."""
        self._aim, self._make = aim, make
        self._last: deque[dict[str, float | None]] = deque(maxlen=LAST)
        self._gaps: deque[float] = deque(maxlen=30)
        self._before_s: float | None = None
        self.passes: Counter[str] = Counter()
        self.best_blur: float | None = None
        self.view = View()
        self.wanted: Config | None = None
        self._config: Config | None = None

    def use(self, config: Config) -> None:
        """From the next frame on look by this configuration. May be called from any thread."""
        self.wanted = config

    def observe(self, report: FrameReport) -> None:
        """Take the counts of passes from vision."""
        self.passes.update(report.passes)

    def look(self, frame: Frame) -> None:
        """Take one frame."""
        wanted = self.wanted
        assert wanted is not None, "use comes first"
        if wanted is not self._config:
            self._pipeline, self._tracker = self._make(wanted)
            self._config = wanted
        if self._before_s is not None and frame.at.mono_s > self._before_s:
            self._gaps.append(frame.at.mono_s - self._before_s)
        self._before_s = frame.at.mono_s
        frame = burn(frame, MaskSettings(private=wanted.mask.private))
        self._pipeline.process(frame)
        tracks = [track for track in self._tracker.tracks if track.seen_now]
        measured = [(track, measure_plate(frame.luma, track.detection.corners)) for track in tracks]
        for track, plate in measured:
            self._last.append(self._numbers(track, plate, frame, wanted))
        self.view = View(self._picture(frame), self._tell(measured, frame))

    def reset_best(self) -> None:
        """Forget the best focus so far and the numbers it came from."""
        self.best_blur = None
        self._last.clear()

    def _numbers(
        self, track: Track, plate: PlateMeasure, frame: Frame, config: Config
    ) -> dict[str, float | None]:
        if plate.blur_px is not None:
            self.best_blur = min(plate.blur_px, self.best_blur or plate.blur_px)
        focal = focal_of(config.course.view_deg or USUAL_VIEW_DEG, frame.size_wh[0])
        way = fit_approach(track.course, frame.size_wh, focal)
        frames = None
        if way is not None and plate.stroke_px and self._gaps:
            frames = frames_in_zone(
                way,
                least_px=LEAST_STROKE_PX / plate.stroke_px * plate.width_px,
                plate_m=self._aim.plate_m,
                speed_kmh=self._aim.speed_kmh,
                fps=1 / median(self._gaps),
                lanes=[np.array(lane.polygon, np.float32) for lane in config.zones.lanes],
            )
        return {
            "stroke_px": plate.stroke_px,
            "width_px": plate.width_px,
            "blur_px": plate.blur_px,
            "angle_deg": None if way is None else way.angle_deg,
            "contrast": plate.contrast,
            "glare": plate.glare,
            "frames": frames,
        }

    def summary(self) -> dict[str, float | None]:
        """The median of each number over the last plates; None where no plate told it."""
        last = list(self._last)
        names = last[0].keys() if last else ()
        known = {n: [v for each in last if (v := each[n]) is not None] for n in names}
        return {name: median(values) if values else None for name, values in known.items()}

    def _tell(self, measured: list[tuple[Track, PlateMeasure]], frame: Frame) -> dict[str, Any]:
        wide, high = frame.size_wh
        boxes = [
            [[float(x) / wide, float(y) / high] for x, y in track.detection.corners]
            for track, _ in measured
        ]
        now = min((p.blur_px for _, p in measured if p.blur_px is not None), default=None)
        return {
            "sequence": frame.sequence,
            "size": [wide, high],
            "plates": boxes,
            "judged": as_json(judge(self.summary())),
            "measured": len(self._last),
            "focus": {"now": now, "best": self.best_blur},
            "fps": 1 / median(self._gaps) if self._gaps else None,
            "passes": {name: self.passes[name] for name in ("seen", "read", "agreed")},
        }

    def _picture(self, frame: Frame) -> bytes:
        luma = frame.luma.copy()
        for track in self._tracker.tracks:  # also where a plate was missed just now
            cover(luma, track)
        scale = min(1.0, PAGE_WIDTH / luma.shape[1])
        small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def cover(luma: Luma, track: Track) -> None:
    """Make a plate unreadable, in place: squares a quarter of its height wide."""
    more = 0.1 if track.seen_now else 0.5
    around = bounding_box(track.detection.corners).grow(more, more)
    inside = around.clamp(luma.shape[1], luma.shape[0])
    part = luma[int(inside.y1) : int(inside.y2) + 1, int(inside.x1) : int(inside.x2) + 1]
    if part.size == 0:
        return
    side = max(4.0, quad_size(track.detection.corners)[1] / CELLS)
    size = max(1, round(part.shape[1] / side)), max(1, round(part.shape[0] / side))
    coarse = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    part[:] = cv2.resize(coarse, part.shape[::-1], interpolation=cv2.INTER_NEAREST)
