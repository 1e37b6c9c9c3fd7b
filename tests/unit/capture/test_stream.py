"""PyAV's sources: their time, their brightness, and what becomes of a stream that stalls, breaks off or is none."""

from __future__ import annotations

import logging
import socket
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge_alpr.capture.grab import Grabber, GrabSettings
from edge_alpr.capture.mailbox import Mailbox
from edge_alpr.capture.stream import (
    JUMP_S,
    StreamSource,
    StreamTime,
    has_pyav,
    luma_of,
    video_source,
)
from edge_alpr.capture.video import VideoSettings, VideoSource
from edge_alpr.errors import SourceError
from edge_alpr.types import Moment
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from fixtures.streams import LEVELS, SIZE, StreamServer, av, transport_stream

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.types import Frame


def source_of(address: str, **settings: Any) -> StreamSource:
    settings = {"timeout_s": 5.0} | settings
    return StreamSource(VideoSettings(device=address, **settings), ManualClock(), "cam3")


def until_lost(source: StreamSource) -> tuple[list[Frame], str]:
    frames: list[Frame] = []
    with pytest.raises(SourceError) as caught:
        frames.extend(source.frames())
    return frames, str(caught.value)


# ------------------------------------------------------------------ which one


def test_a_stream_is_pyavs_where_it_is_installed_and_a_usb_camera_opencvs() -> None:
    assert has_pyav()
    stream, usb = (VideoSettings(device=d) for d in ("rtsp://h/x", "/dev/video0"))
    assert isinstance(video_source(stream, ManualClock()), StreamSource)
    assert isinstance(video_source(usb, ManualClock()), VideoSource)


def test_opencv_can_be_asked_for() -> None:
    settings = VideoSettings(device="rtsp://h/x", decoder="opencv")
    assert isinstance(video_source(settings, ManualClock()), VideoSource)


def test_without_pyav_it_is_opencv_or_an_error_that_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edge_alpr.capture.stream.has_pyav", lambda: False)
    assert isinstance(video_source(VideoSettings(device="rtsp://h/x"), ManualClock()), VideoSource)
    monkeypatch.setitem(sys.modules, "av", None)
    asked = VideoSettings(device="rtsp://h/x", decoder="pyav")
    with pytest.raises(SourceError, match=r"PyAV is missing: pip install edge-alpr\[video\]"):
        next(video_source(asked, ManualClock()).frames())


# ------------------------------------------------------------------ time


def test_frames_that_come_late_keep_their_distances() -> None:
    """Of frames 40 ms apart one is held up by the network, and the next come at once."""
    time = StreamTime()
    came = [10.000, 10.040, 10.080, 10.520, 10.521, 10.522, 10.523]
    at = [time.at(n * 0.04, Moment(s, 1000 + s)) for n, s in enumerate(came)]
    steps = [b.mono_s - a.mono_s for a, b in pairwise(at)]
    assert steps == pytest.approx([0.04] * 6, abs=1e-3)
    assert at[3].utc_s - at[3].mono_s == pytest.approx(1000)


def test_no_frame_is_of_the_future_and_time_never_runs_backwards() -> None:
    time = StreamTime()
    rng = np.random.default_rng(1)
    last = 0.0
    for number in range(2000):
        now = Moment(100 + number * 0.04 + float(rng.exponential(0.05)), 0.0)
        at = time.at(number * 0.04, now)
        assert last <= at.mono_s <= max(now.mono_s, last)
        last = at.mono_s


def test_a_stream_that_begins_anew_is_followed() -> None:
    time = StreamTime()
    time.at(5000.0, Moment(100.0, 0.0))
    at = time.at(0.0, Moment(100.0 + JUMP_S, 0.0))
    assert at.mono_s == 100.0 + JUMP_S


def test_a_camera_whose_clock_loses_a_little_does_not_fall_behind() -> None:
    time = StreamTime()
    for second in range(3600):
        at = time.at(second * (1 - 5e-5), Moment(100.0 + second, 0.0))
    assert at.mono_s == pytest.approx(100.0 + 3599, abs=0.01)


def test_without_a_time_of_its_own_it_is_when_it_came() -> None:
    assert StreamTime().at(None, Moment(7.0, 8.0)) == Moment(7.0, 8.0)


# ------------------------------------------------------------------ brightness


