"""This file checks the way to the broker: name, connection, certificates; each step if the one before it held."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from contextlib import closing
from typing import TYPE_CHECKING, Final

from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.errors import KeyFileError, PublishError
from edge_alpr.keys.dates import dates_in
from edge_alpr.link.refusals import explain_failure
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.link.address import Broker

SOON_S: Final = 21 * 86_400.0
"""A certificate that ends sooner is to be renewed now: a technician must come by."""
_RENEW: Final = {
    "certificate": "`edge-alpr keys request`, have the authority sign it, `edge-alpr keys import`",
    "authority": "get the authority's new certificate and put it where mqtt.ca_file says",
}
_AFTER: Final = "not tried: {} comes first"


def network(config: Config, now_s: float) -> Iterator[Finding]:
    """From the broker's name to a TLS session with it; yields one line each, and certificates of our own."""
    broker = config.mqtt.broker()
    yield own_papers("client certificate", "certificate", broker.cert_file, now_s)
    yield own_papers("authority", "authority", broker.ca_file, now_s)
    name = resolves(broker)
    yield name
    door = skip("connection", _AFTER.format("the name"))
    if name.grade != "fail":
        door = answers(broker, config.mqtt.connect_timeout_s)
    yield door
    if not broker.tls:
        yield unprotected(broker)
    elif door.grade == "ok":
        yield handshake(broker, config.mqtt.connect_timeout_s, now_s)
    else:
        yield skip("TLS", _AFTER.format("the connection"))


def own_papers(check: str, kind: str, path: Path | None, now_s: float) -> Finding:
    """Whether the certificates in a file hold now, and for how long yet."""
    if path is None:
        return skip(check, "none is configured")
    try:
        dates = dates_in(path)
    except KeyFileError as error:
        return fail(check, str(error), _RENEW[kind])
    first = min(dates, key=lambda each: each.end_s)
    latest = max(dates, key=lambda each: each.begin_s)
    if now_s < latest.begin_s:
        told = f"{path}: {latest.subject} holds from {to_text(latest.begin_s)} on"
        return fail(check, told, "is the clock right? See the line about it")
    return _by_end(check, f"{path}: {first.subject}", first.end_s, now_s, _RENEW[kind])


def resolves(broker: Broker) -> Finding:
    """DNS."""
    try:
        ipaddress.ip_address(broker.host)
    except ValueError:
        pass
    else:
        return ok("DNS", f"{broker.host} is an address: no name to look up")
    try:
        found = socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        mend = "check mqtt.url for a typing error, then the network: `resolvectl query` and the cable or modem"
        why = getattr(error, "strerror", None) or error
        return fail("DNS", f"{broker.host}: no address is found ({why})", mend)
    addresses = sorted({str(each[4][0]) for each in found})
    return ok("DNS", f"{broker.host} is {', '.join(addresses)}")


def answers(broker: Broker, timeout_s: float) -> Finding:
    """Whether anything listens there."""
    try:
        socket.create_connection((broker.host, broker.port), timeout_s).close()
    except OSError as error:
        mend = "start the broker, or let this port through the firewall; check the port of mqtt.url"
        return fail("connection", explain_failure(error, broker), mend)
    return ok("connection", f"something listens at {broker}")


def unprotected(broker: Broker) -> Finding:
    """No TLS at all."""
    if broker.host in {"localhost", "127.0.0.1", "::1"}:
        return skip("TLS", "not used, and not needed within one machine")
    mend = "use mqtts://, and give mqtt.ca_file the authority of the broker's certificate"
    return warn("TLS", "not used: everybody on the way can read and change what is sent", mend)


def handshake(broker: Broker, timeout_s: float, now_s: float) -> Finding:
    """The broker's chain against our authorities, its name, and when its certificate ends."""
    try:
        context = broker.context()
        assert context is not None
        plain = socket.create_connection((broker.host, broker.port), timeout_s)
        with closing(plain), context.wrap_socket(plain, server_hostname=broker.host) as sock:
            facts, version = sock.getpeercert() or {}, sock.version()
    except PublishError as error:
        mend = "check that the files of mqtt.ca_file, cert_file and key_file are there and belong together"
        return fail("TLS", str(error), mend)
    except OSError as error:
        return fail("TLS", explain_failure(error, broker), _mend_of(error))
    until_s = float(ssl.cert_time_to_seconds(str(facts["notAfter"])))
    mend = "whoever runs the broker is to renew its certificate"
    return _by_end("TLS", f"{version}, the broker's certificate holds", until_s, now_s, mend)


def _mend_of(error: OSError) -> str:
    """What to do about a handshake that failed."""
    told = getattr(error, "verify_message", "")
    if "expired" in told:
        return "whoever runs the broker is to renew its certificate; if the clock is wrong, set it first"
    if told:
        return "set mqtt.ca_file to the authority of the broker's certificate, mqtt.url to the name it is made out to"
    return "check mqtt.url's port, and whether the broker asks for a client certificate (mqtt.cert_file)"


def _by_end(check: str, told: str, until_s: float, now_s: float, mend: str) -> Finding:
    days = (until_s - now_s) / 86_400
    if days < 0:
        return fail(check, f"{told}: expired on {to_text(until_s)}", mend)
    told = f"{told} until {to_text(until_s)} ({days:.0f} days)"
    return warn(check, told, mend) if days * 86_400 < SOON_S else ok(check, told)
