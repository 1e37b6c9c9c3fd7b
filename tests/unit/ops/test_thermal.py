"""The thermal governor: its states, what moves it, and what does not."""

from __future__ import annotations

import math

import pytest

from edge_alpr.errors import OptionError
from edge_alpr.ops.board import BoardState
from edge_alpr.ops.thermal import STEPS, Pace, ThermalGovernor, ThermalSettings
from edge_alpr.types import Moment

_SETTINGS = ThermalSettings()
_HELD_BACK = 1 << 2
_LAST = len(STEPS) - 1


class _Unit:
    """A governor that is told something every two seconds."""

    def __init__(self) -> None:
        self.governor = ThermalGovernor(_SETTINGS)
        self._now_s = 1000.0

    def told(self, degrees: float | None, bits: int | None = 0, *, seconds: float = 2.0) -> int:
        """The step after so many seconds of it."""
        end_s = self._now_s + seconds
        while self._now_s < end_s:
            self._now_s += 2.0
            self.governor.update(BoardState(degrees, bits), Moment(self._now_s, 0.0))
        return STEPS.index(self.governor.step)


def test_a_cool_board_does_all() -> None:
    unit = _Unit()
    assert unit.told(60.0, seconds=600) == 0
    assert unit.governor.trouble is None
    assert unit.governor.described() == {"step": 0, "of": _LAST, "most_fps": None}


def test_heat_is_answered_at_the_first_look_and_then_a_step_at_a_time() -> None:
    unit = _Unit()
    assert unit.told(81.0) == 1
    assert unit.told(81.0, seconds=_SETTINGS.worse_s - 3) == 1
    assert unit.told(81.0, seconds=4) == 2
    assert unit.told(81.0, seconds=10 * _SETTINGS.worse_s) == _LAST
    assert STEPS[_LAST].most_fps > 0
    assert unit.governor.trouble == "hot (81 °C): at most 2 frames a second are looked at"


def test_the_hottest_is_answered_at_once_by_the_least() -> None:
    assert _Unit().told(_SETTINGS.hottest_c) == _LAST


def test_a_firmware_that_holds_back_is_heat_whatever_the_sensor_says() -> None:
    unit = _Unit()
    assert unit.told(60.0, _HELD_BACK) == 1
    assert unit.told(None, _HELD_BACK, seconds=2 * _SETTINGS.worse_s) >= 2
    assert "held back by its firmware" in (unit.governor.trouble or "")


def test_between_hot_and_cool_nothing_changes() -> None:
    unit = _Unit()
    unit.told(81.0)
    assert unit.told(77.0, seconds=3600) == 1


def test_more_is_done_again_a_step_at_a_time_and_only_after_a_while() -> None:
    unit = _Unit()
    unit.told(90.0)
    assert unit.told(70.0, seconds=_SETTINGS.better_s) == _LAST
    assert unit.told(70.0, seconds=4) == _LAST - 1
    assert unit.told(70.0, seconds=(_LAST + 1) * _SETTINGS.better_s) == 0


def test_a_moment_of_warmth_begins_the_wait_anew() -> None:
    unit = _Unit()
    unit.told(81.0)
    unit.told(70.0, seconds=_SETTINGS.better_s - 4)
    unit.told(76.0)
    assert unit.told(70.0, seconds=_SETTINGS.better_s) == 1
    assert unit.told(70.0, seconds=4) == 0


def test_a_sensor_that_is_lost_is_not_taken_for_cool() -> None:
    unit = _Unit()
    unit.told(81.0)
    assert unit.told(None, None, seconds=3600) == 1
    assert unit.told(None, 0, seconds=_SETTINGS.better_s + 4) == 0  # the firmware still answers


def test_a_board_without_sensors_does_all() -> None:
    assert _Unit().told(None, None, seconds=3600) == 0


def test_limits_out_of_order_are_refused() -> None:
    for wrong in ({"cool_c": 80.0}, {"hot_c": 86.0}):
        with pytest.raises(OptionError):
            ThermalSettings(**wrong)


@pytest.mark.parametrize(("camera_fps", "most_fps"), [(30, 15), (25, 8), (30, 4), (10, 2), (30, 2)])
def test_so_many_frames_are_looked_at_and_no_more(camera_fps: int, most_fps: int) -> None:
    pace = Pace()
    looked = sum(pace.lets(n / camera_fps, most_fps) for n in range(60 * camera_fps))
    assert looked == pytest.approx(60 * most_fps, abs=2)


def test_a_slow_camera_loses_nothing_to_a_faster_bound() -> None:
    pace = Pace()
    assert all(pace.lets(n / 10 + (0.004 if n % 2 else 0.0), 10.0) for n in range(100))


def test_without_a_bound_every_frame_is_looked_at_at_once() -> None:
    pace = Pace()
    assert pace.lets(0.0, 2.0)
    assert not pace.lets(0.1, 2.0)
    assert pace.lets(0.11, math.inf)
    assert pace.lets(0.12, math.inf)


def test_a_step_that_was_too_much_is_tried_less_often_until_it_holds() -> None:
    unit = _Unit()

    def looks_until_up() -> int:
        assert unit.told(81.0) == 1
        return next(look for look in range(4000) if unit.told(60.0) == 0)

    waits = [looks_until_up() for _ in range(8)]
    assert waits[1] > 1.9 * waits[0]
    assert waits == sorted(waits)
    assert waits[-1] == 1800  # an hour, in looks of two seconds
    unit.told(60.0, seconds=3600)
    assert looks_until_up() == waits[0]
