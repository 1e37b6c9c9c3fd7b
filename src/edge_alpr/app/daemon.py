"""This file makes the running unit: both halves as workers, sink first, and the loop from vision to delivery."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from edge_alpr import __version__
from edge_alpr.app.announce import Announcer
from edge_alpr.app.build import (
    build_confirmation,
    build_delivery,
    build_pipeline,
    build_source,
    load_unit_key,
    unit_address,
)
from edge_alpr.capture.grab import Grabber
from edge_alpr.capture.mailbox import Mailbox
from edge_alpr.capture.video import VideoSettings
from edge_alpr.config.load import digest
from edge_alpr.delivery.kept import KeptEvents
from edge_alpr.delivery.notices import Notices
from edge_alpr.delivery.policy import load_policy
from edge_alpr.errors import SpoolError
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.event import SCHEMA
from edge_alpr.ops.clock import SystemClock, WorkClock
from edge_alpr.ops.health import Load, StatusBoard, StatusFile, keep_writing
from edge_alpr.ops.runtime import alone, runtime_dir
from edge_alpr.ops.supervisor import EXIT_OK, Supervisor, Worker
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import Presence
from edge_alpr.uplink.mqtt import MqttLink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.passes import Finding
    from edge_alpr.types import Clock, StopSignal
    from edge_alpr.vision.pipeline import Pipeline

log = logging.getLogger(__name__)

Half = Literal["camera", "uplink"]

EXIT_MISSING = 1
UNREADABLE = 40
"""So many looks in a row, a quarter of a second apart, at a spool that cannot be read."""
STALE_S = 30.0
"""A worker without progress for so long counts as stuck. Loading a frame or a name look-up may take a few seconds."""
HANG_S = 3.0
"""How long the camera's driver may take to notice a stop. OpenCV's time limits are longer and cannot be cut short."""
TAKE_S = 0.5
OVERLOADED = "overloaded: more than half of the frames are dropped before they are looked at"
STATUS_NAME = "camera.json"
STANDING_NAME = "standing.jsonl"
"""The events of vehicles that stand in view, so that a restart does not see them arrive again. In memory, like all."""
OLD_STATUS_S = 30.0


def run_daemon(config: Config, only: Half | None) -> int:
    """Run the unit, or one half of it, until it is told to stop. Returns the exit status."""
    clock = SystemClock()
    # A folder of its own: two units on one host must not tell each other's state.
    folder = runtime_dir(
        runtime_dir(config.runtime.dir) / str(unit_address(config)).replace("/", ".")
    )
    status = StatusFile(folder / STATUS_NAME, clock)
    with ExitStack() as stack:
        for half in ("camera", "uplink") if only is None else (only,):
            stack.enter_context(alone(folder, half))
        workers = []
        missing: list[str] = []
        if only != "camera":
            workers.append(_uplink_worker(config, clock, status, missing))
        if only != "uplink":
            workers += _camera_workers(config, status, folder, stack, missing)
        supervisor = Supervisor(workers)
        result = supervisor.run()
    if missing and result == EXIT_OK:
        log.error("ended, but reads are missing: %s", "; ".join(missing))
        result = EXIT_MISSING
    if supervisor.left_behind:
        # A thread that comes back from its driver while the interpreter is taken down would crash the process.
        logging.shutdown()
        os._exit(result)
    return result


def _camera_workers(
    config: Config, status: StatusFile, folder: Path, stack: ExitStack, missing: list[str]
) -> list[Worker]:
    """``missing`` gets what was lost at the end, in words."""
    clock, board = SystemClock(), StatusBoard()
    source = build_source(config, clock, board.count)
    policy = load_policy(config.policy)
    log.warning("%s", policy.announcement)
    key = load_unit_key(config)
    sign = None if key is None else partial(sign_document, key=key)
    log.info("messages are %s", f"signed with key {key.kid}" if key else "not signed: no unit_key")
    cpu_s = WorkClock()
    with cpu_s.adopting():
        pipeline = build_pipeline(config, board.observe, cpu_s)
    spool = Spool(config.spool, clock=clock, count=board.count)
    delivery = build_delivery(
        config,
        pipeline,
        policy,
        boot=spool.boot,
        append=spool.append,
        clock=clock,
        count=board.count,
        sign=sign,
        kept=KeptEvents(folder / STANDING_NAME),
    )
    board.set(info=_info(config, pipeline, key), signed=key is not None)
    notices = Notices(spool.append, address=unit_address(config), boot=spool.boot, sign=sign)
    announcer = Announcer(spool, notices, clock)
    mailbox = Mailbox(board.count, lossless=not source.live)
    grabber = Grabber(source, mailbox, config.grab, board.count)
    spool.open()
    stack.callback(_close, spool, missing)
    live = clock if source.live else None
    looking = look(pipeline, mailbox, delivery.deliver, live, board.late)
    load = Load(board.tally)

    def assess() -> dict[str, Any]:
        if grabber.lost is not None:
            return {"state": "blind", "reason": grabber.lost}
        if spool.failing is not None:
            return {"state": "degraded", "reason": spool.failing}
        if load.too_high():
            return {"state": "degraded", "reason": OVERLOADED}
        return {"state": "online", "reason": None}

    writing = keep_writing(status, board, config.runtime.status_s, assess)
    return [
        Worker("status", writing, stale_s=STALE_S + config.runtime.status_s),
        Worker("spool", spool.run, stale_s=STALE_S, settled=lambda: spool.waiting == 0),
        Worker("announcer", announcer.run, stale_s=STALE_S),
        Worker("vision", looking, stale_s=STALE_S),
        Worker(
            "capture",
            grabber.run,
            stale_s=STALE_S + _opening_s(config),
            stop_s=HANG_S,
            interrupt=grabber.interrupt,
            abandon=grabber.abandon,
        ),
    ]


def look(
    pipeline: Pipeline,
    mailbox: Mailbox,
    deliver: Callable[[Finding], None],
    clock: Clock | None,
    late: Callable[[float], None] = lambda _: None,
) -> Callable[[StopSignal, Callable[[], None]], None]:
    """The vision thread's loop. It ends when the mailbox is closed and empty, so that no taken frame is lost.

    ``clock`` is that of a live source's frames, by which time passes without frames too. A recording has none: its
    time is that of its frames, however slowly they come. ``late`` is told how old each live frame was when it was done.
    """

    def loop(_stop: StopSignal, beat: Callable[[], None]) -> None:
        while not mailbox.finished:
            beat()
            frame = mailbox.take(TAKE_S)
            if frame is not None:
                findings = pipeline.process(frame)
            else:
                findings = [] if clock is None else pipeline.wait(clock.now().mono_s)
            for finding in findings:
                deliver(finding)
            if frame is not None and clock is not None:
                late(clock.now().mono_s - frame.at.mono_s)
        for finding in pipeline.flush():
            deliver(finding)

    return loop


def _opening_s(config: Config) -> float:
    """How long a camera may take from one frame to the next: its limits for finding, opening and the first frame."""
    return 3 * config.camera.timeout_s if isinstance(config.camera, VideoSettings) else 0.0


def _uplink_worker(
    config: Config, clock: SystemClock, status: StatusFile, missing: list[str]
) -> Worker:
    board = StatusBoard()
    address = unit_address(config)

    def snapshot() -> dict[str, Any]:
        camera = status.read()
        facts = board.snapshot()
        facts["uplink_counts"] = facts.pop("counts")
        for of_vision in ("stage_cpu_ms", "latency_ms", "funnel"):
            facts.pop(of_vision)
        if camera is None:
            return {**facts, "state": "degraded", "reason": "the camera half says nothing"}
        age_s = clock.now().utc_s - float(camera.pop("written_utc_s", 0.0))
        camera.pop("info", None)
        if age_s > OLD_STATUS_S + config.runtime.status_s:
            return {**camera, **facts, "state": "degraded", "reason": "the camera half has stopped"}
        return {**camera, **facts}

    def info() -> dict[str, Any]:
        camera = status.read() or {}
        return {"software": __version__, "schemas": [SCHEMA], **camera.get("info", {})}

    feed = SpoolFeed(config.spool.path, count=board.count)
    link = MqttLink(config.mqtt, client_id=str(address).replace("/", "-"))
    presence = Presence(address, config.health, snapshot=snapshot, info=info)
    uplink = Uplink(
        feed,
        link,
        presence,
        config.uplink,
        address=address,
        clock=clock,
        count=board.count,
        confirmation=build_confirmation(config, board.count),
    )
    patience = STALE_S + 4 * config.mqtt.connect_timeout_s
    return Worker(
        "uplink",
        uplink.run,
        stale_s=patience,
        stop_s=config.uplink.drain_s + 15,
        settled=_emptiness(feed, missing),
    )


def _info(config: Config, pipeline: Pipeline, key: KeyPair | None) -> dict[str, Any]:
    """What changes only by a restart, for the retained ``info``."""
    return {
        "cameras": [config.unit.camera],
        "policy": config.policy.profile,
        "config": digest(config),
        "key": None if key is None else key.kid,
        "models": {
            card.name: {"version": card.version, "sha256": card.sha256} for card in pipeline.cards
        },
    }


def _close(spool: Spool, missing: list[str]) -> None:
    if left := spool.close():
        missing.append(f"{left} messages could not be stored")


def _emptiness(feed: SpoolFeed, missing: list[str]) -> Callable[[], bool]:
    """Asks whether nothing is left that could be sent. A spool that stays unreadable is given up, and said missing."""
    failures = 0

    def is_empty() -> bool:
        nonlocal failures
        try:
            empty = feed.depth().messages == 0
        except SpoolError as error:
            failures += 1
            if failures == UNREADABLE:
                missing.append(f"what waits cannot be read ({error})")
            return failures >= UNREADABLE
        failures = 0
        return empty

    return is_empty
