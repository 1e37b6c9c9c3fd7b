"""One slot between two threads: recordings lose nothing, live sources only old frames, and all of it is counted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.capture.mailbox import Mailbox
from fakes.source import blank_frames
from fakes.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.types import Frame

PLENTY = 300
FOREVER = 30.0
"""Seconds after which a thread that should have been woken is a failure; never waited for in a good run."""


def in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def put_all(mailbox: Mailbox, frames: list[Frame]) -> None:
    for frame in frames:
        assert mailbox.put(frame)
    mailbox.close()


def take_all(mailbox: Mailbox) -> list[Frame]:
    taken = []
    while not mailbox.finished:
        frame = mailbox.take(FOREVER)
        if frame is not None:
            taken.append(frame)
    return taken


def test_a_recording_arrives_whole_and_in_order() -> None:
    counts, frames = Tally(), blank_frames(PLENTY)
    mailbox = Mailbox(counts, lossless=True)
    putter = in_thread(lambda: put_all(mailbox, frames))
    assert take_all(mailbox) == frames
    putter.join(FOREVER)
    assert not putter.is_alive()
    assert counts == {}


def test_of_a_live_source_each_frame_is_taken_or_counted_and_the_newest_arrives() -> None:
    counts, frames = Tally(), blank_frames(PLENTY)
    mailbox = Mailbox(counts, lossless=False)
    putter = in_thread(lambda: put_all(mailbox, frames))
    taken = [frame.sequence for frame in take_all(mailbox)]
    putter.join(FOREVER)
    assert taken == sorted(set(taken))
    assert taken[-1] == PLENTY - 1
    assert len(taken) + counts["capture.dropped_late"] == PLENTY


@given(st.lists(st.booleans(), max_size=30))
def test_the_newest_wins_whatever_the_order_of_putting_and_taking(puts: list[bool]) -> None:
    """True puts, False takes, all in one thread: a model of one variable says what must come."""
    counts = Tally()
    mailbox = Mailbox(counts, lossless=False)
    frames = iter(blank_frames(len(puts)))
    waiting: Frame | None = None
    dropped = 0
    for is_put in puts:
        if is_put:
            dropped += waiting is not None
            waiting = next(frames)
            assert mailbox.put(waiting)
        else:
            assert mailbox.take(0.0) is waiting
            waiting = None
    assert counts["capture.dropped_late"] == dropped


def test_nothing_comes_from_an_empty_mailbox() -> None:
    mailbox = Mailbox(Tally(), lossless=True)
    assert mailbox.take(0.0) is None
    assert not mailbox.finished


@pytest.mark.parametrize("lossless", [True, False])
def test_after_closing_the_last_frame_can_still_be_taken_and_none_be_put(lossless: bool) -> None:
    mailbox = Mailbox(Tally(), lossless=lossless)
    last, late = blank_frames(2)
    mailbox.put(last)
    mailbox.close()
    assert not mailbox.put(late)
    assert not mailbox.finished
    assert mailbox.take(FOREVER) is last
    assert mailbox.finished
    assert mailbox.take(FOREVER) is None


def test_closing_wakes_who_waits_for_room() -> None:
    mailbox = Mailbox(Tally(), lossless=True)
    first, second = blank_frames(2)
    mailbox.put(first)
    answers: list[bool] = []
    putter = in_thread(lambda: answers.append(mailbox.put(second)))
    mailbox.close()
    putter.join(FOREVER)
    assert answers == [False]
    assert mailbox.take(0.0) is first


def test_closing_wakes_who_waits_for_a_frame() -> None:
    mailbox = Mailbox(Tally(), lossless=True)
    answers: list[Frame | None] = []
    taker = in_thread(lambda: answers.append(mailbox.take(FOREVER)))
    mailbox.close()
    taker.join(FOREVER)
    assert answers == [None]
