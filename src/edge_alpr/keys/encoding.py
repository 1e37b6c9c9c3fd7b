"""Writes raw key and signature bytes as text, ``ed25519:`` and base64url without padding; one text for each value."""

from __future__ import annotations

import base64
import binascii
from typing import Final

PREFIX: Final = "ed25519:"


def to_text(raw: bytes, prefix: str = PREFIX) -> str:
    """``ed25519:...`` for the raw bytes of a public key (32) or a signature (64); other keys have another prefix."""
    return prefix + to_base64(raw)


def from_text(text: str, size: int, prefix: str = PREFIX) -> bytes:
    """The inverse of `to_text`. Only the text that `to_text` writes is taken: the last character has unused bits.

    Raises:
        ValueError: not the text of ``size`` bytes.
    """
    if not text.startswith(prefix):
        raise ValueError(f"does not start with {prefix!r}")
    raw = from_base64(text.removeprefix(prefix))
    if len(raw) != size:
        raise ValueError(f"is not {size} bytes in base64url without padding")
    return raw


def to_base64(raw: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64(text: str) -> bytes:
    """The inverse of `to_base64`, of nothing but what that writes.

    Raises:
        ValueError: it is no such text.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("is not base64url") from None
    if to_base64(raw) != text:
        raise ValueError("is not the one base64url text of its bytes, without padding")
    return raw
