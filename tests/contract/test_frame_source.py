"""What every `FrameSource` must do.

Recorded files, OpenCV's cameras (a clip stands in for the device), the board's camera over a picamera2 that is held to
the real one by test_picamera.py, and the fake.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.files import FilesSettings, FilesSource
from edge_alpr.capture.picamera import PicameraSource
from edge_alpr.capture.stream import StreamSource, has_pyav
from edge_alpr.capture.video import VideoSettings, VideoSource
from edge_alpr.errors import SourceError
from edge_alpr.types import Frame, FrameSource
from fakes.manual_time import ManualClock
from fakes.picamera import FakeBoard
from fakes.source import FakeSource, blank_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES, WIDTH, HEIGHT = 6, 64, 48


def picture(number: int) -> NDArray[np.uint8]:
    """``(48, 64, 3)``, each number of its own brightness."""
    return np.full((HEIGHT, WIDTH, 3), 30 + 30 * number, np.uint8)


def write_clip(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(PICTURES):
        writer.write(picture(number))
    writer.release()
    return path


def write_folder(path: Path) -> Path:
    path.mkdir()
    for number in range(PICTURES):
        assert cv2.imwrite(str(path / f"{number:03}.png"), picture(number))
    return path


def _files(path: Path) -> FrameSource:
    return FilesSource(FilesSettings(path=path), ManualClock(), lambda *_: None, "cam3")


def _video(device: Path) -> FrameSource:
    return VideoSource(VideoSettings(device=str(device)), ManualClock(), "cam3")


def _stream(device: Path) -> FrameSource:
    settings = VideoSettings(device=str(device), colour=True)
    return StreamSource(settings, ManualClock(), "cam3")


def _board(layout: str, *, cameras: int = 1) -> FrameSource:
    pictures = [picture(number)[..., 0] for number in range(PICTURES)]
    board = FakeBoard(pictures, layout=layout, cameras=cameras)
    settings = PicameraSettings(width=WIDTH, height=HEIGHT, colour=True)
    return PicameraSource(
        settings, ManualClock(), "cam3", library=board.library, since_boot=lambda: 1.0
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """How to make a source that works, and one whose material is missing."""

    good: Callable[[Path], FrameSource]
    broken: Callable[[Path], FrameSource]


def _fake(*, live: bool) -> Kind:
    frames = [
        Frame(f.luma, f.at, f.sequence, camera="cam3", colour=np.dstack([f.luma] * 3))
        for f in blank_frames(PICTURES)
    ]
    return Kind(
        lambda _: FakeSource([frames], live=live),
        lambda _: FakeSource([SourceError("fake: not connected")], live=live),
    )


KINDS = {
    "folder": Kind(
        lambda tmp: _files(write_folder(tmp / "pictures")), lambda tmp: _files(tmp / "missing")
    ),
    "clip": Kind(
        lambda tmp: _files(write_clip(tmp / "clip.avi")), lambda tmp: _files(tmp / "missing.avi")
    ),
    "video": Kind(
        lambda tmp: _video(write_clip(tmp / "clip.avi")), lambda tmp: _video(tmp / "missing.avi")
    ),
    "stream": Kind(
        lambda tmp: _stream(write_clip(tmp / "clip.avi")), lambda tmp: _stream(tmp / "missing.avi")
    ),
    "board": Kind(lambda _: _board("YUV420"), lambda _: _board("YUV420", cameras=0)),
    "board NV12": Kind(lambda _: _board("NV12"), lambda _: _board("NV12", cameras=0)),
    "fake recording": _fake(live=False),
    "fake camera": _fake(live=True),
}


NEEDS_PYAV = pytest.mark.skipif(not has_pyav(), reason="needs PyAV: pip install edge-alpr[video]")


@pytest.fixture(
    params=[
        pytest.param(kind, id=name, marks=NEEDS_PYAV if name == "stream" else ())
        for name, kind in KINDS.items()
    ]
)
def kind(request: pytest.FixtureRequest) -> Kind:
    wanted: Kind = request.param
    return wanted


@pytest.fixture
def source(kind: Kind, tmp_path: Path) -> FrameSource:
    return kind.good(tmp_path)


def play(source: FrameSource) -> list[Frame]:
    """All frames; a live source must report its end as a loss, a recording must not."""
    frames: list[Frame] = []
    if source.live:
        with pytest.raises(SourceError):
            frames.extend(source.frames())
    else:
        frames.extend(source.frames())
    return frames


def _collect(source: FrameSource) -> list[Frame]:
    frames: list[Frame] = []
    try:
        for frame in source.frames():
            frames.append(frame)  # noqa: PERF402 - what came before a loss is wanted
    except SourceError:
        assert source.live
    return frames


def test_all_frames_come_in_order(source: FrameSource) -> None:
    frames = _collect(source)
    assert [frame.sequence for frame in frames] == list(range(PICTURES))
    levels = [float(frame.luma.mean()) for frame in frames]
    assert levels == sorted(levels)
    assert len(set(levels)) == PICTURES


def test_time_never_runs_backwards(source: FrameSource) -> None:
    moments = [frame.at for frame in _collect(source)]
    assert moments == sorted(moments, key=lambda at: at.mono_s)


def test_a_frame_is_what_it_says(source: FrameSource) -> None:
    for frame in _collect(source):
        assert frame.camera == "cam3"
        assert frame.luma.dtype == np.uint8
        assert frame.luma.ndim == 2
        assert frame.colour is not None
        assert frame.colour.shape == (*frame.luma.shape, 3)
        assert np.abs(frame.luma.astype(int) - frame.colour[..., 1]).max() <= 2  # grey pictures


def test_frames_do_not_share_memory(source: FrameSource) -> None:
    """A frame that waits in a mailbox must not change when the next one comes."""
    frames = _collect(source)
    for one, other in itertools.pairwise(frames):
        assert not np.shares_memory(one.luma, other.luma)
        assert one.colour is not None
        assert other.colour is not None
        assert not np.shares_memory(one.colour, other.colour)


def test_the_end_of_a_recording_is_quiet_and_that_of_a_camera_is_a_loss(
    source: FrameSource,
) -> None:
    play(source)


def test_it_can_be_opened_again(source: FrameSource) -> None:
    first, second = _collect(source), _collect(source)
    assert len(first) == len(second) == PICTURES
    assert (first[0].luma == second[0].luma).all()


def test_closing_from_another_thread_ends_it_without_an_error(source: FrameSource) -> None:
    frames = source.frames()
    next(frames)
    closer = threading.Thread(target=source.close)
    closer.start()
    closer.join()
    assert len(list(frames)) <= 1


def test_missing_material_is_an_error_that_names_it(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing|not connected"):
        list(kind.broken(tmp_path).frames())
