"""Plays the whole fleet: starts the processes, adds up how far they are, and brings back what they made."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import EdgeAlprError
from edge_alpr.fleet.account import Progress, UnitAccount
from edge_alpr.fleet.share import Share, play_in_child

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess

    from edge_alpr.fleet.plan import FleetPlan
    from edge_alpr.types import StopSignal

_LOOK_S: Final = 0.2
_END_S: Final = 10.0


class FleetError(EdgeAlprError):
    """The simulation itself failed; nothing can be said about the fleet."""


@dataclass(frozen=True, slots=True)
class Played:
    """What all processes brought back."""

    accounts: tuple[UnitAccount, ...]
    traffic_s: float
    """How long reads were made: the longest of the processes."""
    cpu_s: float
    """CPU seconds of all of them."""


def play(plan: FleetPlan, stop: StopSignal, report: Callable[[Progress], None]) -> Played:
    """Play a plan. ``stop`` ends the making of reads early; what was made is still waited for.

    Raises:
        FleetError: a process ended without bringing anything back.
        EdgeAlprError: what went wrong in one of them: a key that cannot be used, for example.
    """
    spawn = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
    told_to_stop = spawn.Event()
    children: dict[Connection, SpawnProcess] = {}
    for number in range(plan.processes):
        ours, theirs = spawn.Pipe(duplex=False)
        child = spawn.Process(
            target=play_in_child, args=(plan, number, told_to_stop, theirs), daemon=True
        )
        child.start()
        theirs.close()
        children[ours] = child
    try:
        return _gather(children, stop, told_to_stop.set, report)
    finally:
        for child in children.values():
            child.join(_END_S)
            child.kill()


def _gather(
    children: dict[Connection, SpawnProcess],
    stop: StopSignal,
    tell_to_stop: Callable[[], None],
    report: Callable[[Progress], None],
) -> Played:
    progress: dict[Connection, Progress] = {}
    shares: dict[Connection, Share] = {}
    while len(shares) < len(children):
        if stop.is_set():
            tell_to_stop()
        for ready in wait([pipe for pipe in children if pipe not in shares], _LOOK_S):
            assert isinstance(ready, Connection)
            try:
                news = ready.recv()
            except EOFError:
                raise FleetError(
                    f"a process of the simulation ended before its time (exit status "
                    f"{children[ready].exitcode})"
                ) from None
            if isinstance(news, EdgeAlprError):
                raise news
            if isinstance(news, Share):
                shares[ready] = news
            else:
                progress[ready] = news
                report(add_up(list(progress.values())))
    return Played(
        tuple(account for share in shares.values() for account in share.accounts),
        max(share.traffic_s for share in shares.values()),
        sum(share.cpu_s for share in shares.values()),
    )


def add_up(parts: list[Progress]) -> Progress:
    """How far all processes are together."""
    return Progress(
        units=sum(part.units for part in parts),
        connected=sum(part.connected for part in parts),
        made=sum(part.made for part in parts),
        confirmed=sum(part.confirmed for part in parts),
        links_lost=sum(part.links_lost for part in parts),
        trouble=next((part.trouble for part in parts if part.trouble), ""),
    )
