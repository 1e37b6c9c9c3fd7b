"""The JSON Schema: fresh, valid, and of one mind with the decoder."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker

from edge_alpr.message.codec import encode
from edge_alpr.message.schema import SCHEMA_ID, event_schema, event_schema_text, shipped_schema
from strategies.events import plate_events

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent

GOLDEN = Path(__file__).parents[2] / "golden" / "plate.read-1.0"
VALIDATOR = Draft202012Validator(event_schema(), format_checker=FormatChecker())


def test_the_checked_in_schema_is_fresh() -> None:
    """If this fails: write `event_schema_text()` to message/schemas/, and ask whether the version must rise."""
    assert shipped_schema() == event_schema_text()


def test_the_schema_is_a_valid_schema_with_a_lasting_name() -> None:
    Draft202012Validator.check_schema(event_schema())
    assert event_schema()["$id"] == SCHEMA_ID == "urn:edge-alpr:schema:plate.read:1.0"


@given(plate_events())
def test_every_event_fits_the_schema(event: PlateEvent) -> None:
    VALIDATOR.validate(json.loads(encode(event)))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_every_golden_message_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text()))


def test_every_field_is_required_and_none_is_forbidden() -> None:
    schema = event_schema()
    for part in [schema, *schema["$defs"].values()]:
        assert set(part["required"]) == set(part["properties"])
        assert part.get("additionalProperties", True) is True


def test_every_string_is_bounded() -> None:
    """A message cannot be blown up through one field."""

    def strings(part: Any) -> list[dict[str, Any]]:
        if isinstance(part, list):
            return [found for each in part for found in strings(each)]
        if not isinstance(part, dict):
            return []
        here = [part] if part.get("type") == "string" else []
        return here + [found for each in part.values() for found in strings(each)]

    assert len(strings(event_schema())) > 30
    for string in strings(event_schema()):
        assert {"pattern", "maxLength", "enum", "const"} & set(string), string


def test_the_schema_refuses_what_the_decoder_refuses() -> None:
    message = json.loads((GOLDEN / "hit.json").read_text())
    for change in ({"schema": "plate.read/2.0"}, {"seq": 0}, {"test": None}, {"unit": "A/b"}):
        assert not VALIDATOR.is_valid({**copy.deepcopy(message), **change})


def test_fields_carry_their_explanation() -> None:
    properties = event_schema()["properties"]
    assert properties["id"]["description"] == "UUIDv7 that names the pass."
