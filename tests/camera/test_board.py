"""On a Raspberry Pi with a camera, by ``pytest -m hardware``: written from the documentation, not run yet."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.exposure import PlateMeter
from edge_alpr.capture.picamera import PicameraSource, load_library
from edge_alpr.capture.window import Window
from edge_alpr.ops.clock import SystemClock
from fixtures.virtual_camera import needs_board

if TYPE_CHECKING:
    from edge_alpr.types import Frame

pytestmark = [pytest.mark.hardware, needs_board]

SIZE: dict[str, Any] = {"width": 1280, "height": 720}
SETTLED = 30
"""Frames until a sensor has done what it was told."""


def taken(settings: PicameraSettings, number: int = 60, **parts: Any) -> list[Frame]:
    frames = PicameraSource(settings, SystemClock(), **parts).frames()
    seen = list(islice(frames, number))
    frames.close()  # type: ignore[attr-defined] # a generator
    return seen


def test_the_exposure_is_the_one_asked_for() -> None:
    for frame in taken(PicameraSettings(**SIZE, exposure_us=800))[SETTLED:]:
        assert frame.exposure_us == pytest.approx(800, rel=0.05)
        assert frame.gain is not None


def test_a_gain_that_is_held_is_held() -> None:
    for frame in taken(PicameraSettings(**SIZE, gain=2.0))[SETTLED:]:
        assert frame.gain == pytest.approx(2.0, rel=0.1)


def test_frames_come_at_the_pace_asked_for_and_are_fresh() -> None:
    clock = SystemClock()
    frames = taken(PicameraSettings(**SIZE, fps=20.0))
    steps = sorted(b.at.mono_s - a.at.mono_s for a, b in pairwise(frames))
    assert steps[len(steps) // 2] == pytest.approx(0.05, rel=0.1)
    assert clock.now().mono_s - frames[-1].at.mono_s < 2.0


def test_brightness_uses_its_whole_range() -> None:
    """Video's own range would end at 235, and nothing would ever count as burnt out."""
    frame = taken(PicameraSettings(**SIZE, exposure_us=30_000, gain=16.0))[-1]
    assert int(frame.luma.max()) > 240, "point it at something bright"


def test_a_window_shows_a_part() -> None:
    whole = taken(PicameraSettings(**SIZE))[-1].luma.astype(float)
    part = taken(PicameraSettings(**SIZE), window=Window(0.25, 0.25, 0.5))[-1].luma.astype(float)
    assert part.shape == whole.shape
    assert abs(part[::16, ::16] - whole[::16, ::16]).mean() > 1


def test_the_meter_moves_the_camera() -> None:
    meter = PlateMeter(longest_us=2000, most_gain=8.0)
    frames = taken(PicameraSettings(**SIZE, shutter="plates", exposure_us=2000), 200, meter=meter)
    assert all((frame.exposure_us or 0) <= 2000 * 1.05 for frame in frames[SETTLED:])
    levels = [float(frame.luma.mean()) for frame in frames[-10:]]
    assert max(levels) - min(levels) < 10, "it comes to rest on a scene that does not change"


def test_a_lens_that_can_be_driven_says_where_it_is() -> None:
    library = load_library()
    camera = library.open(0)
    driven = "LensPosition" in camera.camera_controls
    camera.close()
    if not driven:
        pytest.skip("this lens is turned by hand")
    frame = taken(PicameraSettings(**SIZE, focus="fixed", focus_m=5.0))[-1]
    assert frame.lens_dioptre == pytest.approx(0.2, abs=0.1)
