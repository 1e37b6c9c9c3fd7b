"""This file decides whether a frame is worth a detector run: something moved, or it is time for a look anyway.

The frame is reduced to 160 pixels width and compared with a slowly following background. A change of the light as a
whole is taken out first, and what counts as a change follows the noise of the picture, so that a faint plate at night
opens the gate and grain does not. The gate can not silence the unit: it opens at least every ``probe_s``, and a plate
that only such a probe found is counted as missed and keeps it open (`found`): so the unit knows what its gate costs it.
State kept: the background and when it last opened. Cost: one area resize and a few operations on 160 x 90 pixels; a
camera that scales by itself (`Frame.small`) saves most of the resize.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cv2
import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

if TYPE_CHECKING:
    from edge_alpr.types import Frame

WIDTH = 160
FOLLOW_S = 2.0
"""Time in which the background takes over about two thirds of a change."""
NOISE_SIGMAS = 5.0
"""A change must stand out from the noise by so many standard deviations: one pixel in two million does by chance."""
NORMAL_MAD = 1.4826
"""Standard deviation of normal noise over its median absolute deviation."""

Opening: TypeAlias = Literal["shut", "motion", "probe"]
"""Whether and why a frame is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettings:
    """Skipping the detector while nothing moves."""

    enabled: bool = True
    """Turn it off to run the detector on every frame."""
    min_change: Annotated[float, Gt(0), Le(255)] = 6.0
    """A pixel counts as changed when its brightness differs from the background by more than this (0 to 255), and by
    more than the picture's noise."""
    min_area_ratio: Annotated[float, Gt(0), Le(1)] = 0.0008
    """The gate opens when at least this share of the picture has changed: 0.0008 is a plate 60 pixels
    wide at 720p."""
    hold_s: Annotated[float, Ge(0), Le(60)] = 2.0
    """How long it stays open after the last change. Longer than passes.settle_s, or a vehicle that stops is decided
    only when it leaves."""
    probe_s: Annotated[float, Ge(0.01), Le(60)] = 0.5
    """It opens at least this often even if nothing seems to move: so often that a passing vehicle meets a probe."""


class MotionGate:
    """Remembers the background of one camera."""

    def __init__(self, settings: MotionSettings) -> None:
        self._settings = settings
        self._background: NDArray[np.float32] | None = None
        self._seen_s = 0.0
        self._moved_s = float("-inf")
        self._opened_s = float("-inf")

    def look(self, frame: Frame) -> Opening:
        """Whether the detector should look at this frame, and why. Frames must come in order of time."""
        if not self._settings.enabled:
            return "motion"
        now = frame.at.mono_s
        if self._has_changed(frame):
            self._moved_s = now
        moving = now - self._moved_s <= self._settings.hold_s
        if not moving and now - self._opened_s < self._settings.probe_s:
            return "shut"
        self._opened_s = now
        return "motion" if moving else "probe"

    def found(self, at_s: float) -> None:
        """A probe found what no motion had told of: stay open as for motion."""
        self._moved_s = at_s

    def _has_changed(self, frame: Frame) -> bool:
        seen = frame.luma if frame.small is None else frame.small
        size = (WIDTH, max(1, round(seen.shape[0] * WIDTH / seen.shape[1])))
        small = cv2.resize(seen, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._background = self._background, small
        if before is None or before.shape != small.shape:
            self._seen_s = frame.at.mono_s
            return True
        elapsed = max(0.0, frame.at.mono_s - self._seen_s)
        self._seen_s = frame.at.mono_s
        difference = small - before
        difference -= np.median(difference)
        change = np.abs(difference)
        noise = NORMAL_MAD * float(np.median(change))
        limit = max(self._settings.min_change, NOISE_SIGMAS * noise)
        share = float(np.count_nonzero(change > limit)) / small.size
        follow = 1 - float(np.exp(-elapsed / FOLLOW_S))
        self._background = before + follow * (small - before)
        return share >= self._settings.min_area_ratio
