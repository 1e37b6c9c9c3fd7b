"""This file decides how much the unit does while it is hot: less in steps, never nothing (REL-15).

A Raspberry Pi slows its processor from 80 degrees on, at its own choice of moment; it is better to look at fewer frames
than to look at all of them late. The decision knows no sensor and no clock: both are told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from annotated_types import Ge, Le

from edge_alpr.errors import OptionError

if TYPE_CHECKING:
    from edge_alpr.ops.board import BoardState
    from edge_alpr.types import Moment


@dataclass(frozen=True, slots=True)
class Step:
    """How much is done."""

    most_fps: float
    """At most so many frames a second are looked at."""
    closer_looks: int | None
    """As `DetectSettings.closer_looks`; None for what is configured."""


STEPS: Final = (
    Step(math.inf, None),
    Step(15.0, None),
    Step(8.0, 0),
    Step(4.0, 0),
    Step(2.0, 0),
)
"""From all to least. Two frames a second still see a vehicle at walking pace or in a queue."""
RELAPSE_S: Final = 3600.0
"""A step up after which it is hot again within so long was too much: it is tried half as often, at last so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalSettings:
    """Doing less while the board is hot."""

    hot_c: Annotated[float, Ge(30), Le(110)] = 80.0
    """From so many degrees Celsius on less is done, a step at a time. A Raspberry Pi slows down from 80 on."""
    cool_c: Annotated[float, Ge(20), Le(110)] = 75.0
    """Below it more is done again. Between the two nothing changes."""
    hottest_c: Annotated[float, Ge(30), Le(120)] = 85.0
    """From here on only the least is done, at once."""
    worse_s: Annotated[float, Ge(1), Le(600)] = 15.0
    """So long a step is tried before the next one down."""
    better_s: Annotated[float, Ge(1), Le(3600)] = 60.0
    """So long it must have been cool before the next one up; twice as long each time that this made it hot again, up
    to an hour."""

    def __post_init__(self) -> None:
        """That the three are in order.

        Raises:
            OptionError: they are not.
        """
        if not self.cool_c < self.hot_c <= self.hottest_c:
            raise OptionError("hot_c", "must be above cool_c and not above hottest_c")


class ThermalGovernor:
    """Moves between `STEPS`. One thread calls `update`; `step` may be read by any."""

    def __init__(self, settings: ThermalSettings) -> None:
        self._settings = settings
        self._level = 0
        self._worse_s = -math.inf
        self._cool_since_s: float | None = None
        self._rose_s = -math.inf
        self._waits_s = [settings.better_s] * len(STEPS)
        self._state: BoardState | None = None

    @property
    def step(self) -> Step:
        """What holds now."""
        return STEPS[self._level]

    @property
    def trouble(self) -> str | None:
        """In words, while less is done than could be."""
        if not self._level:
            return None
        degrees = None if self._state is None else self._state.temperature_c
        told = "held back by its firmware" if degrees is None else f"{degrees:.0f} °C"
        return f"hot ({told}): at most {self.step.most_fps:g} frames a second are looked at"

    def update(self, state: BoardState, now: Moment) -> None:
        """Take a look at the board. What is not known is not taken for cool."""
        self._state = state
        degrees, settings = state.temperature_c, self._settings
        if degrees is not None and degrees >= settings.hottest_c:
            self._to(len(STEPS) - 1, now)
        elif state.held_back or (degrees is not None and degrees >= settings.hot_c):
            self._cool_since_s = None
            if now.mono_s >= self._worse_s + settings.worse_s:
                self._to(self._level + 1, now)
        elif _is_unsure(state, settings.cool_c):
            self._cool_since_s = None
        elif self._cool_since_s is None:
            self._cool_since_s = now.mono_s
        elif self._level and now.mono_s >= self._cool_since_s + self._waits_s[self._level - 1]:
            self._level -= 1
            self._rose_s = self._cool_since_s = now.mono_s

    def described(self) -> dict[str, Any]:
        """For the health report: 0 is all, ``of`` the least."""
        most = self.step.most_fps
        return {
            "step": self._level,
            "of": len(STEPS) - 1,
            "most_fps": None if math.isinf(most) else most,
        }

    def _to(self, level: int, now: Moment) -> None:
        before, self._level = self._level, min(level, len(STEPS) - 1)
        if before < self._level:
            least, wait_s = self._settings.better_s, self._waits_s[before]
            relapsed = now.mono_s < self._rose_s + RELAPSE_S
            # Else a board that is just too warm for a step would go to and fro all day, and its status with it.
            self._waits_s[before] = max(least, min(2 * wait_s, RELAPSE_S)) if relapsed else least
        self._worse_s = now.mono_s
        self._cool_since_s = None


def _is_unsure(state: BoardState, cool_c: float) -> bool:
    """Whether it is neither hot nor surely cool."""
    if state.temperature_c is None:
        return state.bits is None
    return state.temperature_c >= cool_c


class Pace:
    """Which frames are looked at when not all are. Used by the vision thread."""

    def __init__(self) -> None:
        self._next_s = -math.inf

    def lets(self, frame_s: float, most_fps: float) -> bool:
        """Whether a frame of that instant is looked at, so that at most ``most_fps`` are, evenly over time."""
        if math.isinf(most_fps):
            self._next_s = -math.inf
            return True
        every_s = 1.0 / most_fps
        # A frame that comes a little early counts as on time: cameras jitter.
        if frame_s < self._next_s - 0.1 * every_s:
            return False
        late_s = frame_s - self._next_s
        self._next_s = frame_s + every_s if late_s > every_s else self._next_s + every_s
        return True
