"""REL-15: a board that heats up by its work, and one that is hot whatever it does, on a simulated sensor.

The frame rate degrades in steps and never to nothing, the unit says so, and it does not go to and fro. The board is a
model of one time constant; nothing here was measured on a Raspberry Pi.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest

from edge_alpr.ops.board import BoardState
from edge_alpr.ops.thermal import STEPS, ThermalGovernor, ThermalSettings
from edge_alpr.types import Moment

if TYPE_CHECKING:
    from faults.conftest import Publish

_CAMERA_FPS: Final = 30.0
_TAU_S: Final = 180.0
_FULL_C: Final = 40.0
"""So much warmer than the air a board gets at full work; a fifth of it idle."""
_LOOK_S: Final = 2.0
_HELD_BACK: Final = 1 << 2


@dataclass(slots=True)
class _Day:
    """What happened, look by look."""

    degrees: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    said: list[str | None] = field(default_factory=list)


def _day(air_c: float, seconds: float, *, firmware: bool) -> _Day:
    governor, day, degrees = ThermalGovernor(ThermalSettings()), _Day(), air_c
    for look in range(int(seconds / _LOOK_S)):
        work = min(governor.step.most_fps, _CAMERA_FPS) / _CAMERA_FPS
        goal = air_c + _FULL_C * (0.2 + 0.8 * work)
        degrees += (goal - degrees) * (1 - math.exp(-_LOOK_S / _TAU_S))
        bits = _HELD_BACK if firmware and degrees >= 80.0 else 0
        governor.update(BoardState(degrees, bits), Moment(_LOOK_S * look, 0.0))
        day.degrees.append(degrees)
        day.steps.append(STEPS.index(governor.step))
        day.said.append(governor.trouble)
    return day


@pytest.mark.parametrize("firmware", [False, True])
@pytest.mark.parametrize("air_c", [25.0, 45.0, 48.0, 55.0, 65.0])
def test_a_board_does_less_in_steps_and_never_nothing(
    air_c: float, firmware: bool, publish: Publish
) -> None:
    day = _day(air_c, 6 * 3600.0, firmware=firmware)
    hot = [degrees >= 80.0 for degrees in day.degrees]
    # Said at the first look at which it is hot; the status follows within 3 s (runtime.status_s, health.status_s).
    if any(hot):
        assert day.said[hot.index(True)] is not None
    else:
        assert set(day.steps) == {0}
    assert all(
        (step > 0) == (said is not None) for step, said in zip(day.steps, day.said, strict=True)
    )
    moves = [after - before for before, after in pairwise(day.steps)]
    if max(day.degrees) < 85.0:
        assert set(moves) <= {-1, 0, 1}
    assert min(STEPS[step].most_fps for step in day.steps) >= 2.0
    up = [look for look, move in enumerate(moves) if move < 0]
    assert all(b - a >= 60.0 / _LOOK_S for a, b in pairwise(up))
    # A board at the edge tries the step that was too much after 1, 2, 4 ... 60 minutes: 11 times in 6 hours.
    flips = sum((a is None) != (b is None) for a, b in pairwise(day.said))
    assert flips <= 24
    if air_c + _FULL_C * 0.2 + 3 < 80.0:
        assert max(day.degrees) < 85.0  # there is a step that holds it
    publish(
        "REL-15",
        f"air {air_c:g} °C{', firmware holds back' if firmware else ''}",
        hottest_c=round(max(day.degrees), 1),
        deepest_step=max(day.steps),
        moves=sum(move != 0 for move in moves),
        status_changes=flips,
        looked_share=round(
            sum(min(STEPS[s].most_fps, _CAMERA_FPS) for s in day.steps)
            / (_CAMERA_FPS * len(day.steps)),
            3,
        ),
    )


def test_without_the_governor_the_same_board_would_pass_85_degrees() -> None:
    """The control: the model is hot enough to need it."""
    assert 55.0 + _FULL_C > 85.0
