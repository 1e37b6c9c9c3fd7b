"""Holds what a session is asked for, what the broker answers, and whom it reports to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

ProtocolChoice: TypeAlias = Literal["auto", "5", "3.1.1"]

MOST_UNANSWERED: Final = 65_535
"""Where no bound is named (MQTT 5, section 3.2.2.3.3)."""
MOST_BYTES: Final = 268_435_455
"""The longest packet that the protocol can express."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """How to hold the connection."""

    client_id: str
    protocol: ProtocolChoice = "auto"
    keepalive_s: int = 30
    connect_timeout_s: float = 10.0
    remembered_s: int = 0
    """How long the broker remembers us when we are away; 0 starts anew each time."""
    receive_maximum: int = MOST_UNANSWERED
    """How many unacknowledged messages the broker may send us."""
    receive_bytes: int = MOST_BYTES
    """Longest packet that the broker should send us."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the broker said when it let us in."""

    protocol: Literal["5", "3.1.1"]
    remembered: bool
    """Whether it still knew our session."""
    receive_maximum: int
    """How many unacknowledged messages it takes from us."""
    packet_bytes: int
    """Longest packet that it takes from us."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came, unchecked."""

    topic: str
    body: bytes = field(repr=False)
    mid: int
    """The broker's number for it on this connection; 0 if it wants no acknowledgement."""
    properties: tuple[tuple[str, str], ...] = ()
    """User properties: name and value. None with MQTT 3.1.1."""
    retained: bool = False
    """Whether the broker had kept it from before we subscribed."""

    def property(self, name: str) -> str | None:
        """The last user property of that name."""
        return dict(self.properties).get(name)


class Listener(Protocol):
    """What a session reports, from inside `Session.turn`. May note things, must not call the session."""

    def published(self, mid: int, reason: str, *, failed: bool) -> None:
        """Message ``mid`` was answered: the reason's name in the standard, and whether that is a refusal."""

    def received(self, arrival: Arrival) -> None:
        """A message came; it is acknowledged by `Session.acknowledge` only."""
