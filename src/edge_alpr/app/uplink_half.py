"""This file makes the uplink half: from the spool to the broker. No camera, and no key that opens anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_alpr import __version__
from edge_alpr.app.audit import Auditor, open_log
from edge_alpr.app.build import build_confirmation, unit_address
from edge_alpr.app.halves import OFFERED_NAME, STALE_S
from edge_alpr.app.hourly import Hours, uplink_figures
from edge_alpr.config.load import digest
from edge_alpr.errors import SpoolError
from edge_alpr.message.event import SCHEMA
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.handover import HandOverFile
from edge_alpr.ops.health import StatusBoard
from edge_alpr.ops.supervisor import Worker
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.uplink.downlink import Downlink
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import Presence
from edge_alpr.uplink.mqtt import MqttLink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.ops.clock import SystemClock
    from edge_alpr.ops.health import StatusFile

UNREADABLE: Final = 40
"""So many looks in a row, a quarter of a second apart, at a spool that cannot be read."""
HOURS_NAME: Final = "hour-uplink.json"
OLD_STATUS_S: Final = 30.0


def uplink_workers(
    config: Config, clock: SystemClock, status: StatusFile, folder: Path, missing: list[str]
) -> list[Worker]:
    """Its workers, sink first. ``missing`` gets what was never sent, in words."""
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
        lists = {"hotlist": camera.get("hotlist")}
        return {"software": __version__, "schemas": [SCHEMA], **camera.get("info", {}), **lists}

    feed = SpoolFeed(config.spool.path, count=board.count)
    link = MqttLink(config.mqtt, client_id=str(address).replace("/", "-"))
    presence = Presence(address, config.health, snapshot=snapshot, info=info)
    auditor = _auditor(config, folder, clock, board, feed)
    offered = HandOverFile(folder / OFFERED_NAME)
    uplink = Uplink(
        feed,
        link,
        presence,
        config.uplink,
        address=address,
        clock=clock,
        count=board.count,
        confirmation=build_confirmation(config, board.count, auditor.record),
        downlink=Downlink(address, offered.put, count=board.count, record=auditor.record),
    )
    patience = STALE_S + 4 * config.mqtt.connect_timeout_s
    return [
        Worker("audit-uplink", auditor.run, stale_s=STALE_S),
        Worker(
            "uplink",
            uplink.run,
            stale_s=patience,
            stop_s=config.uplink.drain_s + 15,
            settled=_emptiness(feed, missing),
        ),
    ]


def _auditor(
    config: Config, folder: Path, clock: SystemClock, board: StatusBoard, feed: SpoolFeed
) -> Auditor:
    """What writes this half's log. The camera half signs it: the key is there."""
    hours = Hours(folder / HOURS_NAME, lambda: board.snapshot()["counts"], clock)

    def hourly(last: bool) -> list[tuple[str, dict[str, Any]]]:
        over = hours.due(active=True, last=last)
        held = _held(feed) if over else {}
        return [("counts", {**uplink_figures(stretch), **held}) for stretch in over]

    auditor = Auditor(
        open_log(config, "uplink", None, clock), clock=clock, count=board.count, hourly=hourly
    )
    auditor.record("start", software=__version__, part="uplink", config=digest(config))
    return auditor


def _held(feed: SpoolFeed) -> dict[str, Any]:
    """What waits in the spool, and since when."""
    try:
        depth = feed.depth()
    except SpoolError:
        return {}
    oldest = None if depth.oldest_s is None else to_text(depth.oldest_s)
    return {"held": depth.messages, "oldest": oldest}


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
