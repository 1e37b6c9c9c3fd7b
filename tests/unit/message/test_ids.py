"""UUIDv7."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.message.ids import uuid7


def test_the_example_of_the_rfc_is_met() -> None:
    """RFC 9562, appendix A.6."""
    rand_a, rand_b = 0xCC3, 0x18C4DC0C0C07398F
    entropy = (rand_a << 64 | rand_b).to_bytes(10, "big")
    assert uuid7(1645557742.000, lambda _: entropy) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.floats(0, 1e11), st.binary(min_size=10, max_size=10))
def test_version_variant_and_time_are_where_they_belong(utc_s: float, entropy: bytes) -> None:
    made = uuid.UUID(uuid7(utc_s, lambda _: entropy))
    assert made.variant == uuid.RFC_4122
    assert made.version == 7
    assert made.int >> 80 == round(utc_s * 1000)


@given(st.integers(0, 10**13), st.integers(1, 10**6))
def test_a_later_one_sorts_after(milliseconds: int, more: int) -> None:
    assert uuid7(milliseconds / 1000) < uuid7((milliseconds + more) / 1000)


def test_two_of_one_moment_differ() -> None:
    assert len({uuid7(1.0) for _ in range(1000)}) == 1000


def test_a_clock_before_1970_is_not_a_crash() -> None:
    assert uuid7(-5.0).startswith("00000000-0000-7")
