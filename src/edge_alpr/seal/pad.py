"""Pads what is sealed to a few fixed sizes, so that its length says next to nothing about what is in it."""

from __future__ import annotations

from typing import Final

from edge_alpr.errors import MessageError

BUCKETS: Final = (4096, 8192, 16384, 32768, 65536)
"""Bytes. A read takes the first or the second, a picture of a plate mostly the second or the third."""
_LENGTH: Final = 4


def pad(content: bytes) -> bytes:
    """The length in four bytes, the content, zeros up to the next of `BUCKETS`.

    Raises:
        MessageError: longer than the largest bucket.
    """
    return (len(content).to_bytes(_LENGTH, "big") + content).ljust(bucket_of(len(content)), b"\0")


def bucket_of(length: int) -> int:
    """The size that content of ``length`` bytes is padded to.

    Raises:
        MessageError: longer than the largest bucket.
    """
    for size in BUCKETS:
        if length + _LENGTH <= size:
            return size
    raise MessageError(
        f"{length} bytes are too many to seal, at most {BUCKETS[-1] - _LENGTH} are sealed"
    )


def unpad(padded: bytes) -> bytes:
    """The inverse of `pad`.

    Raises:
        MessageError: not what `pad` writes.
    """
    length = int.from_bytes(padded[:_LENGTH], "big")
    content = padded[_LENGTH : _LENGTH + length]
    if len(content) != length or len(padded) not in BUCKETS or pad(content) != padded:
        raise MessageError("sealed: what was opened is not padded as it should be")
    return content
