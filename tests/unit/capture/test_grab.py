"""The capture loop: a camera is opened again and again, a recording is played once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.capture.grab import Grabber, GrabSettings
from edge_alpr.capture.mailbox import Mailbox
from edge_alpr.errors import DriverError, SourceError
from fakes.manual_time import ManualClock, ManualStop
from fakes.source import FakeSource, blank_frames
from fakes.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.types import Frame

LOST = SourceError("fake: unplugged")


@pytest.fixture(autouse=True)
def _no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest wait that chance could choose."""
    monkeypatch.setattr("edge_alpr.backoff.random.Random.uniform", lambda _self, _, most: most)


class Case:
    """A grabber over a fake source; the stop signal is set after ``waits`` waits or ``frames`` frames."""

    def __init__(
        self,
        openings: Sequence[Sequence[Frame] | SourceError],
        *,
        live: bool = True,
        waits: int = 99,
        frames: int = 9999,
        settings: GrabSettings | None = None,
    ) -> None:
        self.counts = Tally()
        self.source = FakeSource(openings, live=live)
        self.mailbox = Mailbox(self._count, lossless=False)
        self.stop = ManualStop(ManualClock(), self._after_wait)
        self.beats = 0
        self._waits, self._frames = waits, frames
        self._grabber = Grabber(self.source, self.mailbox, settings or GrabSettings(), self._count)

    def run(self) -> None:
        self._grabber.run(self.stop, self._beat)

    def _count(self, name: str, amount: int = 1) -> None:
        self.counts(name, amount)
        if self.counts["capture.frames"] >= self._frames:
            self.stop.set()

    def _beat(self) -> None:
        self.beats += 1

    def _after_wait(self) -> None:
        if len(self.stop.waits_s) >= self._waits:
            self.stop.set()


def test_a_recording_is_played_once_and_the_mailbox_closed() -> None:
    case = Case([blank_frames(5)], live=False)
    case.run()
    assert case.counts["capture.frames"] == 5
    assert case.source.opened == 1
    last = case.mailbox.take(0.0)
    assert last is not None
    assert last.sequence == 4
    assert case.mailbox.finished
    assert case.source.is_closed


def test_a_recording_that_cannot_be_played_is_an_error_and_the_mailbox_closed() -> None:
    case = Case([LOST], live=False)
    with pytest.raises(SourceError, match="unplugged"):
        case.run()
    assert case.mailbox.finished
    assert case.source.is_closed


def test_a_camera_that_is_lost_is_opened_again() -> None:
    case = Case([blank_frames(3), LOST, blank_frames(5)], frames=7)
    case.run()
    assert case.source.opened == 3
    assert (
        case.counts["capture.lost"] == 2
    )  # the first ended by a loss, the second could not be opened
    assert case.counts["capture.frames"] == 7
    assert case.source.is_closed


def test_the_wait_doubles_up_to_its_limit() -> None:
    settings = GrabSettings(first_wait_s=0.25, longest_wait_s=0.9)
    case = Case([LOST], waits=5, settings=settings)
    case.run()
    assert case.stop.waits_s == [0.25, 0.5, 0.9, 0.9, 0.9]


def test_a_frame_makes_the_next_wait_short_again() -> None:
    case = Case(
        [LOST, LOST, blank_frames(1), LOST], waits=4, settings=GrabSettings(first_wait_s=0.2)
    )
    case.run()
    assert case.stop.waits_s == pytest.approx([0.2, 0.4, 0.2, 0.4])


def test_it_beats_while_it_waits_for_a_lost_camera() -> None:
    """A missing camera is counted and reported; the watchdog must not restart the unit for it."""
    case = Case([LOST], waits=8, settings=GrabSettings(first_wait_s=8.0))
    case.run()
    assert case.stop.waits_s == [1.0] * 8
    assert case.beats >= 7


def test_it_beats_with_every_frame() -> None:
    case = Case([blank_frames(6)], live=False)
    case.run()
    assert case.beats == 6


def test_a_stop_during_a_wait_ends_it() -> None:
    case = Case([LOST], waits=1, settings=GrabSettings(first_wait_s=20.0))
    case.run()
    assert len(case.stop.waits_s) == 1
    assert case.mailbox.finished


def test_a_closed_mailbox_ends_it() -> None:
    case = Case([blank_frames(5)])
    case.mailbox.close()
    case.run()
    assert case.counts["capture.frames"] == 0
    assert case.source.is_closed


def test_a_camera_that_ends_without_a_word_is_a_lost_one() -> None:
    """Otherwise it would be opened again and again without a pause."""
    case = Case([[]], waits=3, settings=GrabSettings(first_wait_s=0.2))
    case.source.frames = lambda: iter(())  # type: ignore[method-assign]
    case.run()
    assert case.counts["capture.lost"] == 3
    assert case.stop.waits_s == pytest.approx([0.2, 0.4, 0.8])


def test_what_is_lost_is_said_once_per_attempt(caplog: pytest.LogCaptureFixture) -> None:
    case = Case([LOST], waits=2)
    case.run()
    assert [r.message for r in caplog.records] == [
        "fake: unplugged; trying again in 0.5 s",
        "fake: unplugged; trying again in 1.0 s",
    ]


def test_a_driver_that_is_stuck_ends_the_capture_so_that_systemd_can_start_a_new_process() -> None:
    case = Case([blank_frames(1)])

    def stuck() -> Callable[[], None]:
        raise DriverError("camera 0: failed 8 times")

    case.source.frames = stuck  # type: ignore[assignment, method-assign]
    with pytest.raises(DriverError):
        case.run()
    assert case.counts["capture.lost"] == 0
    assert case.mailbox.finished
    assert case.source.is_closed


def test_a_bug_in_a_source_is_not_swallowed() -> None:
    case = Case([blank_frames(1)])

    def broken() -> Callable[[], None]:
        raise ZeroDivisionError

    case.source.frames = broken  # type: ignore[assignment, method-assign]
    with pytest.raises(ZeroDivisionError):
        case.run()
    assert case.mailbox.finished
