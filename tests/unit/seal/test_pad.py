"""Padding: a few sizes whatever the content, and nothing that was not padded by us."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.errors import MessageError
from edge_alpr.seal.pad import BUCKETS, pad, unpad


@given(content=st.binary(max_size=9000))
@settings(max_examples=50)
def test_what_was_padded_comes_back_and_has_one_of_the_sizes(content: bytes) -> None:
    padded = pad(content)
    assert len(padded) in BUCKETS
    assert unpad(padded) == content


@pytest.mark.parametrize("size", BUCKETS)
def test_a_bucket_is_filled_to_its_last_byte(size: int) -> None:
    assert len(pad(bytes(size - 4))) == size
    if size != BUCKETS[-1]:
        assert len(pad(bytes(size - 3))) > size


def test_what_is_too_long_is_refused() -> None:
    pad(bytes(BUCKETS[-1] - 4))
    with pytest.raises(MessageError, match="too many to seal"):
        pad(bytes(BUCKETS[-1] - 3))


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0\0\0\1x",
        bytes(4095),
        b"\0\0\0\1x".ljust(4096, b"\1"),
        b"\xff\xff\xff\xff".ljust(4096, b"\0"),
        b"\0\0\0\1x".ljust(8192, b"\0"),
    ],
    ids=["empty", "not padded", "no bucket", "other filling", "longer than it is", "wrong bucket"],
)
def test_what_we_did_not_pad_is_refused(padded: bytes) -> None:
    with pytest.raises(MessageError, match="not padded as it should be"):
        unpad(padded)
