"""A list on its way: only the unit it is for opens it, and no message makes more of itself than is allowed."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.hotlist.pack import MOST_PACKED, pack_for, unpack
from edge_alpr.hotlist.refusal import RefusedListError
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.hotlist import MOST_BYTES
from edge_alpr.message.topics import UnitAddress
from fakes.hotlists import UNIT, UNIT_SEAL, a_list, an_entry

INFO = b"hotlist/1.0 o/s/u"


def why(sealed: bytes, key: SealKey = UNIT_SEAL, address: UnitAddress = UNIT) -> str:
    with pytest.raises(RefusedListError) as caught:
        unpack(sealed, key, address)
    return caught.value.reason


def test_a_packed_list_comes_out_as_it_went_in_and_shows_no_plate() -> None:
    document = a_list(an_entry())
    sealed = pack_for(document, UNIT_SEAL.public, UNIT)
    assert unpack(sealed, UNIT_SEAL, UNIT) == document
    assert b"EDGE042" not in sealed
    assert sealed != pack_for(document, UNIT_SEAL.public, UNIT)


def test_it_opens_with_the_units_key_under_the_units_name_only() -> None:
    sealed = pack_for(a_list(an_entry()), UNIT_SEAL.public, UNIT)
    assert why(sealed, SealKey.generate()) == "not_sealed"
    assert why(sealed, address=UnitAddress("o", "s", "v")) == "not_sealed"


@given(st.binary(max_size=200))
def test_what_was_not_sealed_to_us_is_refused(junk: bytes) -> None:
    assert why(junk) == "not_sealed"


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_closes_it(place: int, change: int) -> None:
    sealed = bytearray(pack_for(a_list(an_entry()), UNIT_SEAL.public, UNIT))
    sealed[place % len(sealed)] ^= change
    assert why(bytes(sealed)) == "not_sealed"


def test_a_bomb_does_not_go_off() -> None:
    bomb = zlib.compress(bytes(MOST_BYTES + 1), 9)
    assert len(bomb) < 100_000
    assert why(UNIT_SEAL.public.seal(bomb, info=INFO)) == "too_large"
    assert why(bytes(MOST_PACKED + 1)) == "too_large"


def test_what_is_cut_off_or_goes_on_is_refused() -> None:
    packed = zlib.compress(a_list(an_entry()))
    for spoilt in (packed[:-1], packed + b"x", b"", b"not compressed"):
        assert why(UNIT_SEAL.public.seal(spoilt, info=INFO)) in {"damaged", "not_sealed"}


def test_a_list_that_no_unit_would_take_is_not_packed() -> None:
    with pytest.raises(RefusedListError, match="a unit takes"):
        pack_for(bytes(MOST_BYTES + 1), UNIT_SEAL.public, UNIT)
