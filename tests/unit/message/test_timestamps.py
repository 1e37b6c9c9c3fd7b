"""Times as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.message.timestamps import to_seconds, to_text


@given(st.floats(0, 253_402_300_799))
def test_text_and_seconds_agree_to_half_a_millisecond(utc_s: float) -> None:
    assert abs(to_seconds(to_text(utc_s)) - utc_s) <= 0.0005 + 1e-4
    assert to_text(to_seconds(to_text(utc_s))) == to_text(utc_s)


@pytest.mark.parametrize(
    ("utc_s", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1764728019.4124, "2025-12-03T02:13:39.412Z"),
        (0.9996, "1970-01-01T00:00:01.000Z"),
        (-1.0, "1970-01-01T00:00:00.000Z"),
        (1e300, "9999-12-31T23:59:59.000Z"),
    ],
)
def test_known_times(utc_s: float, text: str) -> None:
    assert to_text(utc_s) == text


def test_other_offsets_are_understood() -> None:
    assert to_seconds("1970-01-01T02:00:00+02:00") == 0.0


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-30T00:00:00.000Z", "2026-01-01T00:00:00"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        to_seconds(text)
