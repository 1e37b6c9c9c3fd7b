"""This file is ``edge-alpr broker-config``: a hardened broker's configuration with the access list of the contract.

A client is who its certificate says: the common name of a unit is ``org/site/unit``, as `edge-alpr keys request` asks
for. One pair of lines then holds for every unit there will ever be: it writes below its own ``up`` and reads below its
own ``down``. RabbitMQ needs such lines for each unit, so it is given the ring of their keys.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.commands.numbers import within
from edge_alpr.errors import EdgeAlprError
from edge_alpr.fleet import rabbitmq
from edge_alpr.keys.ring import KeyRing
from edge_alpr.message.topics import ABOUT_FILTER, ROOT, UP_FILTER

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG: Final = """\
# A broker for edge-alpr units. Made by `edge-alpr broker-config`; mosquitto 2.0.16 or newer.
per_listener_settings false
listener {port}
cafile {folder}/ca.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
tls_version tlsv1.2

# Who may come in: nobody without a certificate of our authority; its common name is the user's name.
allow_anonymous false
require_certificate true
use_identity_as_username true
acl_file {folder}/acl

# What survives a restart. A kill or a power cut can still lose what was acknowledged since the last save: that is why a
# unit that counts on it waits for the collector's receipt (uplink.confirm: receipt).
persistence true
persistence_location {data}/
autosave_interval 30
persistent_client_expiration 14d

# Bounds. Beyond max_queued_messages an absent collector's messages are dropped without a word (the default is 1000).
max_queued_messages {queued}
max_queued_bytes {queued_bytes}
max_inflight_messages 100
# A unit's messages are short; the largest hotlist is not.
max_packet_size 8454144
max_connections {connections}
max_keepalive 3600

log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
"""

ACCESS: Final = """\
# Who may say what to whom. Made by `edge-alpr broker-config`. Nothing is allowed that is not named here.

# A unit (certificate's common name: org/site/unit) writes below its own up/ and reads below its own down/.
pattern write {root}/%u/up/#
pattern read {root}/%u/down/#
"""

COLLECTOR: Final = """
# A collector reads what all units say, tells each what it has stored, and consumers which hits were refuted.
user {name}
topic read {up}
topic readwrite {about}
topic write {root}/+/+/+/down/receipt
"""

LIST_SENDER: Final = """
# Who sends hotlists, sealed to each unit: the broker cannot read them.
user {name}
topic write {root}/+/+/+/down/hotlist
"""


EXAMPLES: Final = """\
examples:
  edge-alpr broker-config --to /etc/mosquitto/edge-alpr --collector collector-1 --list-sender city-police
  edge-alpr broker-config --engine rabbitmq --ring units/ --to /etc/rabbitmq/edge-alpr --collector collector-1

docs/fleet.md says which broker carries what, and what RabbitMQ does not do.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "broker-config",
        help="write a broker's configuration",
        description="Write a hardened configuration of mosquitto or RabbitMQ and its access list into a folder. "
        "Certificates are not made here: put ca.pem, broker.pem and broker.key beside them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--engine",
        choices=("mosquitto", "rabbitmq"),
        default="mosquitto",
        help="default: %(default)s",
    )
    parser.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="folder; nothing is overwritten"
    )
    parser.add_argument(
        "--port", type=within(1, 65_535), default=8883, help="port to listen on (default 8883)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="where the broker keeps its state (default DIR/data)",
    )
    parser.add_argument(
        "--collector",
        action="append",
        default=[],
        metavar="NAME",
        help="common name of a collector's certificate; may be given several times",
    )
    parser.add_argument(
        "--list-sender",
        action="append",
        default=[],
        metavar="NAME",
        help="common name of the certificate with which hotlists are sent; may be given several times (mosquitto)",
    )
    parser.add_argument(
        "--units",
        type=within(1, 1_000_000),
        default=500,
        help="how many units it is for (default 500)",
    )
    rabbit = parser.add_argument_group("RabbitMQ (4.0 or newer)")
    rabbit.add_argument(
        "--ring",
        type=Path,
        metavar="RING",
        help="public keys of the units (edge-alpr keys enroll): each gets its rights; make the definitions anew and "
        "import them when units come or go",
    )
    rabbit.add_argument(
        "--node",
        action="append",
        default=[],
        metavar="NAME",
        help="each node of a cluster, as rabbit@host; best three",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    folder = arguments.to.resolve()
    names = arguments.collector or ["collector"]
    for name in (*names, *arguments.list_sender):
        if not name or any(letter in name for letter in "#+/\n\r\0") or name != name.strip():
            raise EdgeAlprError(
                f"{name!r}: not the common name of a collector or sender (no / # +)"
            )
    if arguments.engine == "rabbitmq":
        files = _rabbitmq(arguments, folder, names)
    else:
        files = {
            folder / "mosquitto.conf": configuration(
                folder, arguments.data or folder / "data", arguments.port, arguments.units
            ),
            folder / "acl": access_list(names, arguments.list_sender),
        }
    write_all(files)
    for path in files:
        print(path)
    print(
        f"beside them belong: {folder}/ca.pem, broker.pem, broker.key (readable by the broker only)"
    )
    return 0


def _rabbitmq(arguments: argparse.Namespace, folder: Path, names: list[str]) -> dict[Path, str]:
    if arguments.list_sender:
        raise EdgeAlprError(
            "--list-sender: RabbitMQ keeps a retained message on one node only; lists need mosquitto"
        )
    if arguments.ring is None:
        raise EdgeAlprError("--engine rabbitmq needs --ring: it has no rule that fits all units")
    units = sorted({member.name for member in KeyRing.load(arguments.ring) if "/" in member.name})
    return {
        folder / "rabbitmq.conf": rabbitmq.configuration(folder, arguments.port, arguments.node),
        folder / "definitions.json": rabbitmq.definitions(units, names, _queued(len(units))),
        folder / "enabled_plugins": rabbitmq.PLUGINS,
    }


def configuration(folder: Path, data: Path, port: int, units: int) -> str:
    """The text of mosquitto.conf. An absent collector's queue holds about a day of one event a minute per unit."""
    queued = _queued(units)
    return CONFIG.format(
        port=port,
        folder=folder,
        data=data,
        queued=queued,
        queued_bytes=queued * 3072,
        connections=2 * units + 20,
    )


def _queued(units: int) -> int:
    """Messages that wait for an absent collector: about a day of one event a minute per unit."""
    return max(10_000, units * 24 * 60)


def access_list(collectors: list[str], list_senders: Sequence[str] = ()) -> str:
    """The text of the access list."""
    told = [
        COLLECTOR.format(name=name, up=UP_FILTER, about=ABOUT_FILTER, root=ROOT)
        for name in collectors
    ]
    told += [LIST_SENDER.format(name=name, root=ROOT) for name in list_senders]
    return ACCESS.format(root=ROOT) + "".join(told)


def write_all(files: dict[Path, str]) -> None:
    """Write new files that only their owner can read; none is written if one is there already."""
    there = [path for path in files if path.exists()]
    if there:
        raise EdgeAlprError(
            f"{there[0]} is there already; move it away, or name another folder with --to"
        )
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text)
    except OSError as error:
        raise EdgeAlprError(f"{error.filename}: cannot be written: {error.strerror}") from error
