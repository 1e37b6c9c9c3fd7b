"""docs/event.example.json is a whole and valid event, and what the README shows of it is of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge_alpr.message.example import completed
from edge_alpr.message.schema import event_schema

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/event.example.json"
README = (ROOT / "README.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def text() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


def strange(shown: Any, whole: Any, place: str = "event") -> list[str]:
    """Where the shortened form says something that the whole one does not; a text may end in ``…``."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        missing = [f"{place}.{name}" for name in shown if name not in whole]
        return missing + [
            found
            for name in shown.keys() & whole.keys()
            for found in strange(shown[name], whole[name], f"{place}.{name}")
        ]
    if isinstance(shown, list) and isinstance(whole, list):
        return [
            f"{place}[{number}]"
            for number, each in enumerate(shown)
            if not any(strange(each, other) == [] for other in whole)
        ]
    if isinstance(shown, str) and shown.endswith("…"):
        return [] if str(whole).startswith(shown[:-1]) else [place]
    return [] if shown == whole else [place]


def test_the_example_has_every_field_of_the_event() -> None:
    assert text() == completed(text()), "run make docs"


def test_the_example_is_valid_by_the_schema() -> None:
    jsonschema.Draft202012Validator(event_schema()).validate(json.loads(text()))


def test_what_the_readme_shows_is_of_the_example() -> None:
    assert strange(json.loads(SHOWN), json.loads(text())) == []


@pytest.mark.parametrize(
    "wrong", [{"seq": 13}, {"sequence": 12}, {"id": "x…"}, {"hits": [{"entry": "4"}]}]
)
def test_the_comparison_would_notice(wrong: dict[str, Any]) -> None:
    """The control."""
    assert strange(wrong, json.loads(text()))
