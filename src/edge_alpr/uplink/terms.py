"""Holds what the uplink asks of a link to a broker and of a spool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Arrival
    from edge_alpr.types import Spooled


@dataclass(frozen=True, slots=True)
class Answer:
    """A broker's answer to one message."""

    token: int
    refused: str | None
    """Why it was refused, in words; None if it was accepted."""
    unheard: bool = False
    """Accepted, but nobody subscribes to it."""


class Publisher(Protocol):
    """A link to a broker, used by one thread. `tests/contract/test_publisher.py` says what every one must do."""

    @property
    def window(self) -> int:
        """How many messages at QoS 1 may be unanswered."""

    def connect(
        self, will: Publication, topics: Sequence[str] = (), wished: Sequence[str] = ()
    ) -> None:
        """Make a link and subscribe to ``topics``; ``will`` is published by the broker when we vanish. Raises
        `PublishError`, also if a subscription is refused, but for those that are only ``wished``."""

    def publish(self, publication: Publication) -> int:
        """Hand over a message; an `Answer` with the returned token follows if its QoS is 1. Raises `PublishError`
        if the link is gone, never because of the message."""

    def settle(self, timeout_s: float) -> list[Answer]:
        """Let the network run for up to ``timeout_s``, or until something came. Raises `PublishError` if the
        link is gone; all that is unanswered then never will be."""

    def arrivals(self) -> list[Arrival]:
        """What came to the subscribed topics in `settle` since the last call; it is acknowledged to the broker."""

    def close(self) -> None:
        """End the link with a goodbye, so that the will is not published. Never raises."""


class Depth(Protocol):
    """How full the spool is."""

    @property
    def messages(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def oldest_s(self) -> float | None: ...


class Feed(Protocol):
    """What the uplink needs from a spool. Every method may raise `SpoolError`."""

    def pending(self, limit: int, now_s: float) -> Sequence[Spooled]:
        """At most ``limit`` messages that are not expired at ``now_s`` UTC: hits, then live ones, then the backlog,
        each oldest first."""

    def begin_live(self) -> None:
        """What is stored from now on is live; what is there already is the backlog. At first all is live."""

    def delivered(self, messages: list[Spooled]) -> None:
        """Let go of them."""

    def expire(self, now_s: float) -> int:
        """Let go of what is expired; returns how many that were."""

    def depth(self) -> Depth: ...

    def wait(self, timeout_s: float) -> bool:
        """Wait for a new message; False if none came."""
