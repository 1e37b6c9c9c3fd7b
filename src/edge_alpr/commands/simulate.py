"""This file is ``edge-alpr simulate``: a fleet of units that do not exist, against a broker and a collector that do."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.collector.tally import open_tally
from edge_alpr.commands.ending import until_signal
from edge_alpr.commands.login import add_login
from edge_alpr.commands.numbers import positive, positive_int
from edge_alpr.fleet.papers import Papers, prepare
from edge_alpr.fleet.plan import FleetPlan, processes_for, protocol_of
from edge_alpr.fleet.play import FleetError, play
from edge_alpr.fleet.verdict import ask_until_whole, judge, table
from edge_alpr.ops.clock import SystemClock
from edge_alpr.uplink.mqtt import MqttSettings

if TYPE_CHECKING:
    from edge_alpr.fleet.account import Progress

DESCRIPTION = """\
Play N units against a broker: each with its own name, keys, certificate and connection, its own last will, status,
info and health, and reads at random moments, signed and marked `test: true`. The units are the real uplink: window,
receipts, repetitions, reconnecting. At the end it says whether every read arrived once, how late, and at what rate.

Try a broker and a collector with it before the first unit hangs on a pole, and after every change.
"""

EXAMPLES = """\
examples:
  edge-alpr simulate --broker mqtt://localhost --units 20 --rate 1 --duration 60
  edge-alpr simulate --prepare bench/ --units 500 --host broker.example
  edge-alpr simulate --broker mqtts://broker.example --papers bench/ --units 500 --rate 1 --store sqlite:plates.db

A whole trial, step by step, is in docs/fleet.md.

What it does not play: cameras and networks; the card (a read waits in memory, without the up to 250 ms until its
commit); hits, gaps, corrections of the clock, pictures; bad lines (put a slow link between, or restart the broker
while it runs). All units share one machine's processor, so a latency includes its queue: believe it only if reads
were made at the rate that was asked for.

exit status: 0 every read is where it should be, once; 1 some are lost, doubled or unconfirmed, or none was made;
2 the command line is wrong; 70 the simulation failed; 78 a key or certificate cannot be used
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "simulate",
        help="play a fleet of units against a broker and a collector",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--broker", metavar="URL", help="mqtt://host[:port] or mqtts://host[:port]")
    what.add_argument(
        "--prepare",
        type=Path,
        metavar="DIR",
        help="make keys, rings and certificates for such a fleet, its collector and its broker, and end. For a "
        "bench: the certificates hold 30 days, and their authority's key is thrown away",
    )
    _add_fleet(parser)
    _add_trust(parser)
    _add_judging(parser)
    parser.set_defaults(run=run)


def _add_fleet(parser: argparse.ArgumentParser) -> None:
    fleet = parser.add_argument_group("the fleet")
    fleet.add_argument(
        "--units", type=positive_int, default=10, metavar="N", help="default: %(default)s"
    )
    fleet.add_argument(
        "--rate",
        type=positive,
        default=1.0,
        metavar="R",
        help="reads a second of each unit, at random moments (default: %(default)s). A busy lane has one in 3 s",
    )
    fleet.add_argument(
        "--duration",
        type=positive,
        default=60.0,
        metavar="S",
        help="seconds in which reads are made (default: %(default)s)",
    )
    fleet.add_argument("--org", default="bench", metavar="NAME", help="default: %(default)s")
    fleet.add_argument("--site", default="fleet", metavar="NAME", help="default: %(default)s")
    fleet.add_argument(
        "--ramp",
        type=positive,
        default=10.0,
        metavar="S",
        help="seconds over which they connect at first (default: %(default)s)",
    )
    fleet.add_argument(
        "--health",
        type=positive,
        default=60.0,
        metavar="S",
        help="seconds between two health reports of a unit (default: %(default)s)",
    )
    fleet.add_argument(
        "--processes",
        type=positive_int,
        metavar="N",
        help="processes to play them in (default: one for 250 units, which is the most that one can)",
    )
    fleet.add_argument("--seed", type=int, help="the same moments and plates again")
    fleet.add_argument(
        "--forget",
        action="store_true",
        help="take the units' retained status and info back at the end",
    )


