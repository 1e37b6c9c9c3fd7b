"""docs/integrate.md: every topic is on it, every example fits the contract, every consumer is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.collector.consumer import POSTED, PUBLISHED
from edge_alpr.collector.webhook import REFUSALS
from edge_alpr.message.asyncapi import CHANNELS, document

_PAGE = (Path(__file__).parents[2] / "docs/integrate.md").read_text(encoding="utf-8")
_DOCUMENT = document()
_SECTIONS: dict[str, str] = dict(
    re.findall(r"^### (.*?)\n(.*?)(?=^##)", _PAGE, re.MULTILINE | re.DOTALL)
)


def _kinds(title: str) -> set[str]:
    """``up/read/<camera>`` and ``up/alert/<camera>``: read and alert."""
    return {address.split("/")[1] for address in re.findall(r"`(.*?)`", title)}


def _examples() -> list[tuple[str, dict[str, Any]]]:
    return [
        (kind, json.loads(body))
        for title, text in _SECTIONS.items()
        for kind in sorted(_kinds(title))
        for body in re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]


def test_every_topic_is_on_the_page_and_no_other() -> None:
    told = {re.sub(r"<(\w+)>", r"{\1}", a) for t in _SECTIONS for a in re.findall(r"`(.*?)`", t)}
    made = {channel.address.replace("{pass}", "{id}") for channel in CHANNELS}
    assert told == made


@pytest.mark.parametrize(("kind", "example"), _examples(), ids=lambda value: str(value)[:12])
def test_every_example_fits_the_contract(kind: str, example: dict[str, Any]) -> None:
    messages = _DOCUMENT["channels"][kind]["messages"]
    schema = {**_DOCUMENT, "$ref": f"#/components/messages/{next(iter(messages))}/payload/schema"}
    assert list(Draft202012Validator(schema).iter_errors(example)) == []
    assert list(Draft202012Validator(schema).iter_errors({**example, "unit": "Not a name"})) != []


def test_topics_without_an_example_are_those_that_have_a_page_or_no_json() -> None:
    shown = {kind for kind, _ in _examples()}
    assert {channel.name for channel in CHANNELS} - shown == {
        "read", "alert", "image", "audit", "hotlist"
    }  # fmt: skip


def test_every_consumer_is_in_the_table_and_no_other() -> None:
    told = set(re.findall(r"^\| `([a-z-]+):(?:URL|PREFIX)`", _PAGE, re.MULTILINE))
    assert told == {*POSTED, *PUBLISHED}


def test_the_answers_that_set_a_message_aside_are_those() -> None:
    (told,) = re.findall(r"An answer of ([\d, or\n]+) sets", _PAGE)
    assert {int(number) for number in re.findall(r"\d+", told)} == REFUSALS


def test_what_the_page_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", _PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
