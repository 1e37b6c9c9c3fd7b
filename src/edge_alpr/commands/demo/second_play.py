"""Plays the demo's second act: a unit in its two halves, a broker that keeps files, a collector, a list that is sent.

The half with the network runs first, so that the signed list is there before the first vehicle comes. While all of it
runs, every file that unit, broker and collector write is searched for the plates of all vehicles.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.app.daemon import STATUS_NAME
from edge_alpr.app.halves import OFFERED_NAME
from edge_alpr.commands.demo.broker import BrokerProgram, start_broker
from edge_alpr.commands.demo.children import DemoError, ourselves
from edge_alpr.commands.demo.parties import ADDRESS, Parties
from edge_alpr.commands.demo.search import Search, schemas_in
from edge_alpr.message.sealed import SEALED
from edge_alpr.ops.clock import SystemClock
from edge_alpr.ops.health import StatusFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.commands.demo.children import Child

_LOOK_S: Final = 0.3
_START_S: Final = 60.0
_FILM_S: Final = 240.0
"""What thirteen seconds of film may take on a slow machine."""
_QUIET_S: Final = 1.5
"""After the unit has ended: how long nothing more may come."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it."""

    received: tuple[str, ...]
    """The kind of every message that the collector stored."""
    counts: dict[str, int]
    """The camera half's counters at its end."""
    collected: Path
    """A message a line."""
    logs: tuple[Path, ...]
    """The unit's audit logs."""


def play_second(
    folder: Path, parties: Parties, clip: Path, program: BrokerProgram, search: Search
) -> Played:
    """Run it in a folder; all processes have ended when this returns.

    Raises:
        DemoError: a process died, or something does not come to an end.
    """
    collected, runtime = folder / "collected.jsonl", folder / "runtime" / _flat()
    with ExitStack() as children:
        server, port = start_broker(program, folder)
        children.enter_context(server)
        url = f"mqtt://127.0.0.1:{port}"
        config = parties.configure(clip=clip, url=url, protocol=program.protocol)
        collector = children.enter_context(
            ourselves(
                "collect",
                folder,
                *("--broker", url, "--protocol", program.protocol),
                *("--to", f"jsonl:{collected}", "--units", str(parties.units)),
            )
        )
        run = ("--config", str(config))
        uplink = children.enter_context(
            ourselves("run", folder, *run, "--only", "uplink", log="uplink")
        )
        others = (server, collector, uplink)
        _send_list(folder, url, program, parties, others)
        _until((runtime / OFFERED_NAME).exists, _START_S, others, "the list reaches the unit")
        camera = children.enter_context(
            ourselves("run", folder, *run, "--only", "camera", log="camera")
        )

        def ended() -> bool:
            search.look_at(folder)
            return not camera.running()

        _until(ended, _FILM_S, others, "the film ends")
        if camera.process.returncode:
            raise camera.died()

        def stored() -> bool:
            search.look_at(folder)
            return SEALED in _kinds(collected)

        _until(stored, _START_S, others, "the collector stores the hit")
        time.sleep(_QUIET_S)
        uplink.end()
        collector.end()
        server.end()
    search.look_at(folder)
    status = StatusFile(runtime / STATUS_NAME, SystemClock()).read() or {}
    logs = tuple(sorted((folder / "card" / "audit").glob("*.jsonl")))
    return Played(tuple(_kinds(collected)), status.get("counts", {}), collected, logs)


def _send_list(
    folder: Path, url: str, program: BrokerProgram, parties: Parties, others: tuple[Child, ...]
) -> None:
    to = ("--units", str(parties.units), "--broker", url, "--protocol", program.protocol)
    with ourselves("hotlist", folder, "send", str(parties.hotlist), *to) as sending:
        _until(lambda: not sending.running(), _START_S, others, "the broker has the hotlist")
        if sending.process.returncode:
            raise sending.died()


def _flat() -> str:
    return str(ADDRESS).replace("/", ".")


def _kinds(collected: Path) -> list[str]:
    try:
        with collected.open("rb") as lines:
            return schemas_in(lines)
    except FileNotFoundError:
        return []


def _until(done: Callable[[], bool], limit_s: float, others: tuple[Child, ...], what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not done():
        for child in others:
            child.check()
        if time.monotonic() > deadline:
            raise DemoError(f"it takes longer than {limit_s:.0f} s until {what}")
        time.sleep(_LOOK_S)
