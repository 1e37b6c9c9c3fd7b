"""The schemas of gap and clock that the package carries are those of the types, and fit what is sent."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.message.notice import clock_schema, encode_notice, gap_schema
from fakes.notices import a_clock, a_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.message.notice import Notice

_KINDS: dict[str, tuple[Callable[[], dict[str, Any]], Notice]] = {
    "unit.gap-1.0": (gap_schema, a_gap(1, (2, 3))),
    "unit.clock-1.0": (clock_schema, a_clock(1, "2026-01-01T12:00:00.000Z", 10.0)),
}


@pytest.mark.parametrize("name", _KINDS)
def test_the_checked_in_schema_is_fresh_and_fits(name: str) -> None:
    """Stale? `make docs`."""
    make, notice = _KINDS[name]
    shipped = (files("edge_alpr.message") / "schemas" / f"{name}.json").read_text()
    assert json.loads(shipped) == make()
    validator = Draft202012Validator(make())
    body = json.loads(encode_notice(notice, None))
    assert list(validator.iter_errors(body)) == []
    assert list(validator.iter_errors({**body, "boot": "x"})) != []