def _add_trust(parser: argparse.ArgumentParser) -> None:
    trust = parser.add_argument_group("who they are")
    trust.add_argument(
        "--papers",
        type=Path,
        metavar="DIR",
        help="folder made by --prepare: keys that the collector knows, a certificate for each unit, and receipts",
    )
    trust.add_argument(
        "--receipts",
        type=Path,
        metavar="RING",
        help="public keys of the collectors: a read is confirmed by their receipt (default: that of --papers, else "
        "the broker's PUBACK confirms it)",
    )
    trust.add_argument(
        "--puback", action="store_true", help="PUBACK confirms, whatever --papers holds"
    )
    trust.add_argument(
        "--host",
        action="append",
        metavar="NAME",
        help="with --prepare: name or address by which the broker is reached; may be given several times (default: "
        "localhost and 127.0.0.1)",
    )
    add_login(trust, whose="all units'")


def _add_judging(parser: argparse.ArgumentParser) -> None:
    judging = parser.add_argument_group("what is told")
    judging.add_argument(
        "--store",
        metavar="STORE",
        help="the collector's store, as `edge-alpr collect --to` names it: ask it what is there",
    )
    judging.add_argument(
        "--drain",
        type=positive,
        default=60.0,
        metavar="S",
        help="seconds to wait at the end for what is not confirmed, or not stored, yet (default: %(default)s)",
    )
    judging.add_argument("--json", action="store_true", help="the figures as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    try:
        if arguments.prepare is not None:
            return _prepare(arguments)
        plan = _plan(arguments)
        tally = None if arguments.store is None else open_tally(arguments.store)
    except ValueError as error:
        print(f"edge-alpr simulate: {error}", file=sys.stderr)
        return 2
    broker = str(plan.broker.broker())
    played = play(plan, until_signal(), _Teller())
    if not any(account.connects for account in played.accounts):
        raise FleetError(f"no unit was ever connected: {played.accounts[0].trouble}")
    stored = None
    if tally is not None:
        with closing(tally):
            stored = ask_until_whole(tally, played.accounts, plan.drain_s)
    verdict = judge(plan, played, stored)
    if arguments.json:
        print(json.dumps({"broker": broker, **verdict.as_json()}, indent=2))
    else:
        print(table(verdict, broker))
    return 0 if verdict.sound else 1


def _prepare(arguments: argparse.Namespace) -> int:
    plan = FleetPlan(
        units=arguments.units,
        rate_per_s=arguments.rate,
        duration_s=arguments.duration,
        broker=MqttSettings(),
        org=arguments.org,
        site=arguments.site,
    )
    hosts = arguments.host or ["localhost", "127.0.0.1"]
    papers = prepare(arguments.prepare, plan.addresses, hosts, SystemClock().now().utc_s)
    print(f"{papers.units}: {len(plan.addresses)} units, for `edge-alpr collect --units`")
    print(f"{papers.collector_key}: for `edge-alpr collect --receipt-key`")
    print(f"{papers.ca_file.parent}: ca.pem, and certificates of broker, collector and units")
    return 0


def _plan(arguments: argparse.Namespace) -> FleetPlan:
    """
    Raises:
        ValueError: the options do not fit together.
    """
    receipts: Path | None = arguments.receipts
    if receipts is None and arguments.papers is not None:
        receipts = Papers(arguments.papers).collectors
    plan = FleetPlan(
        units=arguments.units,
        rate_per_s=arguments.rate,
        duration_s=arguments.duration,
        broker=MqttSettings(
            url=arguments.broker,
            username=arguments.username,
            password_file=arguments.password_file,
            ca_file=arguments.ca,
            cert_file=arguments.cert,
            key_file=arguments.key,
            protocol=protocol_of(arguments.protocol),
        ),
        org=arguments.org,
        site=arguments.site,
        papers=arguments.papers,
        receipts=None if arguments.puback else receipts,
        ramp_s=arguments.ramp,
        drain_s=arguments.drain,
        health_s=arguments.health,
        forget=arguments.forget,
        seed=arguments.seed,
    )
    processes = arguments.processes or processes_for(plan.units)
    if processes < processes_for(plan.units):
        raise ValueError(f"{plan.units} units need {processes_for(plan.units)} processes at least")
    return replace(plan, processes=min(processes, plan.units))


class _Teller:
    """Shows how far it is: one line that is written over on a terminal, one in ten seconds elsewhere."""

    def __init__(self) -> None:
        self._shown_s = 0.0
        self._every_s = 1.0 if sys.stderr.isatty() else 10.0

    def __call__(self, progress: Progress) -> None:
        now_s = time.monotonic()
        if now_s < self._shown_s + self._every_s:
            return
        self._shown_s = now_s
        line = (
            f"{progress.connected} of {progress.units} units connected, {progress.made} reads made, "
            f"{progress.made - progress.confirmed} on their way, {progress.links_lost} links lost"
        )
        if progress.trouble:
            line += f"; {progress.trouble}"
        if sys.stderr.isatty():
            print(f"\r\033[K{line[:120]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
