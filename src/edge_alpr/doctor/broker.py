"""This file checks what the broker and the collector let this unit do: log in, write, read, and hear of a receipt.

The test message goes to the unit's own ``up/doctor``, which no collector keeps. The echo is a message that a collector
does keep, a signed word about the clock of a boot that never was: it corrects nothing, and its receipt proves that all
of the way works, there and back.
"""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from edge_alpr.app.build import load_unit_key, unit_address
from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.errors import KeyFileError, MessageError, PublishError
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing
from edge_alpr.link.publication import Publication
from edge_alpr.link.refusals import NOBODY_LISTENS
from edge_alpr.link.session import NotSubscribedError, Session
from edge_alpr.link.terms import SessionOptions
from edge_alpr.message.document import parse_document
from edge_alpr.message.notice import CLOCK, ClockNotice, encode_notice
from edge_alpr.message.receipt import covers, read_receipt
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.config.settings import Config
    from edge_alpr.doctor.surroundings import Surroundings
    from edge_alpr.link.terms import Arrival, Welcome

_LOGIN: Final = (
    "add the unit to the broker's users, or correct mqtt.username and password_file, or cert_file"
)
_TURN_S: Final = 0.1


class Ears:
    """Notes what a session reports."""

    def __init__(self) -> None:
        self.answers: dict[int, tuple[str, bool]] = {}
        self.arrivals: list[Arrival] = []

    def published(self, mid: int, reason: str, *, failed: bool) -> None:
        self.answers[mid] = reason, failed

    def received(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)


class Visit:
    """One session beside that of a running unit: under a client id of its own."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.address = unit_address(config)
        self.ears = Ears()
        self._wait_s = config.mqtt.connect_timeout_s
        options = SessionOptions(
            client_id=f"{self.address}-doctor".replace("/", "-"),
            protocol=config.mqtt.protocol,
            connect_timeout_s=self._wait_s,
        )
        self.session = Session(config.mqtt.broker(), options, self.ears)

    def say(self, kind: str, body: bytes) -> tuple[str, bool] | None:
        """Publish below our own ``up`` and wait for the answer: reason, whether it is a refusal; None without one.

        Raises:
            PublishError: the link is gone.
        """
        mid = self.session.publish(Publication(topic=self.address.up(kind), body=body))
        deadline_s = time.monotonic() + self._wait_s
        while mid not in self.ears.answers and time.monotonic() < deadline_s:
            self.session.turn(_TURN_S)
        return self.ears.answers.get(mid)


def broker(config: Config, around: Surroundings) -> Iterator[Finding]:
    """Login, access list, echo."""
    visit = Visit(config)
    try:
        try:
            welcome = visit.session.open()
        except PublishError as error:
            yield fail("login", str(error), _LOGIN)
            yield from not_tried("the login")
            return
        yield ok("login", f"MQTT {welcome.protocol} with {config.mqtt.broker()}")
        write = may_write(visit, welcome)
        yield write
        read = may_read(visit)
        yield read
        if "fail" in (write.grade, read.grade):
            yield skip("echo", "not tried: the access list comes first")
        else:
            yield echo(visit, around)
    except PublishError as error:
        mend = (
            "another client may carry this unit's name, or the network breaks off: run this again"
        )
        yield fail("link", str(error), mend)
    finally:
        visit.session.close()


def not_tried(first: str) -> Iterator[Finding]:
    """The lines that stand there when it could not be asked."""
    for check in ("write access", "read access", "echo"):
        yield skip(check, f"not tried: {first} comes first")


def may_write(visit: Visit, welcome: Welcome) -> Finding:
    """A test message on ``up/doctor``. With MQTT 3.1.1 a broker cannot say that it refused one."""
    topic = visit.address.up("doctor")
    mend = (
        f"the broker's access list must let this unit write {visit.address.up('#')}: `edge-alpr broker-config` writes "
        "such a list, and the certificate's name must be the unit's (org/site/unit)"
    )
    answer = visit.say("doctor", b'{"schema":"unit.doctor/1.0"}')
    if answer is None:
        return fail("write access", f"no answer to a test message on {topic}", mend)
    reason, refused = answer
    if refused:
        return fail("write access", f"{topic} is refused: {reason}", mend)
    if welcome.protocol == "3.1.1":
        mend = "use a broker that speaks MQTT 5, or look into its log"
        return warn("write access", "MQTT 3.1.1 does not tell whether a message is refused", mend)
    if reason == NOBODY_LISTENS:
        mend = "start the collector (`edge-alpr collect`), or check what it subscribes to"
        return warn("write access", f"{topic} is taken, but nobody subscribes to it", mend)
    return ok("write access", f"{topic} is taken")


def may_read(visit: Visit) -> Finding:
    """Receipts and hotlists come on ``down``."""
    needed = visit.config.uplink.confirm == "receipt"
    topic = visit.address.down("receipt")
    try:
        visit.session.subscribe(topic)
    except NotSubscribedError as error:
        mend = f"the broker's access list must let this unit read {visit.address.down_filter}"
        make = fail if needed else warn
        return make("read access", str(error), mend)
    return ok("read access", f"{topic} is granted")


def echo(visit: Visit, around: Surroundings) -> Finding:
    """A message there, a signed receipt back."""
    ring_path = visit.config.keys.collector_keys
    if ring_path is None:
        return skip("echo", "no collector is named that receipts (keys.collector_keys)")
    try:
        ring, key = KeyRing.load(ring_path), load_unit_key(visit.config)
    except KeyFileError as error:
        mend = "mend the file; run this as the user that the unit runs as"
        return fail("echo", str(error), mend)
    boot, now = secrets.token_hex(4), around.clock.now()
    notice = ClockNotice(
        schema=CLOCK,
        org=visit.address.org,
        site=visit.address.site,
        unit=visit.address.unit,
        boot=boot,
        seq=1,
        at=to_text(now.utc_s),
        monotonic_s=now.mono_s,
        offset_s=0.0,
        error_ms=None,
        proof=None,
    )
    sign = None if key is None else partial(sign_document, key=key)
    began_s = time.monotonic()
    visit.say("clock", encode_notice(notice, sign))
    told = "none came"
    while time.monotonic() < began_s + around.echo_s:
        for arrival in visit.ears.arrivals:
            try:
                if _is_for(arrival.body, ring, boot):
                    return ok(
                        "echo", f"a collector's receipt after {time.monotonic() - began_s:.1f} s"
                    )
            except MessageError as error:
                told = f"one came that is not believed: {error}"
        visit.ears.arrivals.clear()
        visit.session.turn(_TURN_S)
    mend = (
        "is the collector running, with --receipt-key, is its key in keys.collector_keys, and this unit's in its "
        "--units? `edge-alpr collect` says whom it refuses"
    )
    make = fail if visit.config.uplink.confirm == "receipt" else warn
    return make("echo", f"no receipt within {around.echo_s:g} s: {told}", mend)


def _is_for(body: bytes, ring: KeyRing, boot: str) -> bool:
    """Whether it is a believed receipt for the message we sent.

    Raises:
        MessageError: it is no receipt, or not believed.
    """
    document = parse_document(body)
    verify_document(document, ring)
    receipt = read_receipt(document)
    return receipt.boot == boot and covers(receipt, 1)
