"""Defines `receipt/1.0`: a collector's word that it has stored messages of one boot of a unit, and what it covers.

A receipt says: everything from 1 to ``upto`` is stored or was announced as lost, and of what follows, what the bitmap
says. Receipts are idempotent, may come twice, late and in any order, and each one stands by itself. Bit i, counted
from the least significant bit of the first byte, stands for message ``start + i``. Normally ``start`` is ``upto + 1``;
behind a long backlog, of which newer messages were sent first, it is further on, so that a receipt stays short.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import ConfigDict, StringConstraints, TypeAdapter, ValidationError, with_config

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import explain
from edge_alpr.message.document import dump_document
from edge_alpr.message.fields import Boot, Count, Name, Proof, Seq, Timestamp
from edge_alpr.message.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.message.topics import UnitAddress

SCHEMA: Final = "receipt/1.0"
SCHEMA_ID: Final = "urn:edge-alpr:schema:receipt:1.0"
MAX_BITS: Final = 8192
"""Longest bitmap: 1 KiB, 1366 characters."""
_MOST_ABOVE: Final = 200_000
"""Single numbers held of a boot, about 12 MB."""


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a collector has of one boot of one unit."""

    schema: Annotated[str, StringConstraints(pattern=r"^receipt/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    boot: Boot
    upto: Count
    """All messages from 1 to this one are stored, or were announced as lost; 0 if the first one is missing."""
    start: Seq
    """The message that the first bit stands for; greater than ``upto``."""
    bitmap: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z_-]{0,1366}$")]
    """Base64url without padding; a set bit is a stored message. Empty if ``upto`` says it all."""
    collector: Name
    """Who stored them, and signs."""
    at: Timestamp
    """When the receipt was written, by the collector's clock."""
    proof: Proof | None
    """The collector's signature over everything else. A unit believes no receipt without it."""


_ADAPTER: Final = TypeAdapter(Receipt)


@dataclass(slots=True)
class Held:
    """What a collector holds of one boot: 1 to ``upto`` without a hole, and single ones above."""

    upto: int = 0
    above: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, seqs: Iterable[int]) -> Held:
        """From the numbers in a store, in any order."""
        held = cls()
        for seq in seqs:
            held.add(seq)
        return held

    def add(self, seq: int) -> bool:
        """Note one message as stored, or as announced lost. Returns whether it was news."""
        if seq in self:
            return False
        self.above.add(seq)
        self._close_up()
        return True

    def add_range(self, first: int, last: int) -> None:
        """Note all from ``first`` to ``last`` as announced lost. A huge range far above is left out: it is not worth
        its memory, and receipts only become longer without it."""
        if first <= self.upto + 1:
            self.upto = max(self.upto, last)
            self.above = {seq for seq in self.above if seq > self.upto}
        elif len(self.above) + last - first < _MOST_ABOVE:
            self.above.update(range(first, last + 1))
        self._close_up()

    def _close_up(self) -> None:
        while self.upto + 1 in self.above:
            self.upto += 1
            self.above.remove(self.upto)

    def __contains__(self, seq: int) -> bool:
        return seq <= self.upto or seq in self.above


def make_receipts(
    held: Held, news: Iterable[int], *, address: UnitAddress, boot: str, collector: str, at: str
) -> list[Receipt]:
    """A few receipts, not yet signed, that together cover all of ``news`` which is held; mostly one.

    Args:
        held: all that is stored of that boot; each receipt says as much of it as fits.
        news: numbers that were stored since the last receipts, or came again.
        address: the unit.
        boot: the start of the unit that numbers the messages.
        collector: our own name.
        at: now, as `timestamps.to_text` writes it.

    Returns:
        At least one, also if there is no news.
    """
    receipt = Receipt(
        schema=SCHEMA,
        org=address.org,
        site=address.site,
        unit=address.unit,
        boot=boot,
        upto=held.upto,
        start=held.upto + 1,
        bitmap="",
        collector=collector,
        at=at,
        proof=None,
    )
    above = sorted(held.above)
    receipts: list[Receipt] = []
    end = held.upto + 1
    wanted = {seq for seq in news if seq in held.above}
    if above and above[0] <= held.upto + MAX_BITS:
        wanted.add(above[0])  # who asks for one message learns of all near it
    for seq in sorted(wanted):
        if receipts and seq < end:
            continue
        start = held.upto + 1
        if seq >= start + MAX_BITS:
            # A good deal before it too: a receipt that went missing is said again by the next ones.
            start = above[bisect_left(above, seq - MAX_BITS // 2)]
        end = start + MAX_BITS
        inside = above[bisect_left(above, start) : bisect_left(above, end)]
        receipts.append(replace(receipt, start=start, bitmap=_bitmap(start, inside)))
    return receipts or [receipt]


def covers(receipt: Receipt, seq: int) -> bool:
    """Whether the receipt says that message ``seq`` of its boot is stored."""
    if seq <= receipt.upto:
        return seq >= 1
    offset, bits = seq - receipt.start, _bytes(receipt.bitmap)
    return 0 <= offset < 8 * len(bits) and bool(bits[offset // 8] >> offset % 8 & 1)


def covered(receipt: Receipt) -> list[int]:
    """The messages above ``upto`` that the receipt says are stored, in order."""
    bits = int.from_bytes(_bytes(receipt.bitmap), "little")
    return [receipt.start + n for n in range(bits.bit_length()) if bits >> n & 1]


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """The receipt as plain data, to be signed and sent."""
    document: dict[str, Any] = _ADAPTER.dump_python(receipt, mode="json")
    return document


def read_receipt(document: dict[str, Any]) -> Receipt:
    """The receipt in a document, whose signature the caller checks. Unknown fields are ignored.

    Raises:
        MessageError: says what is wrong and where.
    """
    try:
        receipt = _ADAPTER.validate_json(dump_document(document), strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None
    try:
        _bytes(receipt.bitmap)
    except ValueError:
        raise MessageError("bitmap: not base64url") from None
    if receipt.start <= receipt.upto:
        raise MessageError("start: not greater than upto")
    return receipt


def receipt_schema() -> dict[str, Any]:
    """JSON Schema of `receipt/1.0`, for those who write a unit or a collector of their own."""
    return schema_of(_ADAPTER, SCHEMA, SCHEMA_ID)


def _bitmap(start: int, seqs: Iterable[int]) -> str:
    bits = 0
    for seq in seqs:
        bits |= 1 << seq - start
    raw = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(bitmap: str) -> bytes:
    """
    Raises:
        ValueError: not base64url.
    """
    try:
        return base64.urlsafe_b64decode(bitmap + "=" * (-len(bitmap) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
