"""This file chooses exposure and gain by the plates that were seen, not by the scene around them.

A plate throws headlights and infrared lamps straight back: what suits the road burns it out by night, and a white car
in the sun leaves it dark. So the road leads and plates correct: from the road's brightness follows the exposure that it
needs (*need*), and from each plate how far away from that it would have been right (*lead*, one by day and one by
night, learnt, since plates come seldom and light changes meanwhile). The shutter is never longer than the bound against
motion blur; what is missing then is gain. All in stops, on linear light: the camera's gamma is taken out (about 2.2).

The idea is that of spot metering; the figures were chosen on a simulated sensor (tests/unit/capture/test_exposure.py,
with the real networks tests/integration/test_exposure_loop.py), and not on a road yet. State kept: five numbers and a
few plates' lights; no text, no picture.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.types import Frame, PlateLight

Profile: TypeAlias = Literal["day", "night"]

GAMMA: Final = 2.2
ROAD: Final = 0.36
"""Mean level that a road should have, 0..1: a photographer's middle grey, a little darker."""
PLATE: Final = 0.72
"""Level of a plate's bright parts: well below burning out, so that letters and glare keep their distance."""
BURNT: Final = 0.97
"""Brighter than this a level says nothing: the plate may be any amount too bright."""
FAINT: Final = 0.06
"""A crop of less contrast, that is not dark, is no plate worth metering."""
NIGHT_GAIN: Final = 6.0
"""It is night when the road would need more gain than this at the longest shutter."""
HYSTERESIS: Final = 1.0
"""Stops by which it must be clearer before it is day again."""
ROAD_S: Final = 8.0
"""Time in which two thirds of a change of the road's light is followed: headlights pass in less."""
LEARN: Final = 0.4
"""Share of a plate's correction that is taken."""
MOST_LEAD: Final = 8.0
FIRST_LEAD: Final[dict[Profile, float]] = {"day": -0.5, "night": -2.0}
"""Before the first plate: rather dark than burnt out."""
DEAD: Final = 0.2
"""Stops that are not worth a change of the camera's controls."""
SHORTEST_US: Final = 50.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a picture is to be taken."""

    us: float
    """Microseconds."""
    gain: float
    """1 and more."""

    @property
    def stops(self) -> float:
        """Binary logarithm of both together."""
        return math.log2(self.us * self.gain)


class PlateMeter:
    """Chooses for one camera. `hear` may be called by another thread than `step`."""

    def __init__(self, longest_us: float, most_gain: float) -> None:
        """``longest_us``: the bound against motion blur. ``most_gain``: the bound against noise."""
        self._longest_us = longest_us
        self._most_gain = most_gain
        self._heard: deque[PlateLight] = deque(maxlen=64)
        self._need: float | None = None
        self._seen_s = 0.0
        self._lead = dict(FIRST_LEAD)
        self._set: Exposure | None = None
        self.profile: Profile = "day"
        """What is in force."""

    def hear(self, plates: Iterable[PlateLight]) -> None:
        """What vision found: how plates were lit, and by which exposure."""
        self._heard.extend(plates)

    def step(self, frame: Frame) -> Exposure | None:
        """Take a frame in order of time. What is to be set, or None if nothing changes."""
        if frame.exposure_us is None or frame.gain is None or frame.exposure_us <= 0:
            return None
        taken = Exposure(frame.exposure_us, max(frame.gain, 1e-3))
        self._follow(_road_needs(frame, taken), frame.at.mono_s)
        while self._heard:
            self._learn(self._heard.popleft())
        wanted = self._within(self._wanted())
        if self._set is not None and abs(wanted - self._set.stops) < DEAD:
            return None
        self._set = self._split(wanted)
        return self._set

    def _follow(self, need: float, now_s: float) -> None:
        if self._need is None:
            self._need = need
        else:
            share = 1 - math.exp(-max(0.0, now_s - self._seen_s) / ROAD_S)
            self._need += share * (need - self._need)
        self._seen_s = now_s
        limit = math.log2(self._longest_us * NIGHT_GAIN)
        if self._need > limit:
            self.profile = "night"
        elif self._need < limit - HYSTERESIS:
            self.profile = "day"

    def _learn(self, plate: PlateLight) -> None:
        right = _plate_needs(plate)
        if right is None or self._need is None:
            return
        lead = self._lead[self.profile]
        correction = min(max(right - self._need - lead, -2.0), 2.0)
        self._lead[self.profile] = min(max(lead + LEARN * correction, -MOST_LEAD), MOST_LEAD)

    def _wanted(self) -> float:
        assert self._need is not None
        return self._need + self._lead[self.profile]

    def _within(self, stops: float) -> float:
        least, most = math.log2(SHORTEST_US), math.log2(self._longest_us * self._most_gain)
        return min(max(stops, least), most)

    def _split(self, stops: float) -> Exposure:
        """The shutter first, up to its bound; gain for the rest: blur that is allowed costs less than noise."""
        together: float = 2.0**stops
        us = min(together, self._longest_us)
        return Exposure(us, together / us)


def _road_needs(frame: Frame, taken: Exposure) -> float:
    """Stops that would have given the road its level."""
    seen = frame.luma[::16, ::16] if frame.small is None else frame.small[::2, ::2]
    level = min(max(float(seen.mean()) / 255, 0.004), 1.0)
    return taken.stops + GAMMA * math.log2(ROAD / level)


def _plate_needs(plate: PlateLight) -> float | None:
    """Stops that would have given the plate its level; None if it does not say."""
    if plate.contrast < FAINT and plate.bright > FAINT:
        return None
    taken = Exposure(plate.exposure_us, max(plate.gain, 1e-3)).stops
    if plate.bright >= BURNT:
        return taken - 1 - plate.glare  # how much too bright it was is not known: one stop or two
    return taken + GAMMA * math.log2(PLATE / max(plate.bright, 0.01))
