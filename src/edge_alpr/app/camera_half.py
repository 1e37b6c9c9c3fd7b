"""This file makes the camera half: from light to the spool, with everything that a plate in clear may meet."""

from __future__ import annotations

import logging
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.announce import Announcer
from edge_alpr.app.build import (
    build_delivery,
    build_meter,
    build_pipeline,
    build_source,
    build_watch,
    load_unit_key,
    unit_address,
)
from edge_alpr.app.camera_audit import camera_auditor, note_start
from edge_alpr.app.camera_health import CameraHealth
from edge_alpr.app.halves import STALE_S
from edge_alpr.app.list_watch import watch_lists
from edge_alpr.app.look import look, observing
from edge_alpr.app.policy_in_force import load_policy, remember, watched, within_ram
from edge_alpr.app.sealing import load_sealing, seals_hits
from edge_alpr.app.seen_numbers import state_folder
from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.grab import Grabber
from edge_alpr.capture.mailbox import Mailbox
from edge_alpr.config.load import digest
from edge_alpr.delivery.kept import KeptEvents
from edge_alpr.delivery.notices import Notices
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.event import SCHEMA
from edge_alpr.message.sealed import SEALED
from edge_alpr.ops.board import board_state, disk_state
from edge_alpr.ops.clock import SystemClock, WorkClock, clock_quality
from edge_alpr.ops.health import Load, StatusBoard, StatusFile, keep_writing
from edge_alpr.ops.read_rate import READ_RATES, ReadRate
from edge_alpr.ops.supervisor import Worker
from edge_alpr.ops.textfile import write_textfile
from edge_alpr.ops.thermal import ThermalGovernor
from edge_alpr.spool.store import Spool

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from edge_alpr.app.sealing import SealedTo
    from edge_alpr.config.settings import Config
    from edge_alpr.delivery.policy import Policy
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.vision.pipeline import Pipeline

log = logging.getLogger(__name__)

HANG_S: Final = 3.0
"""How long the camera's driver may take to notice a stop. OpenCV's time limits are longer and cannot be cut short."""
STANDING_NAME: Final = "standing.jsonl"
"""The events of vehicles that stand in view, so that a restart does not see them arrive again. In memory, like all."""


