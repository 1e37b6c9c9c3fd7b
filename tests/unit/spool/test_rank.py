"""The key whose order is the order of sending."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.spool.rank import MAX_ORDINAL, MAX_SEQ, OTHERS, pack, unpack

messages = st.tuples(st.integers(0, MAX_ORDINAL), st.integers(1, MAX_SEQ), st.booleans())


@given(messages)
def test_unpack_is_the_inverse_of_pack(message: tuple[int, int, bool]) -> None:
    ordinal, seq, hit = message
    rank = pack(ordinal, seq, hit=hit)
    assert unpack(rank) == message
    assert 0 < rank < 2**63
    assert (rank < OTHERS) is hit


@given(st.lists(messages, unique=True))
def test_ranks_sort_hits_first_then_by_boot_then_by_number(
    many: list[tuple[int, int, bool]],
) -> None:
    by_rank = sorted(many, key=lambda each: pack(each[0], each[1], hit=each[2]))
    assert by_rank == sorted(many, key=lambda each: (not each[2], each[0], each[1]))


@pytest.mark.parametrize(
    ("ordinal", "seq"), [(-1, 1), (MAX_ORDINAL + 1, 1), (0, 0), (0, MAX_SEQ + 1)]
)
def test_what_does_not_fit_is_refused(ordinal: int, seq: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        pack(ordinal, seq, hit=True)
