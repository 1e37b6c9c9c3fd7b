"""This file is ``edge-alpr hotlist send``: a list goes to each unit, sealed to its key, and waits at the broker."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from edge_alpr.commands.help_text import add_action
from edge_alpr.commands.login import add_login, broker_of
from edge_alpr.errors import EdgeAlprError, PolicyError, PublishError
from edge_alpr.hotlist.pack import pack, seal_for
from edge_alpr.hotlist.write import read_signed_head
from edge_alpr.keys.ring import KeyRing
from edge_alpr.link.publication import Publication
from edge_alpr.link.refusals import explain_reason
from edge_alpr.link.session import Session
from edge_alpr.link.terms import Arrival, SessionOptions
from edge_alpr.message.hotlist import MOST_BYTES
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.message.topics import UnitAddress
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from edge_alpr.keys.sealing import SealPublic
    from edge_alpr.link.address import Broker
    from edge_alpr.message.hotlist import Head

ANSWER_S: Final = 60.0
"""How long the broker may take to answer for one list; a large one takes its time on a slow link."""
_OVERHEAD: Final = 512
_ADDRESS_PARTS: Final = 3


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser], shown: str) -> None:
    parser = add_action(
        actions,
        "send",
        _send,
        "send a signed list to units, sealed to the key of each",
        more="The broker keeps it for units that are away, and can not read it. Without LIST but with --forget it only "
        "forgets what it keeps; a unit drops its list when its time is over, or when it gets an empty one.",
        shown=shown,
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="LIST")
    parser.add_argument(
        "--units",
        required=True,
        type=Path,
        metavar="RING",
        help="the units, with their keys to seal to (x25519:..., by edge-alpr keys init --role unit)",
    )
    parser.add_argument(
        "--only", metavar="ORG[/SITE[/UNIT]]", help="no others than these of the ring"
    )
    parser.add_argument(
        "--forget", action="store_true", help="have the broker forget the lists that it keeps"
    )
    login = parser.add_argument_group("the broker, and who we are")
    login.add_argument("--broker", required=True, metavar="URL", help="mqtts://host[:port]")
    login.add_argument(
        "--client-id", default="edge-alpr-hotlist", metavar="NAME", help="(default: %(default)s)"
    )
    add_login(login)


def _send(arguments: argparse.Namespace) -> int:
    if (arguments.file is None) is not arguments.forget:
        raise EdgeAlprError("hotlist send needs a LIST, or --forget, not both")
    now_s = SystemClock().now().utc_s
    document, head = (b"", None) if arguments.forget else _signed(arguments.file, now_s)
    scope = arguments.only or (None if head is None else head.scope)
    units = list(_units(KeyRing.load(arguments.units), scope))
    if not units:
        raise EdgeAlprError(f"{arguments.units}: no unit of {scope or 'any scope'} is in it")
    expiry_s = None if head is None else math.ceil(to_seconds(head.expires) - now_s)
    packed, missing = pack(document), 0
    with _Sender(_broker(arguments), arguments) as sender:
        for address, key in units:
            if key is None and head is not None:
                print(f"{address}: not sent: no key to seal to (x25519:...) in the ring")
                missing += 1
                continue
            body = b"" if head is None or key is None else seal_for(packed, key, address)
            sender.send(address.down("hotlist"), body, expiry_s)
            print(f"{address}: " + (f"sent, {len(body)} bytes" if body else "forgotten"))
    return 1 if missing else 0


def _signed(path: Path, now_s: float) -> tuple[bytes, Head]:
    try:
        with path.open("rb") as file:
            document = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: {error.strerror}") from None
    try:
        _, head = read_signed_head(document)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None
    if now_s >= to_seconds(head.expires):
        raise PolicyError(f"{path}: it ended at {head.expires}: sign it anew")
    return document, head


def _units(ring: KeyRing, scope: str | None) -> Iterator[tuple[UnitAddress, SealPublic | None]]:
    """Each unit of the ring that is in the scope, with the key that is believed last."""
    names = sorted({member.name for member in ring if member.name.count("/") == _ADDRESS_PARTS - 1})
    for name in names:
        if scope is None or f"{name}/".startswith(f"{scope}/"):
            keys = ring.sealing(name)
            yield UnitAddress(*name.split("/")), keys[-1] if keys else None


def _broker(arguments: argparse.Namespace) -> Broker:
    try:
        return broker_of(arguments)
    except ValueError as error:
        raise EdgeAlprError(f"--broker: {error}") from None


class _Sender:
    """A session that publishes one retained message after another, each until the broker has answered."""

    def __init__(self, broker: Broker, arguments: argparse.Namespace) -> None:
        options = SessionOptions(client_id=arguments.client_id, protocol=arguments.protocol)
        self._session = Session(broker, options, self)
        self._answers: dict[int, str | None] = {}
        self._most = 0

    def __enter__(self) -> Self:
        self._most = self._session.open().packet_bytes
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(self, topic: str, body: bytes, expiry_s: int | None) -> None:
        """Raises `PublishError` if the broker refuses it, or says nothing."""
        if len(body) + _OVERHEAD > self._most:
            raise PublishError(
                f"{len(body)} bytes are more than the broker takes ({self._most}): raise its max_packet_size"
            )
        publication = Publication(
            topic=topic,
            body=body,
            retain=True,
            content_type="application/octet-stream",
            expiry_s=expiry_s,
        )
        mid = self._session.publish(publication)
        deadline_s = time.monotonic() + ANSWER_S
        while mid not in self._answers:
            if time.monotonic() > deadline_s:
                raise PublishError(f"{topic}: the broker did not answer in {ANSWER_S:g} s")
            self._session.turn(0.1)
        if (refused := self._answers.pop(mid)) is not None:
            raise PublishError(f"{topic}: {explain_reason(refused)}")

    def published(self, mid: int, reason: str, *, failed: bool) -> None:
        self._answers[mid] = reason if failed else None

    def received(self, arrival: Arrival) -> None:
        """Nothing is subscribed to."""
