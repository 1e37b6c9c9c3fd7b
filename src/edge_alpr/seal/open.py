"""Opens sealed messages with the keys of their holders, and says which key is missing where one is.

For a window read it takes two: `open_outer` with the custodian's key of the day gives the inner envelopes, `open_inner`
with an agency's key gives the content. They may be used in different houses: what lies between is `released`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import MessageError
from edge_alpr.keys.encoding import from_base64, to_base64
from edge_alpr.message.sealed import header_of
from edge_alpr.seal.envelope import bound
from edge_alpr.seal.pad import unpad

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.keys.sealing import SealKey

RELEASED: Final = "plate.released/1.0"
"""What the custodian hands to an agency: a header, and the inner envelope for that agency."""
_MOST_HEAD: Final = 8192


class MissingKeyError(MessageError):
    """A key is not at hand. The text says whose, and which."""


@dataclass(frozen=True, slots=True)
class Inner:
    """An inner envelope of a window read."""

    to: str
    """The agency's key, by its kid."""
    tag: str
    """See `seal.index`."""
    sealed: bytes = field(repr=False)


def open_outer(document: dict[str, Any], key: SealKey) -> list[Inner]:
    """The inner envelopes of a window read.

    Raises:
        MessageError: it is not sealed to this key, was changed, or is none.
    """
    found = _ciphertexts(document)
    if len(found) != 1:
        raise MessageError("sealed: a window read is sealed once to the custodian")
    to, outer = found[0]
    if to != key.kid:
        raise MessageError(f"sealed: it is sealed to key {to[:16]!r}, this one is {key.kid}")
    content = key.open(outer, info=_bound(document, "outer"))
    head, _, rest = content.partition(b"\n")
    inner = []
    try:
        for each in json.loads(head[:_MOST_HEAD])["for"]:
            size = int(each["bytes"])
            inner.append(Inner(str(each["to"]), str(each["tag"]), rest[:size]))
            rest = rest[size:]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MessageError("sealed: the outer layer does not hold what it should") from None
    return inner


def open_inner(document: dict[str, Any], sealed: bytes, key: SealKey) -> bytes:
    """The content of an agency's envelope.

    Raises:
        MessageError: it is not sealed to this key, or was changed.
    """
    return unpad(key.open(sealed, info=_bound(document, "inner")))


def open_sealed(
    document: dict[str, Any],
    agency: SealKey | None,
    epoch: Callable[[str], SealKey | None],
) -> bytes:
    """The content of a message by the keys that are at hand.

    Args:
        document: a `plate.sealed/1.x` or a `plate.released/1.x`, its signature checked by the caller.
        agency: the agency's key.
        epoch: gives the custodian's key of a UTC day, if it is at hand.

    Raises:
        MissingKeyError: a key is missing, or none of those at hand is meant.
        MessageError: it was changed since.
    """
    if document.get("schema") == RELEASED:
        inner = [(str(document.get("to")), _raw(document.get("sealed")))]
        document = _header(document)
    elif document.get("class") == "window":
        inner = [
            (each.to, each.sealed) for each in open_outer(document, _epoch_key(document, epoch))
        ]
    else:
        inner = _ciphertexts(document)
    if agency is None:
        raise MissingKeyError(f"the key of {_names(document)} is missing")
    for to, sealed in inner:
        if to == agency.kid:
            return open_inner(document, sealed, agency)
    raise MissingKeyError(f"it is for {_names(document)}, and the agency's key is {agency.kid}")


def release(document: dict[str, Any], inner: Inner) -> dict[str, Any]:
    """What the custodian hands over of a window read: it cannot be opened without the agency's key."""
    header = header_of(document)
    return {
        "schema": RELEASED,
        "header": header,
        "to": inner.to,
        "sealed": to_base64(inner.sealed),
    }


def _epoch_key(document: dict[str, Any], epoch: Callable[[str], SealKey | None]) -> SealKey:
    day, custodian = str(document.get("epoch")), str(document.get("custodian"))
    key = epoch(day)
    if key is None:
        raise MissingKeyError(f"the key of {custodian} for {day} is missing or destroyed")
    return key


def _ciphertexts(document: dict[str, Any]) -> list[tuple[str, bytes]]:
    try:
        return [(str(each["to"]), _raw(each["data"])) for each in document["sealed"]]
    except (KeyError, TypeError):
        raise MessageError("sealed: not a sealed message") from None


def _header(document: dict[str, Any]) -> dict[str, Any]:
    header = document.get("header")
    if not isinstance(header, dict):
        raise MessageError("header: missing")
    return header


def _raw(text: object) -> bytes:
    try:
        return from_base64(str(text))
    except ValueError as error:
        raise MessageError(f"sealed: {error}") from None


def _bound(document: dict[str, Any], layer: Any) -> bytes:
    try:
        return bound(document, layer)
    except (ValueError, RecursionError):
        raise MessageError("the header has no canonical form") from None


def _names(document: dict[str, Any]) -> str:
    try:
        return ", ".join(f"{each['name']} ({each['key']})" for each in document["recipients"])
    except (KeyError, TypeError):
        raise MessageError("recipients: missing") from None
