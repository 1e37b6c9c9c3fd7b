"""This file runs the whole pipeline over a recording and gives the events it would send, without spool and broker."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from edge_alpr.app.build import build_delivery, build_pipeline, build_source
from edge_alpr.app.list_watch import local_list
from edge_alpr.message.codec import decode
from edge_alpr.message.event import ClockState
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge_alpr.config.settings import Config
    from edge_alpr.delivery.policy import Policy
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.types import Clock, Counter, FrameSource, Outgoing

BOOT = "00000000"
NO_CLOCK = ClockState(source="none", synced=False, error_ms=None, age_s=None)
"""A replay's events carry no boot and no clock of a unit: the same recording gives the same bytes."""


def replay_events(
    config: Config,
    policy: Policy,
    clock: Clock,
    count: Counter,
    source: FrameSource | None = None,
) -> Iterator[PlateEvent]:
    """One final event per pass, in order, as soon as each is decided.

    Args:
        config: the unit's; its camera is played.
        policy: what may be told.
        clock: what the unit takes for now.
        count: told what was dropped.
        source: what to play instead of the configured camera.

    Raises:
        SourceError: the recording cannot be played.
    """
    waiting: list[PlateEvent] = []
    seq = 0

    def append(_outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        nonlocal seq
        seq += 1
        waiting.append(decode(make_body(seq)))
        return seq

    # A recording has a time of its own, in which no list need have been in force.
    lists = local_list(config, policy.in_force, SystemClock().now().utc_s)
    pipeline = build_pipeline(config)
    source = source or build_source(config, clock, count)
    delivery = build_delivery(
        config,
        pipeline,
        policy,
        boot=BOOT,
        append=append,
        clock=clock,
        count=count,
        clock_state=lambda: NO_CLOCK,
        lists=lambda: lists,
        live=False,
        entropy=random.Random(0).randbytes,
    )
    for frame in source.frames():
        for sighting in pipeline.process(frame):
            delivery.deliver(sighting)
        yield from waiting
        waiting.clear()
    for sighting in pipeline.flush():
        delivery.deliver(sighting)
    yield from waiting
