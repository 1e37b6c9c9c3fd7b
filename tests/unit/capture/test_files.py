"""Recorded material: its times, its pace, and what happens to what cannot be read."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_alpr.capture.files import FilesSettings, FilesSource
from edge_alpr.errors import SourceError
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from fixtures.nobody import locked

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Case:
    """A source over a path, its clock and its counts."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.clock = ManualClock()
        self.counts = Tally()
        self.source = FilesSource(FilesSettings(path=path, **settings), self.clock, self.counts)

    def levels(self) -> list[int]:
        return [int(np.median(frame.luma)) for frame in self.source.frames()]


def write_picture(path: Path, level: int) -> None:
    assert cv2.imwrite(str(path), np.full((16, 32, 3), level, np.uint8))


def write_clip(path: Path, frames: int, *, fps: float = 5.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for n in range(frames):
        writer.write(np.full((48, 64, 3), 5 * n, np.uint8))
    writer.release()
    return path


def test_pictures_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, level in (("b.png", 20), ("a.png", 10), ("c.PNG", 30)):
        write_picture(tmp_path / name, level)
    (tmp_path / "notes.txt").write_text("no picture")
    assert Case(tmp_path).levels() == [10, 20, 30]


def test_one_picture_is_one_frame(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", 77)
    assert Case(tmp_path / "a.png").levels() == [77]


def test_a_picture_that_cannot_be_read_is_counted_named_and_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_picture(tmp_path / "a.png", 10)
    (tmp_path / "b.png").write_bytes(b"damaged")
    write_picture(tmp_path / "c.png", 30)
    case = Case(tmp_path)
    frames = list(case.source.frames())
    assert [int(f.luma[0, 0]) for f in frames] == [10, 30]
    assert [f.sequence for f in frames] == [0, 1]
    assert case.counts == {"capture.unreadable": 1}
    assert "b.png" in caplog.text


@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_folder_without_a_readable_picture_is_an_error(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(SourceError, match=r"no pictures|none of its 1 pictures"):
        Case(tmp_path).levels()


def test_what_is_neither_clip_nor_picture_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no clip")
    with pytest.raises(SourceError, match="not a video clip"):
        Case(path).levels()


def test_a_clip_keeps_its_own_rate(tmp_path: Path) -> None:
    case = Case(write_clip(tmp_path / "a.avi", 4, fps=5.0))
    at = [frame.at.mono_s - case.clock.now().mono_s for frame in case.source.frames()]
    assert at == pytest.approx([0, 0.2, 0.4, 0.6])
    assert case.counts == {}


def test_another_rate_can_be_asked_for(tmp_path: Path) -> None:
    for name in "ab":
        write_picture(tmp_path / f"{name}.png", 10)
    first, second = Case(tmp_path, fps=0.5).source.frames()
    assert second.at.mono_s - first.at.mono_s == pytest.approx(2.0)


def test_a_clip_cut_short_is_counted_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The index of an AVI file lies at its end and its head still promises all frames."""
    path = write_clip(tmp_path / "a.avi", 40)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    case = Case(path)
    frames = case.levels()
    assert 0 < len(frames) < 40
    assert case.counts == {"capture.truncated": 1}
    assert "of 40 frames" in caplog.text


def test_a_start_gives_every_frame_its_time(tmp_path: Path) -> None:
    case = Case(write_clip(tmp_path / "a.avi", 3, fps=5.0), start=START)
    utc = [frame.at.utc_s - START.timestamp() for frame in case.source.frames()]
    assert utc == pytest.approx([0, 0.2, 0.4])


def test_without_a_start_it_is_the_time_of_playing(tmp_path: Path) -> None:
    case = Case(write_clip(tmp_path / "a.avi", 3, fps=5.0))
    utc = []
    for frame in case.source.frames():
        utc.append(frame.at.utc_s)
        case.clock.pass_s(7.0)
    start = ManualClock().now().utc_s
    assert utc == [start, start + 7, start + 14]


class SlowWait:
    """Stands in for the event that a paced source waits on: passes the clock's time at once."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float) -> None:
        self.waits.append(timeout)
        self._clock.pass_s(timeout)

    def is_set(self) -> bool:
        return False


def test_in_real_time_each_frame_waits_for_its_time(tmp_path: Path) -> None:
    """Taking 0.15 s for a frame leaves 0.05 s to wait; taking 0.5 s leaves nothing, and the next ones catch up."""
    case = Case(write_clip(tmp_path / "a.avi", 5, fps=5.0), pace="real-time")
    waiting = SlowWait(case.clock)
    case.source._closed = waiting  # type: ignore[assignment]
    for _, work in zip(case.source.frames(), [0.15, 0.5, 0.0, 0.05, 0.0], strict=True):
        case.clock.pass_s(work)
    assert waiting.waits == pytest.approx([0.05, 0.05])


def test_fast_is_as_fast_as_it_is_taken(tmp_path: Path) -> None:
    case = Case(write_clip(tmp_path / "a.avi", 5))
    waiting = SlowWait(case.clock)
    case.source._closed = waiting  # type: ignore[assignment]
    assert len(case.levels()) == 5
    assert waiting.waits == []


def test_folders_inside_are_not_played_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_picture(tmp_path / "a.png", 10)
    (tmp_path / "deeper.jpg").mkdir()
    write_picture(tmp_path / "deeper.jpg" / "b.png", 20)
    assert Case(tmp_path).levels() == [10]
    assert f"{tmp_path}: 1 folders inside are not looked into" in caplog.text


def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    with (
        locked(folder),
        pytest.raises(SourceError, match="locked: cannot be listed: Permission den"),
    ):
        Case(folder).levels()


def test_what_cannot_be_looked_at_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    with locked(folder), pytest.raises(SourceError, match="looked at: Permission denied"):
        Case(folder / "a.png").levels()
    with pytest.raises(SourceError, match="cannot be looked at: File name too long"):
        Case(tmp_path / ("x" * 300)).levels()
    with pytest.raises(SourceError, match=r"cannot be looked at: .*null byte"):
        Case(tmp_path / "a\0b").levels()


def test_a_pipe_is_no_clip(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.mp4")
    with pytest.raises(SourceError, match="it is a pipe, a socket or a device"):
        Case(tmp_path / "clip.mp4").levels()


def test_a_clip_whose_name_is_no_utf_8_is_played(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "a.avi", 3)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.avi"))
    plain.rename(odd)
    assert len(Case(odd).levels()) == 3


def test_a_name_that_looks_like_an_address_is_a_file_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clip(tmp_path / "a.avi", 3).rename(tmp_path / "concat:a.avi")
    monkeypatch.chdir(tmp_path)
    assert len(Case(Path("concat:a.avi")).levels()) == 3


def test_a_clip_is_closed_though_nobody_plays_it_to_the_end(tmp_path: Path) -> None:
    frames = Case(write_clip(tmp_path / "a.avi", 3)).source.frames()
    next(frames)
    before = len(list(Path("/proc/self/fd").iterdir()))
    frames.close()  # type: ignore[attr-defined]
    assert len(list(Path("/proc/self/fd").iterdir())) < before
