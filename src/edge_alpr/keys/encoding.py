"""Writes raw key and signature bytes as text, ``ed25519:`` and base64url without padding; one text for each value."""

from __future__ import annotations

import base64
import binascii
from typing import Final

PREFIX: Final = "ed25519:"


def to_text(raw: bytes) -> str:
    """``ed25519:...`` for the raw bytes of a public key (32) or a signature (64)."""
    return PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_text(text: str, size: int) -> bytes:
    """The inverse of `to_text`. Only the text that `to_text` writes is taken: the last character has unused bits.

    Raises:
        ValueError: not the text of ``size`` bytes.
    """
    if not text.startswith(PREFIX):
        raise ValueError(f"does not start with {PREFIX!r}")
    coded = text.removeprefix(PREFIX)
    try:
        raw = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("is not base64url") from None
    if len(raw) != size or to_text(raw) != text:
        raise ValueError(f"is not {size} bytes in base64url without padding")
    return raw
