"""Takes what is sent down to the unit beside receipts: hands hotlists on unopened, and refuses everything else.

This half has no key that opens anything, and nothing that comes from the network makes it do anything. A hotlist stays
sealed; whether it is believed is found out where the key and the policy are. Commands and policies have no effect: a
policy is installed by hand, and there is no command. Retained or not, signed or not, they are counted and recorded.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.types import unrecorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Counter, Record

_log = logging.getLogger(__name__)

MOST_LIST_BYTES: Final = 8 << 20
"""Longest sealed hotlist that is handed on; `hotlist.pack` makes none that is longer."""
_REFUSED: Final = ("cmd", "policy")


class HandOver(Protocol):
    """Puts a sealed list where the other half finds it; False if the same one lies there already."""

    def __call__(self, sealed: bytes, /) -> bool: ...


class Downlink:
    """Counts ``uplink.hotlists``, ``uplink.hotlists_again`` and ``uplink.down_refused``."""

    def __init__(
        self,
        address: UnitAddress,
        hand_over: HandOver,
        *,
        count: Counter,
        record: Record = unrecorded,
    ) -> None:
        """``record`` is told of each message that was refused, by the end of its topic and a reason."""
        self._hand_over = hand_over
        self._count = count
        self._record = record
        self._list_topic = address.down("hotlist")
        self._names = {address.down(name): name for name in _REFUSED}
        self._told: set[str] = set()
        self.topics: Sequence[str] = (self._list_topic, *self._names)
        """What is subscribed to, if the broker lets us."""

    def heard(self, arrival: Arrival) -> None:
        """Take one message that is no receipt. Never raises because of what is in it."""
        if arrival.topic != self._list_topic:
            name = self._names.get(arrival.topic, "unknown")
            self._refuse(name, "retained" if arrival.retained else "not_used")
        elif not arrival.body:
            self._refuse(
                "hotlist", "empty"
            )  # the broker was told to forget the list; the unit does not
        elif len(arrival.body) > MOST_LIST_BYTES:
            self._refuse("hotlist", "too_large")
        else:
            self._take(arrival.body)

    def _take(self, sealed: bytes) -> None:
        try:
            new = self._hand_over(sealed)
        except OSError as error:
            _log.warning("a hotlist cannot be handed on: %s", error.strerror)
            self._count("uplink.hotlists_lost")
            return
        self._count("uplink.hotlists" if new else "uplink.hotlists_again")

    def _refuse(self, name: str, reason: str) -> None:
        self._count("uplink.down_refused")
        self._record("command_refused", command=name, reason=reason)
        if name not in self._told:
            _log.warning("a message to down/%s has no effect (%s)", name, reason)
        self._told.add(name)
