"""OpenCV's cameras without one: what is asked of it, and that no password is ever shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.capture.video import (
    VideoSettings,
    VideoSource,
    holds_password,
    without_password,
)
from edge_alpr.errors import OptionError, SourceError
from fakes.manual_time import ManualClock

if TYPE_CHECKING:
    from pathlib import Path


class FakeCapture:
    """`cv2.VideoCapture` as far as it is used: gives ``frames`` frames, then nothing."""

    def __init__(
        self,
        *,
        opens: bool = True,
        frames: int = 3,
        decodes: bool = True,
        size_wh: tuple[int, int] = (6, 4),
    ) -> None:
        self.arguments: tuple[Any, ...] = ()
        self.wishes: dict[int, float] = {}
        self.released = 0
        self._opens, self.left, self._decodes = opens, frames, decodes
        self._size_wh = size_wh

    def __call__(self, *arguments: Any) -> FakeCapture:
        self.arguments = arguments
        return self

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._opens

    def set(self, what: int, value: float) -> None:
        self.wishes[what] = value

    def get(self, what: int) -> float:
        return self._size_wh[what == cv2.CAP_PROP_FRAME_HEIGHT]

    def grab(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def retrieve(self) -> tuple[bool, np.ndarray[Any, np.dtype[np.uint8]]]:
        return self._decodes, np.zeros((4, 6, 3), np.uint8)

    def release(self) -> None:
        self.released += 1


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> FakeCapture:
    return use(monkeypatch, FakeCapture())


def use(monkeypatch: pytest.MonkeyPatch, fake: FakeCapture) -> FakeCapture:
    monkeypatch.setattr("edge_alpr.capture.video.cv2.VideoCapture", fake)
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "")
    return fake


def source_of(device: str, **settings: Any) -> VideoSource:
    return VideoSource(VideoSettings(device=device, **settings), ManualClock())


@pytest.mark.parametrize(
    ("device", "opened"),
    [("0", 0), ("/dev/video2", 2), ("/dev/v4l/by-id/cam", "/dev/v4l/by-id/cam")],
)
def test_a_usb_camera_is_opened_by_number_or_path(
    capture: FakeCapture, device: str, opened: int | str
) -> None:
    next(source_of(device).frames())
    assert capture.arguments == (opened,)


def test_a_usb_camera_is_asked_for_what_is_wanted_and_nothing_else(capture: FakeCapture) -> None:
    next(source_of("0", width=1280, fps=15.0).frames())
    assert capture.wishes == {cv2.CAP_PROP_FRAME_WIDTH: 1280, cv2.CAP_PROP_FPS: 15.0}


def test_a_stream_gets_its_time_limits(capture: FakeCapture) -> None:
    next(source_of("rtsp://cam.example/live", timeout_s=2.5).frames())
    address, _, limits = capture.arguments
    assert address == "rtsp://cam.example/live"
    wanted = dict(zip(limits[::2], limits[1::2], strict=True))
    assert wanted == {cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: 2500, cv2.CAP_PROP_READ_TIMEOUT_MSEC: 2500}


def test_user_and_password_go_into_the_address_escaped(
    capture: FakeCapture, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("p@ss/word\n")
    next(source_of("rtsp://cam.example:554/live", username="me:too", password_file=secret).frames())
    assert capture.arguments[0] == "rtsp://me%3Atoo:p%40ss%2Fword@cam.example:554/live"


def test_a_user_alone_replaces_the_one_in_the_address(capture: FakeCapture) -> None:
    next(source_of("rtsp://old:pw@cam.example/live", username="new").frames())
    assert capture.arguments[0] == "rtsp://new@cam.example/live"


def test_a_missing_password_file_is_named(capture: FakeCapture, tmp_path: Path) -> None:
    source = source_of("rtsp://c/", username="me", password_file=tmp_path / "none")
    with pytest.raises(SourceError, match="none: the stream's password cannot be read"):
        next(source.frames())


@pytest.mark.parametrize(
    "fake",
    [FakeCapture(opens=False), FakeCapture(frames=0), FakeCapture(decodes=False)],
    ids=["not opened", "no frame", "not decoded"],
)
def test_no_message_shows_the_password_and_the_device_is_released(
    monkeypatch: pytest.MonkeyPatch, fake: FakeCapture, tmp_path: Path
) -> None:
    use(monkeypatch, fake)
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    source = source_of(
        "rtsp://u:hunter2@cam.example/live?token=hunter2", username="u", password_file=secret
    )
    with pytest.raises(SourceError, match=r"^rtsp://cam\.example/live: ") as caught:
        list(source.frames())
    assert "hunter2" not in str(caught.value)
    assert fake.released == 1


@pytest.mark.parametrize("address", ["rtsp://u:hunter2@[::1", "rtsp://u:hunter2@[cam]/"])
def test_an_address_that_is_none_is_an_error_without_the_password(address: str) -> None:
    with pytest.raises(SourceError, match="not an address") as caught:
        list(source_of(address).frames())
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://u:p@h:1/x?token=1", "rtsp://h:1/x"),
        ("rtsp://u:p/w@h/x", "rtsp://h/x"),
        ("rtsp://u:p?w@h/x#frag", "rtsp://h/x"),
        ("rtsp://u:p@w@[h/x", "rtsp://[h/x"),
        ("rtsp://h/user=a&Password=p&channel=1", "rtsp://h/user=***&Password=***&channel=1"),
        ("rtsp://h/x", "rtsp://h/x"),
        ("/dev/video0", "/dev/video0"),
        ("0", "0"),
    ],
)
def test_what_is_shown_of_an_address(address: str, shown: str) -> None:
    assert without_password(address) == shown


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("rtsp://u:p@h/x", True),
        ("rtsp://h/user=a&password=p", True),
        ("rtsp://h/x?token=1", True),
        ("rtsp://u@h/x", False),
        ("rtsp://h/x", False),
        ("/dev/video0", False),
    ],
)
def test_an_address_that_lets_somebody_in_is_known(address: str, holds: bool) -> None:
    assert holds_password(address) is holds


@given(
    st.text("abz09@:/?#%[]", min_size=1, max_size=8).map(lambda t: f"SeCrEt{t}SeCrEt"),
    st.sampled_from(["rtsp://u:{}@h/x", "rtsps://{}@h:1", "http://u:{}@h/x?y=1#z"]),
)
def test_no_password_is_shown_whatever_it_is_made_of(password: str, around: str) -> None:
    assert "SeCrEt" not in without_password(around.format(password))


def test_a_password_file_that_is_no_text_is_named(capture: FakeCapture, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    source = source_of("rtsp://c/", username="me", password_file=tmp_path / "secret")
    with pytest.raises(SourceError, match="secret: the stream's password cannot be read: not UTF"):
        next(source.frames())


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"device": "rtsp://h/", "password_file": "x"}, "password_file"),
        ({"device": "/dev/video0", "username": "me"}, "username"),
    ],
)
def test_papers_that_do_not_fit_the_camera_are_refused(
    settings: dict[str, Any], option: str
) -> None:
    with pytest.raises(OptionError) as caught:
        VideoSettings(**settings)
    assert caught.value.option == option


def test_frames_that_are_too_large_are_refused_before_one_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = use(monkeypatch, FakeCapture(size_wh=(10_000, 5_001)))
    with pytest.raises(SourceError, match="frames of 10000x5001; at most 50 million pixels"):
        next(source_of("0").frames())
    assert fake.left == 3
    assert fake.released == 1


def test_sequence_numbers_go_on_when_a_camera_is_opened_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = source_of("0")
    sequences: list[int] = []
    for _ in range(2):
        use(monkeypatch, FakeCapture(frames=2))
        with pytest.raises(SourceError, match="no more frames"):
            sequences.extend(frame.sequence for frame in source.frames())
        use(monkeypatch, FakeCapture(frames=2))
        frames = source.frames()
        sequences.append(next(frames).sequence)
    assert sequences == sorted(set(sequences))


def test_an_abandoned_stream_is_released(capture: FakeCapture) -> None:
    frames = source_of("0").frames()
    next(frames)
    del frames
    assert capture.released == 1