@pytest.mark.parametrize("layout", ["yuv420p", "yuvj420p", "yuv422p", "nv12", "gray", "rgb24"])
@pytest.mark.parametrize("size", [SIZE, (322, 180)], ids=["even", "padded rows"])
def test_brightness_is_that_of_the_picture_whatever_the_layout(
    layout: str, size: tuple[int, int]
) -> None:
    grey = np.tile(np.linspace(0, 255, size[0]).astype(np.uint8), (size[1], 1))
    picture = av.VideoFrame.from_ndarray(np.dstack([grey] * 3), format="bgr24")
    luma = luma_of(picture.reformat(format=layout))
    assert luma.shape == size[::-1]
    assert luma.dtype == np.uint8
    assert np.abs(luma.astype(int) - grey).max() <= 3


# ------------------------------------------------------------------ the stream itself


def test_a_stream_is_frames_in_order_and_its_end_a_loss() -> None:
    with StreamServer(transport_stream(2.0)) as server:
        frames, why = until_lost(source_of(server.address))
    assert len(frames) >= 40
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert all(frame.size_wh == SIZE and frame.camera == "cam3" for frame in frames)
    assert all(frame.colour is None for frame in frames)
    assert float(frames[0].luma.mean()) in [pytest.approx(level, abs=4) for level in LEVELS[:2]]
    assert float(frames[-1].luma.mean()) == pytest.approx(LEVELS[-1], abs=4)
    assert "no more frames; is the camera still connected?" in why


def test_what_comes_before_the_first_whole_picture_is_left_out() -> None:
    """Joining in the middle, a decoder paints changes on grey."""
    whole = transport_stream(2.0)
    with StreamServer(whole[len(whole) // 3 // 188 * 188 :]) as server:
        frames, _ = until_lost(source_of(server.address))
    assert frames
    for frame in frames:
        assert float(frame.luma.mean()) in [pytest.approx(level, abs=4) for level in LEVELS]


def test_colour_is_there_where_it_is_asked_for() -> None:
    with StreamServer(transport_stream(0.4)) as server:
        frame = next(source_of(server.address, colour=True).frames())
    assert frame.colour is not None
    assert frame.colour.shape == (*SIZE[::-1], 3)


def test_a_stream_that_falls_silent_is_a_loss_after_its_time() -> None:
    with StreamServer(transport_stream(1.0), stalls=True) as server:
        frames, why = until_lost(source_of(server.address, timeout_s=1.0))
    assert frames
    assert why == f"{server.address}: no frame for 1 s; is the camera still connected?"


def test_a_stream_that_is_cut_in_a_picture_is_a_loss() -> None:
    whole = transport_stream(2.0)
    with StreamServer(whole[: len(whole) // 2]) as server:
        frames, _ = until_lost(source_of(server.address))
    assert 5 < len(frames) < 45


def test_the_grabber_opens_a_cut_stream_again_and_goes_on() -> None:
    whole = transport_stream(1.0)
    counts = Tally()
    with StreamServer(whole[: len(whole) // 2], whole) as server:
        source = source_of(server.address)
        settings = GrabSettings(first_wait_s=0.01, longest_wait_s=0.02)
        grabber = Grabber(source, Mailbox(counts, lossless=False), settings, counts)

        class Enough:
            def is_set(self) -> bool:
                return counts["capture.lost"] >= 3

            def wait(self, timeout: float | None = None) -> bool:
                return self.is_set()

        grabber.run(Enough(), lambda: None)
    assert server.connections >= 3
    assert counts["capture.frames"] > 30


def test_nobody_there_is_an_error_that_names_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    frames, why = until_lost(source_of(address))
    assert frames == []
    assert why == f"{address}: Connection refused; check the address and the cable"


def test_what_is_no_video_is_an_error() -> None:
    with StreamServer(b"HTTP/1.1 404 Not Found\r\n\r\n" * 2000) as server:
        _, why = until_lost(source_of(server.address))
    assert why.startswith(f"{server.address}: ")


def test_no_message_shows_the_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    source = source_of("rtsp://127.0.0.1:9/live?token=hunter2", username="u", password_file=secret)
    _, why = until_lost(source)
    assert why == "rtsp://127.0.0.1:9/live: Connection refused; check the address and the cable"
    assert "hunter2" not in caplog.text


def test_closing_from_another_place_ends_it() -> None:
    with StreamServer(transport_stream(2.0), seconds=0.5) as server:
        source = source_of(server.address)
        frames = source.frames()
        next(frames)
        source.close()
        assert len(list(frames)) == 0


def test_frames_that_are_too_large_are_refused_before_one_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edge_alpr.capture.stream.MAX_PIXELS", 1000)
    with StreamServer(transport_stream(0.4)) as server:
        _, why = until_lost(source_of(server.address))
    assert "frames of 320x176; at most" in why
