"""This file is ``edge-alpr collect``: the reference subscriber, from a broker into a store."""

from __future__ import annotations

import argparse
import logging
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.app.upkeep import DeskUpkeep
from edge_alpr.collector.collect import Collector
from edge_alpr.collector.observe import Together
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.receipts import Receipts
from edge_alpr.collector.subscribe import Subscription
from edge_alpr.collector.validate import Validator
from edge_alpr.commands.collect_watch import Beating, Service, observer_of
from edge_alpr.commands.consumers import Debtor, parted, take_up, webhook_workers
from edge_alpr.commands.ending import until_signal
from edge_alpr.commands.login import add_login, broker_of
from edge_alpr.commands.numbers import host_and_port, positive, positive_int
from edge_alpr.errors import KeyFileError, PublishError
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.ops.clock import SystemClock
from edge_alpr.ops.logs import LogSettings, set_up
from edge_alpr.ops.supervisor import Supervisor, Worker
from edge_alpr.ops.systemd import Notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.collector.consumer import Consumer
    from edge_alpr.types import StopSignal

_DAY_S: Final = 86_400.0
_STALE_S: Final = 90.0
"""A turn, a store's and a broker's limits of time."""
_STOP_S: Final = 30.0
_log = logging.getLogger(__name__)

DESCRIPTION = """\
Subscribe to the events of all units, check each against the schema, store each message once (by unit, boot and
sequence number) and each pass in its latest phase (by id), commit, and only then acknowledge. While this is stopped
the broker keeps what comes for a week, under the name of --client-id; a broker that is killed forgets it. With
--receipt-key units are told what was stored, and one with `uplink.confirm: receipt` keeps everything until then.
Several collectors with one --share and one database share a fleet, each with a --client-id of its own.
"""

