"""Holds the options of the uplink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le

from edge_alpr.errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkSettings:
    """How the spool is emptied."""

    confirm: Literal["puback", "receipt"] = "puback"
    """What lets a message leave the spool. puback: the broker took it, which is not yet delivery. receipt: a collector
    of keys.collector_keys signed that it stored it."""
    receipt_timeout_s: Annotated[float, Ge(0.1), Le(3600)] = 6.0
    """Seconds without a receipt after which a message may be sent again."""
    unreceipted_max: Annotated[int, Ge(1), Le(2000)] = 200
    """How many messages may wait for a receipt at a time; the others stay in the spool. Hits may exceed it."""
    replay_after_s: Annotated[float, Ge(0.1), Le(86_400)] = 10.0
    """A message that lay in the spool for longer is marked as a replay."""
    replay_rate_per_s: Annotated[float, Ge(0.1), Le(100_000)] = 200.0
    """At most so many replays a second, hits excepted, so that a backlog leaves room on the link."""
    drain_s: Annotated[float, Ge(0), Le(30)] = 3.0
    """Seconds that an orderly stop spends on sending what is left."""
    ack_timeout_s: Annotated[float, Ge(0.1), Le(3600)] = 20.0
    """Seconds without the broker's answer to a message after which the link counts as dead."""
    reconnect_most_s: Annotated[float, Ge(0.01), Le(3600)] = 10.0
    """Longest pause before connecting again: so long may a unit stay away once the link is back."""
    backoff_first_s: Annotated[float, Ge(0.01), Le(3600)] = 1.0
    """First pause before connecting again or repeating a refused message; it doubles each time."""
    backoff_most_s: Annotated[float, Ge(0.01), Le(3600)] = 60.0
    """Longest pause before repeating a refused message, or one for want of a receipt."""
    keep_unheard: bool = True
    """Keep a message in the spool when the broker says that nobody subscribes to it (MQTT 5 only)."""

    def __post_init__(self) -> None:
        if self.backoff_first_s > self.backoff_most_s:
            raise OptionError(
                "backoff_first_s", f"longer than backoff_most_s ({self.backoff_most_s:g})"
            )
