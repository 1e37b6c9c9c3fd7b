"""Gives JSON data the one form that everybody computes alike (RFC 8785), and its digest."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical(data: Any) -> bytes:
    """The canonical bytes of plain JSON data.

    Raises:
        ValueError: JSON cannot say what is in it.
    """
    return rfc8785.dumps(data)


def sha256_of(data: Any) -> str:
    """``sha256:`` and the digest of the canonical bytes."""
    return f"sha256:{hashlib.sha256(canonical(data)).hexdigest()}"
