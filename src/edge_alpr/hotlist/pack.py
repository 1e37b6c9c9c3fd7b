"""Packs a list for the way to one unit: compressed, then sealed to the unit's key; and takes it out again, bounded.

Neither the broker nor a unit's card ever holds a plate of it in clear. 100,000 entries are about 3.6 MB on the wire.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import MessageError
from edge_alpr.hotlist.refusal import RefusedListError
from edge_alpr.keys.sealing import OVERHEAD
from edge_alpr.message.hotlist import MOST_BYTES, SCHEMA

if TYPE_CHECKING:
    from edge_alpr.keys.sealing import SealKey, SealPublic
    from edge_alpr.message.topics import UnitAddress

MOST_PACKED: Final = 8 << 20
"""Longest message. A unit tells its broker not to send it a longer one."""


def pack(document: bytes) -> bytes:
    """What is sealed to each unit.

    Raises:
        RefusedListError: longer than a unit takes.
    """
    packed = zlib.compress(document)
    if len(document) > MOST_BYTES or len(packed) + OVERHEAD > MOST_PACKED:
        told = f"{len(document)} bytes, {len(packed)} packed: a unit takes {MOST_BYTES} and {MOST_PACKED}"
        raise RefusedListError("too_large", told)
    return packed


def seal_for(packed: bytes, key: SealPublic, address: UnitAddress) -> bytes:
    """What is published to one unit."""
    return key.seal(packed, info=_bound_to(address))


def pack_for(document: bytes, key: SealPublic, address: UnitAddress) -> bytes:
    """Both, for one unit alone.

    Raises:
        RefusedListError: longer than a unit takes.
    """
    return seal_for(pack(document), key, address)


def unpack(sealed: bytes, key: SealKey, address: UnitAddress) -> bytes:
    """The document in a message. Never makes more than `message.hotlist.MOST_BYTES` of it, whatever is in it.

    Raises:
        RefusedListError: sealed to another unit or not at all, damaged, or too large.
    """
    if len(sealed) > MOST_PACKED:
        raise RefusedListError("too_large", f"longer than {MOST_PACKED >> 20} MiB")
    if len(sealed) <= OVERHEAD:
        raise RefusedListError("not_sealed", "too short to be sealed")
    try:
        packed = key.open(sealed, info=_bound_to(address))
    except MessageError as error:
        raise RefusedListError("not_sealed", f"it does not open here: {error}") from None
    inflating = zlib.decompressobj()
    try:
        document = inflating.decompress(packed, MOST_BYTES + 1)
    except zlib.error:
        raise RefusedListError("damaged", "what was sealed is not compressed (zlib)") from None
    if len(document) > MOST_BYTES:
        raise RefusedListError("too_large", f"more than {MOST_BYTES >> 20} MiB come out of it")
    if not inflating.eof or inflating.unused_data:
        raise RefusedListError("damaged", "what was sealed is cut off, or goes on behind its end")
    return document


def _bound_to(address: UnitAddress) -> bytes:
    """What the seal is bound to beside the key: that it is a list, and whose."""
    return f"{SCHEMA} {address}".encode()
