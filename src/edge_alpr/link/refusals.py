"""Puts a broker's refusals and a network's failures into words that say what to do."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge_alpr.link.address import Broker

UNSUPPORTED_VERSION: Final = "Unsupported protocol version"
NOBODY_LISTENS: Final = "No matching subscribers"

TWICE: Final = ", again and again soon after greeting: does another unit or collector carry the same name (client id)?"

_CREDENTIALS: Final = "check username, password_file or client certificate against the broker's"

_MEANINGS: Final = {
    "Not authorized": f"not authorised: {_CREDENTIALS} list of users and its ACL",
    "Bad user name or password": f"wrong user name or password: {_CREDENTIALS} list of users",
    "Bad authentication method": f"the broker wants another way of logging in: {_CREDENTIALS} settings",
    "Banned": "the broker has banned this client: ask who runs it",
    "Client identifier not valid": "the broker does not like the client id: ask who runs it",
    "Session taken over": "another client came with the same client id: do two units carry the same name?",
    "Topic name invalid": "the broker does not allow this topic: check its ACL and its rules for topics",
    "Packet too large": "the message is larger than the broker's max_packet_size",
    "Quota exceeded": "the broker's quota for us is used up: raise it, or see why nobody collects",
    "Receive maximum exceeded": "too many unanswered messages for this broker: lower mqtt.inflight",
    "Retain not supported": "the broker keeps no retained messages; status and info need them",
    "Shared subscription not supported": "the broker cannot share a fleet among collectors: use one, or another broker",
    "Server shutting down": "the broker is shutting down",
    "Server unavailable": "the broker is not ready yet",
    "Server busy": "the broker is busy",
    "Keep alive timeout": "no word from the other side within the keep-alive time: the network is cut, or far too slow",
    NOBODY_LISTENS: "nobody subscribes to this topic: is the collector set up?",
    UNSUPPORTED_VERSION: "the broker does not speak this version of MQTT: set mqtt.protocol",
}

# OpenSSL's reasons, as they appear in the text of an SSLError.
_TLS_ALERTS: Final = (
    (
        "CERTIFICATE_REQUIRED",
        "the broker asks for a client certificate: set cert_file and key_file",
    ),
    ("HANDSHAKE_FAILURE", "the broker ended the handshake: it may ask for a client certificate"),
    ("UNKNOWN_CA", "the broker does not know the authority that signed our client certificate"),
    ("BAD_CERTIFICATE", "the broker does not accept our client certificate"),
    ("CERTIFICATE_UNKNOWN", "the broker does not accept our client certificate"),
    ("CERTIFICATE_EXPIRED", "our client certificate has expired"),
    ("CERTIFICATE_REVOKED", "our client certificate is revoked"),
    ("WRONG_VERSION_NUMBER", "this port does not speak TLS: is it the mqtt:// port?"),
    ("PROTOCOL_VERSION", "the broker offers no TLS 1.2 or newer"),
)


def explain_reason(name: str) -> str:
    """What an MQTT reason, by its name in the standard, means here."""
    meaning = _MEANINGS.get(name)
    return f"{meaning} (MQTT: {name})" if meaning else f"the broker says: {name}"


def explain_failure(error: OSError, broker: Broker) -> str:
    """Why a connection could not be made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{broker}: {_explain_certificate(error, broker)}"
    if isinstance(error, ssl.SSLError):
        return f"{broker}: {explain_alert(str(error)) or f'TLS failed: {error}'}"
    if isinstance(error, socket.gaierror):
        return f"{broker}: cannot find the host {broker.host!r} (DNS): {error.strerror}"
    if isinstance(error, TimeoutError):
        return f"{broker}: no answer in time: is the address right, does a firewall block the port?"
    if isinstance(error, ConnectionRefusedError):
        return f"{broker}: nothing listens there: is the broker running, is the port right?"
    if isinstance(error, ConnectionResetError):
        return f"{broker}: {explain_hanging_up(broker)}"
    return f"{broker}: {error.strerror or error}"


def explain_hanging_up(broker: Broker) -> str:
    """What it may mean that the other side ended the connection without a word."""
    if not broker.tls:
        return "it hung up instead of greeting: does it want TLS (mqtts://)?"
    if broker.cert_file is None:
        return (
            "it hung up instead of greeting: does this port speak TLS? "
            "It may also ask for a client certificate: set cert_file and key_file"
        )
    return "it hung up instead of greeting: it may not accept our client certificate"


def explain_alert(text: str) -> str | None:
    """What the other side's TLS alert means, found in the text of an error; None if there is none."""
    for reason, meaning in _TLS_ALERTS:
        if reason in text:
            return f"{meaning} (TLS: {reason.lower().replace('_', ' ')})"
    return None


def _explain_certificate(error: ssl.SSLCertVerificationError, broker: Broker) -> str:
    told = error.verify_message
    if "revoked" in told:
        hint = "its authority has taken it back: who answers there may not be your broker"
    elif "CRL" in told:
        hint = f"the revocation list in {broker.ca_file} is out of date or not its authority's: get a new one"
    elif "not yet valid" in told:
        hint = "is this machine's clock right?"
    elif "expired" in told:
        hint = "renew it, or set this machine's clock"
    elif "mismatch" in told or "not valid for" in told:
        hint = f"it is not made out to {broker.host!r}"
    else:
        hint = f"it is not signed by {broker.ca_file or 'an authority that the system trusts'}: check ca_file"
    return f"the broker's certificate is refused, {hint} (TLS: {told})"
