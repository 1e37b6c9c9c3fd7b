"""The vision thread's loop: by whose time it forgets, and that it ends with the material."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import numpy as np

from edge_alpr.app.look import look
from edge_alpr.capture.mailbox import Mailbox
from edge_alpr.ops.thermal import STEPS
from edge_alpr.types import Frame, Moment
from fakes.manual_time import ManualClock
from fakes.tally import Tally

if TYPE_CHECKING:
    from edge_alpr.passes import Finding
    from edge_alpr.vision.pipeline import Pipeline

FRAME = Frame(np.zeros((8, 16), np.uint8), Moment(7.0, 0.0), 0)


class Diary:
    """Stands where the pipeline does and writes down what it is told."""

    def __init__(self, mailbox: Mailbox, *, waits: int = 0) -> None:
        self.told: list[str] = []
        self._mailbox = mailbox
        self._waits = waits

    def process(self, frame: Frame) -> list[Finding]:
        self.told.append(f"frame {frame.sequence}")
        if not self._waits:
            self._mailbox.close()
        return []

    def wait(self, now_s: float) -> list[Finding]:
        self.told.append(f"nothing until {now_s:.0f}")
        self._mailbox.close()
        return []

    def flush(self) -> list[Finding]:
        self.told.append("the end")
        return []


def run(diary: Diary, mailbox: Mailbox, clock: ManualClock | None) -> list[str]:
    delivered: list[Finding] = []
    late: list[float] = []
    loop = look(cast("Pipeline", diary), mailbox, delivered.append, clock, late.append)
    loop(threading.Event(), lambda: None)
    assert delivered == []
    frames = sum(word.startswith("frame") for word in diary.told)
    assert late == ([] if clock is None else [clock.now().mono_s - FRAME.at.mono_s] * frames)
    return diary.told


def test_a_live_camera_that_gives_nothing_lets_time_pass() -> None:
    mailbox = Mailbox(Tally(), lossless=False)
    mailbox.put(FRAME)
    clock = ManualClock()
    now = f"nothing until {clock.now().mono_s:.0f}"
    assert run(Diary(mailbox, waits=1), mailbox, clock) == ["frame 0", now, "the end"]


def test_a_recording_has_no_time_but_its_frames() -> None:
    """Its next frame comes only after the loop looked in vain: it is not told what the wall clock says."""
    mailbox = Mailbox(Tally(), lossless=True)
    late = threading.Timer(0.7, lambda: mailbox.put(FRAME))
    late.start()
    assert run(Diary(mailbox), mailbox, None) == ["frame 0", "the end"]
    late.join()


def test_a_live_frame_that_is_too_old_is_dropped_unread() -> None:
    """After a stall, what nobody may remember any more must not be read (PRV-2)."""
    mailbox, tally, clock = Mailbox(Tally(), lossless=False), Tally(), ManualClock()
    for most_s, seen in ((float("inf"), True), (2.5, False)):
        mailbox = Mailbox(tally, lossless=False)
        mailbox.put(FRAME)
        diary = Diary(mailbox, waits=1)
        loop = look(
            cast("Pipeline", diary), mailbox, lambda _: None, clock, most_s=most_s, count=tally
        )
        loop(threading.Event(), lambda: None)
        assert ("frame 0" in diary.told) is seen
    assert clock.now().mono_s - FRAME.at.mono_s > 2.5
    assert tally["capture.dropped_old"] == 1


class Stream:
    """A camera of 10 frames a second, and what the pipeline was given of it."""

    def __init__(self, clock: ManualClock, frames: int) -> None:
        self.looked: list[int] = []
        self.closer_looks: int | None = None
        self._clock = clock
        self._frames = frames
        self._taken = 0

    @property
    def finished(self) -> bool:
        return self._taken == self._frames

    def take(self, _timeout_s: float) -> Frame:
        self._taken += 1
        self._clock.pass_s(0.1)
        return Frame(FRAME.luma, self._clock.now(), self._taken)

    def process(self, frame: Frame) -> list[Finding]:
        self.looked.append(frame.sequence)
        return []

    def wait(self, _now_s: float) -> list[Finding]:
        return []

    def flush(self) -> list[Finding]:
        return []


def test_a_hot_unit_looks_at_fewer_frames_and_counts_the_others() -> None:
    clock, tally = ManualClock(), Tally()
    stream = Stream(clock, 100)
    loop = look(
        cast("Pipeline", stream),
        cast("Mailbox", stream),
        lambda _: None,
        clock,
        count=tally,
        step=lambda: STEPS[-1],
    )
    loop(threading.Event(), lambda: None)
    assert 19 <= len(stream.looked) <= 21
    assert tally["capture.dropped_hot"] == 100 - len(stream.looked)
    assert stream.closer_looks == STEPS[-1].closer_looks == 0
