"""Says when a message may leave the spool: when the broker has it, or when a named collector has receipted it.

A PUBACK says that the broker took a message, not that anybody stored it: a broker that is killed forgets what waits for
an absent collector (docs/adr/0008). Only a receipt is delivery; PUBACK is for consumers that send none.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import verify_document
from edge_alpr.message.document import parse_document
from edge_alpr.message.receipt import Receipt, covers, read_receipt
from edge_alpr.types import unrecorded
from edge_alpr.uplink.unreceipted import Unreceipted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.keys.ring import KeyRing
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Counter, Moment, Record, Spooled
    from edge_alpr.uplink.health import Facts
    from edge_alpr.uplink.settings import UplinkSettings
    from edge_alpr.uplink.window import Key

_log = logging.getLogger(__name__)

_MOST_BOOTS: Final = 16
"""Boots of which the last receipt is remembered."""
_EVERYTHING: Final = 1 << 30


class Confirmation(Protocol):
    """What the uplink asks about the fate of its messages."""

    @property
    def topics(self) -> Sequence[str]:
        """What must be subscribed to."""

    def room(self, now: Moment) -> int:
        """How many messages that are no hits may be sent now, whatever the broker's window is."""

    def holds(self, key: Key) -> bool:
        """Whether a message was sent and is waited for."""

    def held(self) -> int:
        """How many such messages there are."""

    def settled(self, message: Spooled) -> bool:
        """Whether a message need not be sent, because its confirmation is known already."""

    def again(self, now: Moment) -> list[Spooled]:
        """What has waited for too long and is to be sent again now."""

    def sent(self, message: Spooled, now: Moment) -> None: ...

    def refused(self, message: Spooled) -> None:
        """The broker did not take it."""

    def accepted(self, message: Spooled) -> bool:
        """The broker took it; whether that is enough for it to leave the spool."""

    def heard(self, arrival: Arrival, now: Moment) -> list[Spooled]:
        """What may leave the spool by a message that came to one of `topics`."""

    def facts(self, now: Moment) -> Facts:
        """For the health report."""


class ByPuback:
    """The broker's word is enough."""

    topics: Sequence[str] = ()

    def room(self, now: Moment) -> int:  # noqa: ARG002
        return _EVERYTHING

    def holds(self, key: Key) -> bool:  # noqa: ARG002
        return False

    def held(self) -> int:
        return 0

    def settled(self, message: Spooled) -> bool:  # noqa: ARG002
        return False

    def again(self, now: Moment) -> list[Spooled]:  # noqa: ARG002
        return []

    def sent(self, message: Spooled, now: Moment) -> None: ...

    def refused(self, message: Spooled) -> None: ...

    def accepted(self, message: Spooled) -> bool:  # noqa: ARG002
        return True

    def heard(self, arrival: Arrival, now: Moment) -> list[Spooled]:  # noqa: ARG002
        return []

    def facts(self, now: Moment) -> Facts:  # noqa: ARG002
        return {"confirmed_by": "puback"}


class ByReceipt:
    """A receipt signed by a collector of the ring, for this very unit, is needed.

    Counts ``uplink.receipts`` and ``uplink.receipts_refused``.
    """

    def __init__(
        self,
        unreceipted: Unreceipted,
        ring: KeyRing,
        *,
        address: UnitAddress,
        count: Counter,
        record: Record = unrecorded,
    ) -> None:
        """``record`` is told of each receipt that is not believed."""
        self._unreceipted = unreceipted
        self._ring = ring
        self._address = address
        self._count = count
        self._record = record
        self._receipts: dict[str, Receipt] = {}
        self._receipted_s: float | None = None
        self._told = ""
        self.topics: Sequence[str] = (address.down("receipt"),)

    def room(self, now: Moment) -> int:
        return self._unreceipted.room(now.mono_s)

    def holds(self, key: Key) -> bool:
        return key in self._unreceipted

    def held(self) -> int:
        return len(self._unreceipted)

    def settled(self, message: Spooled) -> bool:
        receipt = self._receipts.get(message.boot)
        return receipt is not None and covers(receipt, message.seq)

    def again(self, now: Moment) -> list[Spooled]:
        messages = self._unreceipted.again(now.mono_s)
        expired = [m for m in messages if m.expires_s is not None and m.expires_s <= now.utc_s]
        for message in expired:
            self._unreceipted.drop(message)
        return [message for message in messages if message not in expired]

    def sent(self, message: Spooled, now: Moment) -> None:
        self._unreceipted.sent(message, now.mono_s)

    def refused(self, message: Spooled) -> None:
        self._unreceipted.drop(message)

    def accepted(self, message: Spooled) -> bool:  # noqa: ARG002
        return False

    def heard(self, arrival: Arrival, now: Moment) -> list[Spooled]:
        try:
            receipt = self._checked(arrival)
        except MessageError as error:
            self._count("uplink.receipts_refused")
            self._record("command_refused", command="receipt", reason="not_believed")
            if str(error) != self._told:
                _log.warning("a receipt is not believed: %s", error)
            self._told = str(error)
            return []
        self._count("uplink.receipts")
        self._receipted_s = now.mono_s
        self._receipts.pop(receipt.boot, None)
        self._receipts[receipt.boot] = receipt
        while len(self._receipts) > _MOST_BOOTS:
            del self._receipts[next(iter(self._receipts))]
        return self._unreceipted.take(receipt.boot, lambda seq: covers(receipt, seq), now.mono_s)

    def facts(self, now: Moment) -> Facts:
        age_s = None if self._receipted_s is None else round(now.mono_s - self._receipted_s, 1)
        return {
            "confirmed_by": "receipt",
            "unreceipted": len(self._unreceipted),
            "receipt_age_s": age_s,
        }

    def _checked(self, arrival: Arrival) -> Receipt:
        if arrival.topic not in self.topics:
            raise MessageError("it came on a topic that was not subscribed to")
        document = parse_document(arrival.body)
        verify_document(document, self._ring)
        receipt = read_receipt(document)
        if (receipt.org, receipt.site, receipt.unit) != (
            self._address.org,
            self._address.site,
            self._address.unit,
        ):
            raise MessageError("it is for another unit")
        return receipt


def confirm_by(
    collectors: KeyRing | None,
    settings: UplinkSettings,
    *,
    address: UnitAddress,
    count: Counter,
    record: Record = unrecorded,
) -> Confirmation:
    """By the receipts of these collectors, or by PUBACK if there are none."""
    if collectors is None:
        return ByPuback()
    waiting = Unreceipted(
        settings.unreceipted_max, settings.receipt_timeout_s, settings.backoff_most_s
    )
    return ByReceipt(waiting, collectors, address=address, count=count, record=record)
