"""Seals a message under its header: once for each agency, and of a window read all of that again to the custodian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from edge_alpr.keys.canonical import canonical
from edge_alpr.keys.encoding import to_base64
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.message.sealed import header_of
from edge_alpr.seal.pad import pad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Layer: TypeAlias = Literal["outer", "inner"]
_LABEL: Final = b"edge-alpr plate.sealed/1 "


@dataclass(frozen=True, slots=True)
class Agency:
    """Who a read is for."""

    name: str
    """``agency/name``."""
    key: SealPublic


@dataclass(frozen=True, slots=True)
class Epoch:
    """One day of the custodian."""

    day: str
    """UTC, ``2026-11-24``."""
    key: SealPublic
    until_s: float
    """UTC seconds at which the custodian destroys the private half."""


def bound(document: dict[str, Any], layer: Layer) -> bytes:
    """The ``info`` of a layer: which it is, and the header in canonical form (RFC 8785).

    Raises:
        ValueError: JSON cannot say what is in it.
    """
    return _LABEL + layer.encode() + b"\0" + canonical(header_of(document))


def seal_hit(
    content: bytes, header: dict[str, Any], agencies: Sequence[Agency]
) -> list[dict[str, str]]:
    """The ``sealed`` of a hit: the same content once for each agency, which opens it alone.

    Raises:
        MessageError: too long to be sealed.
    """
    padded, info = pad(content), bound(header, "inner")
    return [_ciphertext(agency.key, padded, info) for agency in agencies]


def seal_window(
    content: bytes,
    header: dict[str, Any],
    agencies: Sequence[Agency],
    epoch: Epoch,
    tag: Callable[[Agency], str],
) -> list[dict[str, str]]:
    """The ``sealed`` of a window read: an envelope for each agency with its tag, together sealed to the custodian.

    The outer content is one line of canonical JSON, ``{"for": [{"to", "tag", "bytes"}, ...]}``, and then the inner
    envelopes one after the other. Its length follows from the bucket and the number of agencies.

    Raises:
        MessageError: too long to be sealed.
    """
    padded, info = pad(content), bound(header, "inner")
    inner = [agency.key.seal(padded, info=info) for agency in agencies]
    head = {
        "for": [
            {"to": agency.key.kid, "tag": tag(agency), "bytes": len(sealed)}
            for agency, sealed in zip(agencies, inner, strict=True)
        ]
    }
    outer = canonical(head) + b"\n" + b"".join(inner)
    return [_ciphertext(epoch.key, outer, bound(header, "outer"))]


def _ciphertext(key: SealPublic, content: bytes, info: bytes) -> dict[str, str]:
    return {"to": key.kid, "data": to_base64(key.seal(content, info=info))}
