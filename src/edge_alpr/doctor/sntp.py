"""This file asks a time server how far the clock is off: one packet there and back (SNTP, RFC 4330)."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge_alpr.types import Clock

PORT: Final = 123
_ERA_S: Final = 2_208_988_800
"""From 1900, where NTP counts from, to 1970."""
_REQUEST: Final = bytes([0x23]) + bytes(47)
"""Version 4, mode 3 (client), everything else 0."""
_SERVER: Final = 4
_UNSET: Final = 3
"""Leap indicator of a server whose own clock is not set."""


@dataclass(frozen=True, slots=True)
class Offset:
    """What a server says."""

    seconds: float
    """To be added to our clock; positive if it is slow."""
    error_s: float
    """Half of the packet's way there and back: the answer cannot be better than that."""


def ask_time(server: str, clock: Clock, timeout_s: float = 5.0) -> Offset:
    """How far ``clock`` is off from what ``host[:port]`` says.

    Raises:
        OSError: no answer, or none that counts.
    """
    host, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
    where = socket.getaddrinfo(host, int(port or PORT), type=socket.SOCK_DGRAM)[0]
    with socket.socket(where[0], socket.SOCK_DGRAM) as asking:
        asking.settimeout(timeout_s)
        asking.connect(where[4])
        sent_s, before_s = clock.now().utc_s, time.monotonic()
        asking.send(_REQUEST)
        answer = asking.recv(512)
        trip_s = time.monotonic() - before_s
    if len(answer) < len(_REQUEST) or answer[0] & 7 != _SERVER:
        raise OSError(0, "what answers is no time server")
    if answer[0] >> 6 == _UNSET or not 1 <= answer[1] <= 15:
        raise OSError(0, "the time server's own clock is not set")
    heard_s, said_s = (_seconds(answer[at : at + 8]) for at in (32, 40))
    way_s = max(0.0, trip_s - (said_s - heard_s)) / 2
    return Offset(heard_s - (sent_s + way_s), way_s)


def _seconds(stamp: bytes) -> float:
    """UTC seconds of a 64-bit stamp; what begins with a 0 bit is of the era after 2036 (RFC 4330, section 3)."""
    whole: int
    fraction: int
    whole, fraction = struct.unpack("!II", stamp)
    era = 0 if whole & 0x80000000 else 1 << 32
    return float(whole + era - _ERA_S) + fraction / (1 << 32)