def camera_workers(
    config: Config, status: StatusFile, folder: Path, stack: ExitStack, missing: list[str]
) -> list[Worker]:
    """Its workers, sink first. ``missing`` gets what was lost at the end, in words."""
    clock, board = SystemClock(), StatusBoard()
    eye, meter = build_watch(config, board.count), build_meter(config)
    source = build_source(config, clock, board.count, eye, meter)
    policy = load_policy(config)
    config = within_ram(config, policy.in_force.rules)
    log.warning("%s", policy.announcement)
    key = load_unit_key(config)
    sign = None if key is None else partial(sign_document, key=key)
    log.info("messages are %s", f"signed with key {key.kid}" if key else "not signed: no unit_key")
    sealed = load_sealing(config, policy.in_force, key)
    if sealed is not None:
        log.info("reads are sealed to %s", sealed)
    standing: Path | None = folder / STANDING_NAME
    if seals_hits(policy.in_force.rules):  # then no file has one in clear, not even in memory
        (folder / STANDING_NAME).unlink(missing_ok=True)
        standing = None
    cpu_s = WorkClock()
    with cpu_s.adopting():
        pipeline = build_pipeline(config, observing(board.observe, meter), cpu_s)
    spool = Spool(config.spool, clock=clock, count=board.count)
    auditor = camera_auditor(
        config,
        key,
        policy.in_force,
        spool,
        folder,
        clock=clock,
        count=board.count,
        counts=lambda: board.snapshot()["counts"],
        active=lambda: grabber.lost is None,
    )
    watch = watch_lists(
        config,
        policy.in_force,
        key,
        folder,
        clock=clock,
        count=board.count,
        record=auditor.record,
    )
    delivery = build_delivery(
        config,
        pipeline,
        policy,
        boot=spool.boot,
        append=spool.append,
        clock=clock,
        count=board.count,
        sign=sign,
        seal=None if sealed is None else sealed.sealer,
        kept=KeptEvents(standing),
        lists=lambda: watch.lists.current,
        live=source.live,
        record=auditor.record,
    )
    info = _info(config, pipeline, policy, key, sealed)
    board.set(info=info, signed=key is not None, sealed=sealed is not None)
    notices = Notices(spool.append, address=unit_address(config), boot=spool.boot, sign=sign)
    note_start(auditor, config, pipeline, policy.in_force, spool.boot)
    watch.begin()
    announcer = Announcer(spool, notices, clock, record=auditor.record)
    thermal = ThermalGovernor(config.thermal)
    rates = ReadRate(state_folder(config) / READ_RATES if source.live else None, board.tally)
    mailbox = Mailbox(board.count, lossless=not source.live)
    grabber = Grabber(source, mailbox, config.grab, board.count)
    spool.open()
    remember(config, policy)
    stack.callback(_close, spool, missing)
    live = clock if source.live else None
    looking = look(
        pipeline,
        mailbox,
        delivery.deliver,
        live,
        board.late,
        most_s=config.passes.memory_s,
        count=board.count,
        step=lambda: thermal.step,
    )
    health = CameraHealth(
        grabber=grabber,
        eye=eye if source.live else None,
        spool=spool,
        forbidden=watched(policy.in_force, auditor.record),
        auditor=auditor,
        sealed=sealed,
        lists=watch.lists,
        load=Load(board.tally),
        thermal=thermal,
        rates=rates,
    )

    def assess() -> dict[str, Any]:
        now, state, quality = clock.now(), board_state(), clock_quality()
        thermal.update(state, now)
        rates.update(now, synced=quality.synced)
        return {
            "hotlist": watch.described(),
            "board": state.described(),
            "thermal": thermal.described(),
            "disk": disk_state(config.spool.path),
            "clock": asdict(quality),
            "read_rate": rates.described(),
            **health.assess(now),
        }

    def tell_prometheus(snapshot: dict[str, Any]) -> None:
        if config.runtime.textfile is not None:
            write_textfile(config.runtime.textfile, snapshot)

    writing = keep_writing(status, board, config.runtime.status_s, assess, tell_prometheus)
    return [
        Worker("status", writing, stale_s=STALE_S + config.runtime.status_s),
        Worker("spool", spool.run, stale_s=STALE_S, settled=lambda: spool.waiting == 0),
        Worker("audit", auditor.run, stale_s=STALE_S),
        Worker("announcer", announcer.run, stale_s=STALE_S),
        Worker("hotlist", watch.run, stale_s=STALE_S),
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


def _opening_s(config: Config) -> float:
    """How long a camera may take from one frame to the next: its limits for finding, opening and the first frame."""
    camera = config.camera
    return 0.0 if camera is None or isinstance(camera, FilesSettings) else 3 * camera.timeout_s


def _info(
    config: Config,
    pipeline: Pipeline,
    policy: Policy,
    key: KeyPair | None,
    sealed: SealedTo | None,
) -> dict[str, Any]:
    """What changes only by a restart, for the retained ``info``."""
    return {
        "cameras": [config.unit.camera],
        "policy": policy.in_force.described(),
        "config": digest(config),
        "key": None if key is None else key.kid,
        "sealed": None if sealed is None else sealed.described(),
        "schemas": [SCHEMA] if sealed is None else [SCHEMA, SEALED],
        "models": {
            card.name: {"version": card.version, "sha256": card.sha256} for card in pipeline.cards
        },
    }


def _close(spool: Spool, missing: list[str]) -> None:
    if left := spool.close():
        missing.append(f"{left} messages could not be stored")