EXAMPLES = """\
examples:
  edge-alpr collect --broker mqtt://localhost --to - | jq .plate.text
  edge-alpr collect --broker mqtts://broker.example --ca ca.pem --cert me.pem --key me.key --to sqlite:plates.db
  edge-alpr collect --broker mqtt://localhost --to sqlite:plates.db --receipt-key collector.pem --units units/
  edge-alpr collect --broker mqtt://localhost --to postgresql:///alpr --share centre --client-id centre-1

  edge-alpr collect --broker mqtt://localhost --to sqlite:plates.db --to plate-recognizer:https://vms.example/hook \
    --owed owed.db

stores (one):
  postgresql://[USER@]HOST/DATABASE  for central systems; several collectors may share one. The tables are made at
                first. No password in it: PGPASSFILE, a service file or a certificate. Needs the extra "collector"
  sqlite:PATH   the same tables in one file: messages, passes, images, gaps; view current_passes
  jsonl:PATH    one message a line; what comes to its end is overwritten with spaces
  -             the same lines on standard output
In all but the last, messages are deleted at the end of their policy's time.

consumers (any number, with --owed FILE; docs/integrate.md):
  plate-recognizer:URL   alpr-group:URL   cloudevents:URL
                posted by HTTP; @FILE instead of an URL takes it from the file's first line. At least once, in order,
                until it answers 2xx or the message's time is over
  onvif:PREFIX   home-assistant:PREFIX   home-assistant-units:PREFIX
                published at the same broker, below PREFIX (for Home Assistant: its discovery prefix,
                homeassistant); the last makes units known by state and health, without plates
Sealed events reach no consumer: the collector cannot open them.

exit status: 0 done; 1 stopped by --idle-exit before --count events were stored; 2 the command line is wrong;
70 the store cannot be used, or --idle-exit came while the broker did not let us in
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "collect",
        help="receive events from a broker and store them",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--broker", required=True, metavar="URL", help="mqtt://host[:port] or mqtts://host[:port]"
    )
    parser.add_argument(
        "--to",
        required=True,
        action="append",
        metavar="STORE",
        help="postgresql://..., sqlite:PATH, jsonl:PATH or -; again for each consumer beside it",
    )
    parser.add_argument(
        "--owed",
        type=Path,
        metavar="FILE",
        help="with consumers: where what they have not got yet waits; it holds plates until then",
    )
    parser.add_argument(
        "--tell-tests",
        action="store_true",
        help="tell consumers also of events that are marked as tests; most of their shapes cannot say so",
    )
    parser.add_argument(
        "--delete-after",
        type=positive,
        metavar="DAYS",
        help="delete what was stored so many days ago, if its policy does not end before (not with -)",
    )
    parser.add_argument(
        "--desk",
        type=Path,
        metavar="DIR",
        help="the holder's desk (edge-alpr desk): delete hits that nobody confirms, and publish corrections",
    )
    parser.add_argument(
        "--metrics",
        type=host_and_port,
        metavar="HOST:PORT",
        help="listen there for Prometheus, as 127.0.0.1:9464; never a plate (default: do not listen)",
    )
    login = parser.add_argument_group("who we are")
    login.add_argument(
        "--client-id",
        default="edge-alpr-collector",
        metavar="NAME",
        help="name of our session at the broker; two collectors need two names (default: %(default)s)",
    )
    add_login(login)
    login.add_argument(
        "--share",
        metavar="GROUP",
        help="be one of several collectors: the broker gives each message to one of the group (MQTT 5)",
    )
    trust = parser.add_argument_group("signatures (edge-alpr keys makes and enrolls the keys)")
    trust.add_argument(
        "--receipt-key",
        type=Path,
        metavar="FILE",
        help="our private key: sign and send receipts for what is stored",
    )
    trust.add_argument(
        "--name",
        metavar="NAME",
        help="our name in receipts, under which units have enrolled our key (default: that of --client-id)",
    )
    trust.add_argument(
        "--units",
        type=Path,
        metavar="RING",
        help="folder or file of the units' public keys: check the signature of every message",
    )
    trust.add_argument(
        "--unverified",
        choices=("refuse", "mark"),
        default="refuse",
        help="with --units, what to do with a message without a valid signature: keep it out, or store it without "
        "a signer, as for a trial (default: %(default)s)",
    )
    ending = parser.add_argument_group("when to end (else at Ctrl-C or SIGTERM)")
    ending.add_argument("--count", type=positive_int, metavar="N", help="after storing N events")
    ending.add_argument(
        "--idle-exit", type=positive, metavar="S", help="after S seconds without a message"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    set_up(LogSettings())
    try:
        target, consumers = parted(arguments.to, arguments.owed, tests=arguments.tell_tests)
    except ValueError as error:
        print(f"edge-alpr collect: {error}", file=sys.stderr)
        return 2
    if consumers:
        take_up(consumers, arguments.owed)
    webhooks = webhook_workers(consumers, arguments.owed, SystemClock())
    if not webhooks:
        return _collect(arguments, target, consumers, Service(Notifier()), until_signal())
    results: list[int] = []

    def collecting(stop: StopSignal, beat: Callable[[], None]) -> None:
        results.append(_collect(arguments, target, consumers, Beating(beat), stop))

    status = Supervisor([*webhooks, Worker("collector", collecting, _STALE_S, _STOP_S)]).run()
    return status or results[0]


def _collect(
    arguments: argparse.Namespace,
    target: str,
    consumers: Sequence[Consumer],
    service: Service | Beating,
    stop: StopSignal,
) -> int:
    """All of it, in one thread; returns the exit status."""
    try:
        broker = broker_of(arguments)
        name = arguments.name or arguments.client_id
        key = None if arguments.receipt_key is None else KeyPair.load(arguments.receipt_key)
        if key is not None:
            Member(name, key.public)  # refuses a name that no unit could enroll
        units = None if arguments.units is None else KeyRing.load(arguments.units)
        subscription = Subscription(
            broker,
            client_id=arguments.client_id,
            protocol=arguments.protocol,
            share=arguments.share,
        )
        observer = observer_of(service, arguments.metrics)
        store = open_store(target)
        upkeep = None if arguments.desk is None else DeskUpkeep(arguments.desk, SystemClock())
    except (ValueError, KeyFileError) as error:
        print(f"edge-alpr collect: {error}", file=sys.stderr)
        return 2
    debtor = Debtor(consumers, arguments.owed) if consumers else None
    relay = None if debtor is None else debtor.beside(upkeep)
    validator = Validator(units, refuse_unverified=arguments.unverified == "refuse")
    shared = arguments.share is not None
    receipts = None if key is None else Receipts(key, name, store, shared=shared)
    if not validator.by_schema:
        _log.info("jsonschema_rs is not installed: events are checked by their types only")
    counts: dict[str, int] = {}

    def count(name: str, amount: int = 1) -> None:
        counts[name] = counts.get(name, 0) + amount

    collector = Collector(
        subscription,
        validator,
        store if debtor is None else debtor.before(store),
        clock=SystemClock(),
        count=count,
        receipts=receipts,
        observer=observer if relay is None else Together(observer, relay),
        keep_s=None if arguments.delete_after is None else arguments.delete_after * _DAY_S,
        upkeep=upkeep if relay is None else relay,
    )
    service.ready()
    try:
        stored = collector.run(stop, most=arguments.count, idle_s=arguments.idle_exit or math.inf)
    finally:
        service.stopping()
        store.close()
        if upkeep is not None:
            upkeep.close()
        if debtor is not None:
            debtor.close()
    told = ", ".join(f"{name.removeprefix('collector.')} {n}" for name, n in sorted(counts.items()))
    _log.info("ended: %s", told or "nothing came")
    missing = arguments.count is not None and stored < arguments.count
    if not stop.is_set() and (missing or arguments.count is None) and collector.trouble:
        raise PublishError(
            f"nothing came, and at the end we were not connected: {collector.trouble}"
        )
    return int(missing)
