"""Turns the types of an event into its JSON Schema (draft 2020-12) and into the validator of incoming bytes."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pydantic import TypeAdapter

from edge_alpr.message.event import SCHEMA, PlateEvent

SCHEMA_ID: Final = "urn:edge-alpr:schema:plate.read:1.0"


@cache
def event_adapter() -> TypeAdapter[PlateEvent]:
    """The validator, built once; building costs some tens of milliseconds."""
    return TypeAdapter(PlateEvent)


def event_schema() -> dict[str, Any]:
    """JSON Schema of `plate.read/1.0`. Fields it does not name are allowed: a minor version may add them."""
    return schema_of(event_adapter(), SCHEMA, SCHEMA_ID)


def schema_of(adapter: TypeAdapter[Any], name: str, schema_id: str) -> dict[str, Any]:
    """JSON Schema of a kind of message, under the name that its ``schema`` field has and a lasting identifier."""
    generated = adapter.json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id,
        **generated,
        "title": name,
    }


def event_schema_text() -> str:
    """`event_schema` as the text that is checked in and printed by ``edge-alpr schema event``."""
    return json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


def shipped_schema(name: str = SCHEMA) -> str:
    """The text that the package carries for a ``schema``; tests watch that it is what the types say."""
    file = f"{name.replace('/', '-')}.json"
    return (files("edge_alpr.message") / "schemas" / file).read_text(encoding="utf-8")
