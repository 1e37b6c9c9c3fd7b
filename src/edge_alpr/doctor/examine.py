"""This file goes through a unit from its configuration to its collector and tells each finding as it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.config.load import load_config
from edge_alpr.doctor.board import board
from edge_alpr.doctor.broker import broker, not_tried
from edge_alpr.doctor.camera import camera, models, nothing_to_see
from edge_alpr.doctor.clock import clock
from edge_alpr.doctor.finding import Finding, fail, ok, skip
from edge_alpr.doctor.network import network
from edge_alpr.doctor.services import said_by_camera, services
from edge_alpr.doctor.storage import storage
from edge_alpr.doctor.trust import trust
from edge_alpr.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.doctor.surroundings import Surroundings


def examine(
    file: Path, around: Surroundings, *, with_camera: bool = True, with_network: bool = True
) -> Iterator[Finding]:
    """Every finding of the unit that ``file`` configures, in the order in which they are best mended."""
    config: Config | None = None
    try:
        config = load_config(file)
    except ConfigError as error:
        for problem in error.problems:
            mend = f"edit {file}; `edge-alpr check {file}` says whether it is right then"
            yield fail("configuration", str(problem), mend)
    if config is None:
        yield from board(around)
        yield skip("everything else", "not tried: the configuration comes first")
        return
    yield ok("configuration", f"{file} is valid")
    now_s = around.clock.now().utc_s
    said = said_by_camera(config, around)
    yield camera(config, around, said) if with_camera else nothing_to_see()
    yield models(config)
    yield from storage(config, around)
    yield from board(around)
    yield from clock(config, file, around)
    yield from trust(config, now_s, said)
    if with_network:
        yield from _outside(config, around, now_s)
    else:
        yield skip("network", "not asked for (--no-network)")
    yield from services(config, around, said)


def _outside(config: Config, around: Surroundings, now_s: float) -> Iterator[Finding]:
    """The way to the broker, and what it lets us do if that way is free."""
    stopped = None
    for found in network(config, now_s):
        if found.grade == "fail" and found.check in {"DNS", "connection", "TLS"}:
            stopped = stopped or found.check
        yield found
    if stopped is None:
        yield from broker(config, around)
    else:
        yield skip("login", f"not tried: {stopped} comes first")
        yield from not_tried(stopped)
