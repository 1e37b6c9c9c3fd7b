"""Plays a share of the fleet in this process: a thread for each unit, as on a unit, and one that makes the traffic."""

from __future__ import annotations

import heapq
import logging
import random
import resource
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import EdgeAlprError
from edge_alpr.fleet.account import Progress, UnitAccount
from edge_alpr.fleet.papers import Papers
from edge_alpr.fleet.unit import SimulatedUnit
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.fleet.plan import FleetPlan
    from edge_alpr.types import StopSignal

_STACK_BYTES: Final = 512 * 1024
_PATIENCE_S: Final = 30.0
"""Beyond the ramp: how long to wait for the first connection of every unit before reads are made all the same."""
_LOOK_S: Final = 0.02
_REPORT_S: Final = 1.0
_BEHIND_S: Final = 1.0
"""A machine that is too slow does not catch up with more than so much: the rate reached then says so."""
_JOIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one process brings back."""

    accounts: tuple[UnitAccount, ...]
    traffic_s: float
    """How long reads were made."""
    cpu_s: float
    """CPU seconds of the whole process."""


def play_share(
    plan: FleetPlan, number: int, stop: StopSignal, report: Callable[[Progress], None]
) -> Share:
    """Play the units of process ``number`` until their time is over or ``stop`` is set."""
    units = _units(plan, number)
    ending = threading.Event()
    threads = _start(plan, units, ending)
    try:
        traffic_s = _Traffic(plan, units, stop, report).run()
    finally:
        ending.set()
        for thread in threads:
            thread.join(_JOIN_S)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    accounts = tuple(unit.account() for unit in units)
    return Share(accounts, traffic_s, usage.ru_utime + usage.ru_stime)


def play_in_child(plan: FleetPlan, number: int, stop: StopSignal, pipe: Any) -> None:
    """The whole of a child process: sends `Progress` while it goes on, then a `Share`, or the error that ended it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells us when to end
    # 500 units that lose their broker would each say so, for each attempt; the figures tell it better.
    logging.getLogger("edge_alpr").setLevel(logging.CRITICAL)
    with pipe:
        try:
            pipe.send(play_share(plan, number, stop, pipe.send))
        except EdgeAlprError as error:
            pipe.send(error)


def _units(plan: FleetPlan, number: int) -> list[SimulatedUnit]:
    papers = None if plan.papers is None else Papers(plan.papers)
    collectors = None if plan.receipts is None else KeyRing.load(plan.receipts)
    clock = SystemClock()
    units = []
    for address in plan.share(number):
        name = str(address)
        unit = SimulatedUnit(
            plan,
            address,
            login=plan.login(address, papers),
            key=KeyPair.generate() if papers is None else KeyPair.load(papers.signing_key(name)),
            collectors=collectors,
            clock=clock,
            rng=random.Random(None if plan.seed is None else f"{plan.seed} {name}"),
        )
        units.append(unit)
    return units


def _start(
    plan: FleetPlan, units: Sequence[SimulatedUnit], ending: threading.Event
) -> list[threading.Thread]:
    """Start the units, spread over the ramp."""
    threading.stack_size(_STACK_BYTES)
    threads = []
    for order, unit in enumerate(units):
        first_s = plan.ramp_s * order / max(1, len(units))
        thread = threading.Thread(
            target=unit.run, args=(ending, first_s), name=str(unit.address), daemon=True
        )
        thread.start()
        threads.append(thread)
    return threads


class _Traffic:
    """Makes every unit's reads at random moments, and watches over the end."""

    def __init__(
        self,
        plan: FleetPlan,
        units: Sequence[SimulatedUnit],
        stop: StopSignal,
        report: Callable[[Progress], None],
    ) -> None:
        self._plan = plan
        self._units = units
        self._stop = stop
        self._report = report
        self._rng = random.Random(plan.seed)
        self._reported_s = 0.0

    def run(self) -> float:
        """Until all is confirmed, or will not be; returns for how long reads were made."""
        self._until(self._connected, self._plan.ramp_s + _PATIENCE_S)
        began_s = time.monotonic()
        if any(unit.link.connects for unit in self._units):
            self._make_reads(began_s + self._plan.duration_s)
        traffic_s = time.monotonic() - began_s
        self._until(self._confirmed, self._plan.drain_s)
        return traffic_s

    def _make_reads(self, end_s: float) -> None:
        now_s = time.monotonic()
        due = [(now_s + self._gap_s(), number) for number in range(len(self._units))]
        heapq.heapify(due)
        while now_s < end_s and not self._stop.is_set():
            while due[0][0] <= now_s:
                at_s, number = heapq.heappop(due)
                self._units[number].make_read()
                heapq.heappush(due, (max(at_s, now_s - _BEHIND_S) + self._gap_s(), number))
                now_s = time.monotonic()
            self._look()
            time.sleep(max(0.0, min(_LOOK_S, due[0][0] - time.monotonic())))
            now_s = time.monotonic()

    def _gap_s(self) -> float:
        return self._rng.expovariate(self._plan.rate_per_s)

    def _until(self, done: Callable[[], bool], longest_s: float) -> None:
        deadline_s = time.monotonic() + longest_s
        while time.monotonic() < deadline_s and not done():
            self._look()
            time.sleep(_LOOK_S)

    def _connected(self) -> bool:
        return all(unit.link.connects for unit in self._units)

    def _confirmed(self) -> bool:
        return not any(unit.spool.depth().messages for unit in self._units)

    def _look(self) -> None:
        now_s = time.monotonic()
        if now_s < self._reported_s + _REPORT_S:
            return
        self._reported_s = now_s
        units = self._units
        self._report(
            Progress(
                units=len(units),
                connected=sum(unit.link.connects > 0 for unit in units),
                made=sum(len(unit.spool.made_s) for unit in units),
                confirmed=sum(len(unit.spool.confirmed_after_s) for unit in units),
                links_lost=sum(max(0, unit.link.connects - 1) for unit in units),
                trouble=next((u.link.trouble for u in units if not u.link.connects), ""),
            )
        )
