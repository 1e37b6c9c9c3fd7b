"""The board's camera over a picamera2 that is not there: what is asked of it, and what becomes of its troubles."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.exposure import PlateMeter
from edge_alpr.capture.picamera import PicameraSource, load_library
from edge_alpr.capture.window import Window
from edge_alpr.errors import DriverError, SourceError
from edge_alpr.types import PlateLight
from fakes.manual_time import ManualClock
from fakes.picamera import MODULE_3, FakeBoard

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.types import Frame

SIZE: dict[str, Any] = {"width": 640, "height": 480}
GREY = np.full((480, 640), 90, np.uint8)


def source_on(
    board: FakeBoard,
    *,
    window: Window | None = None,
    meter: PlateMeter | None = None,
    **settings: Any,
) -> PicameraSource:
    return PicameraSource(
        PicameraSettings(**(SIZE | settings)),
        ManualClock(),
        window=window,
        meter=meter,
        library=board.library,
        since_boot=lambda: 1.0,
    )


def first(board: FakeBoard, **settings: Any) -> Frame:
    return next(source_on(board, **settings).frames())


def test_a_frame_says_how_it_was_taken() -> None:
    taken = {"ExposureTime": 980, "AnalogueGain": 4.0, "DigitalGain": 1.5, "LensPosition": 0.1}
    frame = first(FakeBoard([GREY], metadata=[taken]))
    assert frame.exposure_us == 980
    assert frame.gain == pytest.approx(6.0)
    assert frame.lens_dioptre == pytest.approx(0.1)


def test_a_sensor_without_a_lens_motor_says_nothing_of_it() -> None:
    assert first(FakeBoard([GREY])).lens_dioptre is None


def test_the_small_picture_is_the_same_one() -> None:
    picture = np.tile(np.arange(0, 240, dtype=np.uint8).repeat(2), (640, 1)).T.copy()
    frame = first(FakeBoard([picture]))
    assert frame.small is not None
    assert frame.small.shape == (240, 320)
    assert (np.diff(frame.small[:, 0].astype(int)) >= 0).all()


def test_the_time_is_that_of_the_middle_of_the_exposure() -> None:
    clock = ManualClock(mono_s=500.0, utc_s=2_000.0)
    board = FakeBoard([GREY], metadata=[{"SensorTimestamp": 70_000_000_000, "ExposureTime": 4000}])
    source = PicameraSource(
        PicameraSettings(**SIZE), clock, library=board.library, since_boot=lambda: 70.050
    )
    at = next(source.frames()).at
    assert at.mono_s == pytest.approx(500.0 - 0.050 + 0.002)
    assert at.utc_s == pytest.approx(2_000.0 - 0.050 + 0.002)


@pytest.mark.parametrize("stamp_s", [30.0, 71.0], ids=["too old", "of the future"])
def test_a_time_stamp_of_another_clock_is_not_believed(stamp_s: float) -> None:
    board = FakeBoard([GREY], metadata=[{"SensorTimestamp": int(stamp_s * 1e9)}])
    source = PicameraSource(
        PicameraSettings(**SIZE), ManualClock(500.0), library=board.library, since_boot=lambda: 70.0
    )
    assert next(source.frames()).at.mono_s == 500.0


def test_time_does_not_run_backwards_when_the_exposure_changes() -> None:
    taken = [
        {"SensorTimestamp": 990_000_000, "ExposureTime": 30_000},
        {"SensorTimestamp": 991_000_000, "ExposureTime": 100},
    ]
    frames = source_on(FakeBoard([GREY] * 2, metadata=taken)).frames()
    assert next(frames).at.mono_s <= next(frames).at.mono_s


def test_every_buffer_goes_back_at_once() -> None:
    board = FakeBoard([GREY] * 20)
    kept = []
    for number, frame in enumerate(source_on(board, buffers=2).frames()):
        kept.append(frame)
        assert board.openings[0].held == 0
        if number == 19:
            break
    assert all((frame.luma == 90).all() for frame in kept), "a view of a buffer was handed out"


def test_the_camera_is_asked_for_what_the_settings_say() -> None:
    board = FakeBoard([GREY])
    first(board, fps=25.0, exposure_us=800, focus="fixed", focus_m=8.0, flip_vertical=True)
    (camera,) = board.openings
    assert camera.asked["main"] == {"size": (640, 480), "format": "YUV420"}
    assert camera.asked["lores"] == {"size": (320, 240), "format": "YUV420"}
    assert camera.asked["raw"] is None
    assert camera.asked["transform"] == {"hflip": False, "vflip": True}
    assert camera.controls["FrameDurationLimits"] == (40_000, 40_000)
    assert camera.controls["ExposureTime"] == 800
    assert camera.controls["AnalogueGain"] == 0
    assert camera.controls["AfMode"] == 0
    assert camera.controls["LensPosition"] == pytest.approx(0.125)


def test_a_sensor_mode_is_asked_for_by_size_and_depth() -> None:
    board = FakeBoard([GREY])
    first(board, sensor_width=1456, sensor_height=1088, sensor_bits=10)
    assert board.openings[0].asked["sensor"] == {"output_size": (1456, 1088), "bit_depth": 10}


def test_a_control_that_the_sensor_lacks_is_said_once_and_not_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    without = {k: v for k, v in MODULE_3.items() if k not in {"AfMode", "LensPosition"}}
    board = FakeBoard([GREY], offer=without)
    source = source_on(board, focus="fixed")
    for _ in range(2):
        with pytest.raises(SourceError, match="no picture"):
            list(source.frames())
    said = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert said == [
        "camera 0: the focus cannot be set, the lens has no motor: turn it by hand, leave camera.focus out (no AfMode)"
    ]
    assert "LensPosition" not in board.openings[0].controls


def test_a_window_is_read_out_where_the_sensor_has_it() -> None:
    board = FakeBoard([GREY])
    source = source_on(board, window=Window(0.25, 0.5, 0.5), width=640, height=360)
    next(source.frames())
    assert board.openings[0].controls["ScalerCrop"] == (1152, 1296, 2304, 1296)


def test_both_streams_get_the_window_where_each_has_its_own() -> None:
    part = ((0, 0, 64, 64), (0, 0, 4608, 2592), (0, 0, 4608, 2592))
    board = FakeBoard([GREY], offer=MODULE_3 | {"ScalerCrops": part})
    next(source_on(board, window=Window(0.25, 0.5, 0.5), width=640, height=360).frames())
    assert board.openings[0].controls["ScalerCrops"] == [(1152, 1296, 2304, 1296)] * 2


def test_a_window_that_cannot_be_read_is_an_error_since_masks_would_lie_elsewhere() -> None:
    board = FakeBoard([GREY], offer={"ExposureTime": MODULE_3["ExposureTime"]})
    with pytest.raises(SourceError, match=r"ScalerCrop.*camera\.window: all"):
        next(source_on(board, window=Window(0.25, 0.5, 0.5)).frames())


def test_an_infrared_camera_takes_its_own_tuning() -> None:
    board = FakeBoard([GREY], tunings={"imx708_noir.json": {"version": 2}})
    first(board, infrared=True)
    assert board.openings[0].tuning == {"version": 2}
    assert board.openings[0].controls["Saturation"] == 0.0


@pytest.mark.parametrize(
    ("model", "warned"), [("imx708_noir", False), ("imx296", True)], ids=["chosen already", "none"]
)
def test_without_a_tuning_of_its_own_libcamera_chooses(
    model: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    board = FakeBoard([GREY], model=model)
    first(board, infrared=True)
    assert board.openings[0].tuning is None
    assert ("no tuning for imx296" in caplog.text) is warned


def test_a_tuning_file_of_the_settings_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    with pytest.raises(SourceError, match=r"own\.json: no such tuning file"):
        first(FakeBoard([GREY]), tuning_file=own)
    own.write_text("{}")
    board = FakeBoard([GREY], tunings={"imx708_noir.json": {}})
    first(board, tuning_file=own, infrared=True)
    assert board.openings[0].tuning == str(own)


def test_a_stalled_camera_is_flushed_and_closed_and_can_be_opened_again() -> None:
    board = FakeBoard([GREY])
    source = source_on(board, timeout_s=1.5)
    for opening in range(2):
        with pytest.raises(SourceError, match=r"^camera 0: no picture for 1\.5 s; check the cable"):
            list(source.frames())
        assert board.openings[opening].flushed
        assert board.openings[opening].closed
        assert board.openings[opening].waits == [1.5, 1.5]


def test_a_camera_that_cannot_be_closed_says_so_and_does_not_hide_the_stall(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board = FakeBoard([GREY], fails_to_close=True)
    with pytest.raises(SourceError, match="no picture"):
        list(source_on(board).frames())
    assert "could not be closed: Unable to stop preview" in caplog.text


def test_when_it_fails_again_and_again_only_a_new_process_helps() -> None:
    board = FakeBoard([GREY], fails_to_close=True)  # so that it stays busy
    source = source_on(board, openings=3)
    for _ in range(2):
        with pytest.raises(SourceError):
            list(source.frames())
    with pytest.raises(DriverError, match="failed 3 times, trying with a fresh process"):
        list(source.frames())


def test_a_picture_makes_the_count_of_failures_start_anew() -> None:
    board = FakeBoard([GREY] * 2)
    source = source_on(board, openings=2)
    for _ in range(5):
        with pytest.raises(SourceError):
            list(source.frames())


@pytest.mark.parametrize(("cameras", "there"), [(0, "none found"), (1, "1 found")])
def test_a_camera_that_is_not_there_is_named(cameras: int, there: str) -> None:
    with pytest.raises(SourceError, match=rf"camera 2: not connected \({there}\)"):
        first(FakeBoard([GREY], cameras=cameras), number=2)


def test_without_picamera2_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libcamera", None)
    with pytest.raises(SourceError, match=r"apt install python3-picamera2.*--system-site-packages"):
        load_library()


def test_a_library_that_was_built_for_another_numpy_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> None:
            raise ValueError("numpy.dtype size changed, may indicate binary incompatibility")

    monkeypatch.setitem(sys.modules, "libcamera", Broken())
    with pytest.raises(
        SourceError, match=r"pip install simplejpeg.*docs/cameras\.md.*size changed"
    ):
        load_library()


def test_exposure_by_the_plates_is_asked_of_the_camera_as_they_are_seen() -> None:
    taken = {"ExposureTime": 1000, "AnalogueGain": 8.0}
    board = FakeBoard([GREY] * 40, metadata=[taken] * 40)
    meter = PlateMeter(longest_us=1000, most_gain=12.0)
    source = source_on(board, shutter="plates", meter=meter)
    frames = source.frames()
    next(frames)
    controls = board.openings[0].controls
    for _ in range(30):
        meter.hear([PlateLight(bright=0.99, contrast=0.8, glare=1.0, exposure_us=1000, gain=8.0)])
        next(frames)
    assert controls["ExposureTime"] == 1000
    assert isinstance(controls["ExposureTime"], int), "libcamera takes whole microseconds"
    assert controls["AnalogueGain"] == pytest.approx(2.0, rel=0.2), "two stops less than burnt out"


def test_a_camera_whose_exposure_cannot_be_set_goes_on_without(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board = FakeBoard([GREY] * 3, offer={}, metadata=[{"AnalogueGain": 1.0}] * 3)
    frames = source_on(board, shutter="plates", meter=PlateMeter(1000, 16.0)).frames()
    assert next(frames).gain == 1.0
    assert "shutter: plates cannot be" in caplog.text


def test_colour_is_the_colour_that_was_seen() -> None:
    frame = first(FakeBoard([GREY], padding=0), colour=True)
    assert frame.colour is not None
    assert (frame.colour == 90).all()  # neutral colour planes: grey
