"""This file makes the vision thread's loop, from the mailbox to delivery, and says who hears of each frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from edge_alpr.ops.thermal import STEPS, Pace, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.capture.exposure import PlateMeter
    from edge_alpr.capture.mailbox import Mailbox
    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock, Counter, Frame, FrameReport, StopSignal
    from edge_alpr.vision.pipeline import Pipeline

TAKE_S: Final = 0.5
"""Longest wait for a frame: so often passes are decided whose vehicle is gone."""


def look(
    pipeline: Pipeline,
    mailbox: Mailbox,
    deliver: Callable[[Finding], None],
    clock: Clock | None,
    late: Callable[[float], None] = lambda _: None,
    *,
    most_s: float = math.inf,
    count: Counter = lambda _name, _amount=1: None,
    step: Callable[[], Step] = lambda: STEPS[0],
) -> Callable[[StopSignal, Callable[[], None]], None]:
    """The vision thread's loop. It ends when the mailbox is closed and empty, so that no taken frame is lost.

    ``clock`` is that of a live source's frames, by which time passes without frames too. A recording has none: its
    time is that of its frames, however slowly they come. ``late`` is told how old each live frame was when it was done.
    A live frame older than ``most_s`` is not looked at: after a stall, what nobody may remember must not be read.
    ``step`` says how much is done while the board is hot, with a live source. Counts ``capture.dropped_old`` and
    ``capture.dropped_hot``.
    """
    pace = Pace()

    def loop(_stop: StopSignal, beat: Callable[[], None]) -> None:
        while not mailbox.finished:
            beat()
            frame = mailbox.take(TAKE_S)
            if frame is not None and clock is not None and _age_s(frame, clock) > most_s:
                count("capture.dropped_old")
                frame = None
            if frame is not None and clock is not None:
                now = step()
                pipeline.closer_looks = now.closer_looks
                if not pace.lets(frame.at.mono_s, now.most_fps):
                    count("capture.dropped_hot")
                    frame = None
            if frame is not None:
                findings = pipeline.process(frame)
            else:
                findings = [] if clock is None else pipeline.wait(clock.now().mono_s)
            for finding in findings:
                deliver(finding)
            if frame is not None and clock is not None:
                late(_age_s(frame, clock))
        for finding in pipeline.flush():
            deliver(finding)

    return loop


def _age_s(frame: Frame, clock: Clock) -> float:
    return clock.now().mono_s - frame.at.mono_s


def observing(
    observe: Callable[[FrameReport], None], meter: PlateMeter | None
) -> Callable[[FrameReport], None]:
    """Who hears of each frame: ops, and what chooses the exposure, which is told how plates were lit alone."""
    if meter is None:
        return observe

    def both(report: FrameReport) -> None:
        observe(report)
        meter.hear(report.lights)

    return both
