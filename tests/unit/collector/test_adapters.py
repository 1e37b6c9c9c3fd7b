"""The shapes of other systems: golden files, and what their readers rely on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.collector.adapters.alpr_group import alpr_group, camera_number
from edge_alpr.collector.adapters.cloudevents import attributes, headers
from edge_alpr.collector.adapters.home_assistant import KINDS, discovery, home_assistant, kind_of
from edge_alpr.collector.adapters.home_assistant_unit import unit_discovery
from edge_alpr.collector.adapters.onvif import onvif
from edge_alpr.collector.adapters.plate_recognizer import plate_recognizer
from edge_alpr.message.codec import decode
from edge_alpr.message.condition import HEALTH, STATUS
from edge_alpr.message.event import Hit
from edge_alpr.message.topics import UnitAddress, parse
from fakes.events import PLATE, an_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.link.publication import Publication
    from edge_alpr.message.event import PlateEvent

_GOLDEN = Path(__file__).parents[2] / "golden"
_EVENTS = sorted((_GOLDEN / "plate.read-1.0").glob("*.json"))


def _published(publication: Publication | None) -> dict[str, Any] | None:
    if publication is None:
        return None
    return {
        "topic": publication.topic,
        "retain": publication.retain,
        "body": json.loads(publication.body),
    }


_SHAPES: dict[str, Callable[[PlateEvent], Any]] = {
    "alpr-group": alpr_group,
    "cloudevents": headers,
    "home-assistant": lambda event: _published(home_assistant(event)),
    "home-assistant-discovery": lambda event: _published(discovery(event, "homeassistant")),
    "onvif": lambda event: _published(onvif(event, "site")),
    "plate-recognizer": plate_recognizer,
}


@pytest.mark.parametrize("shape", sorted(_SHAPES))
@pytest.mark.parametrize("path", _EVENTS, ids=lambda path: path.stem)
def test_an_event_becomes_what_the_golden_file_says(shape: str, path: Path) -> None:
    made = _SHAPES[shape](decode(path.read_bytes()))
    golden = _GOLDEN / "adapters" / shape / path.name
    assert json.loads(golden.read_text(encoding="utf-8")) == json.loads(json.dumps(made))


@pytest.mark.parametrize("shape", ["alpr-group", "onvif", "plate-recognizer"])
def test_a_vehicle_that_stood_is_told_of_once(shape: str) -> None:
    told = [
        _SHAPES[shape](an_event(phase="final", presence=presence)) is not None
        for presence in ("passed", "arrived", "departed")
    ]
    assert told == [True, True, False]


def test_what_is_provisional_is_told_only_where_there_is_a_word_for_it() -> None:
    event = an_event(phase="provisional", presence=None)
    assert plate_recognizer(event) is None
    assert onvif(event, "site") is None
    preview = alpr_group(event)
    assert preview is not None
    assert preview["is_preview"]
    assert home_assistant(event).body.startswith(b'{"event_type":"provisional"')


def test_no_plate_is_in_a_topic_a_header_or_a_discovery() -> None:
    event = an_event()
    message = onvif(event, "site")
    assert message is not None
    where = [
        message.topic,
        home_assistant(event).topic,
        *(str(part) for part in attributes(event).items()),
        discovery(event, "homeassistant").topic,
        discovery(event, "homeassistant").body.decode(),
    ]
    assert not any(PLATE in each.upper() for each in where)


def test_an_onvif_box_is_in_the_scenes_own_frame() -> None:
    """The middle is 0, up is positive: a plate in the upper left quarter has negative x and positive y."""
    event = an_event()
    event = replace(event, read=replace(event.read, box=(0.0, 0.0, 0.5, 0.25)))
    message = onvif(event, "site")
    assert message is not None
    assert json.loads(message.body)["Data"]["BoundingBox"] == {
        "@left": -1.0,
        "@top": 1.0,
        "@right": 0.0,
        "@bottom": 0.5,
    }


def _hit(class_: Any) -> Hit:
    return Hit(
        list="local",
        list_version="1",
        entry="1",
        class_=class_,
        reason=None,
        confidence=0.9,
        needs_human=True,
    )


def test_home_assistant_is_told_of_a_hit_only_where_the_contract_would_alert() -> None:
    exact = an_event(hits=(_hit("exact"),))
    assert kind_of(an_event()) == "read"
    assert kind_of(exact) == "hit"
    assert kind_of(an_event(hits=(_hit("confusable"),))) == "possible"
    assert kind_of(replace(exact, plate=replace(exact.plate, ambiguous=True))) == "possible"
    assert kind_of(replace(exact, read=replace(exact.read, agree=1))) == "possible"
    assert kind_of(an_event(phase="correction")) == "correction"
    assert {kind_of(an_event()), kind_of(exact)} <= set(KINDS)


def test_cameras_of_two_units_have_two_numbers_that_last() -> None:
    assert camera_number(an_event(1)) == camera_number(an_event(2))
    assert camera_number(an_event()) != camera_number(an_event(unit="v"))
    assert 0 <= camera_number(an_event()) < 2**31


def test_a_message_that_comes_twice_has_one_cloudevents_name() -> None:
    def name(event: PlateEvent) -> tuple[str, str]:
        told = attributes(event)
        return told["source"], told["id"]

    assert name(an_event(1)) == name(an_event(1))
    assert name(an_event(1)) != name(an_event(2))


def _fields(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object, whether it may be null or stands elsewhere."""
    for each in place.get("anyOf", [place]):
        if "$ref" in each:
            each = schema["$defs"][each["$ref"].rpartition("/")[2]]  # noqa: PLW2901
        if "properties" in each:
            found: dict[str, Any] = each["properties"]
            return found
    return {}


def test_a_unit_is_a_device_whose_entities_read_what_the_contract_names() -> None:
    publication = unit_discovery(UnitAddress("o", "s", "u"), "homeassistant")
    assert (publication.topic, publication.retain) == (
        "homeassistant/device/edge-alpr-o-s-u/config",
        True,
    )
    components = json.loads(publication.body)["components"]
    schemas = {"status": STATUS.schema(), "health": HEALTH.schema()}
    for entity in components.values():
        schema = schemas[parse(entity["state_topic"]).kind]
        first, field = re.findall(
            r"value_json\.(\w+)(?: \| default\(\{\}, true\)\)\.(\w+))?", entity["value_template"]
        )[0]
        place = schema["properties"][first]
        assert not field or first == "uplink" or field in _fields(schema, place)
    names = [entity["unique_id"] for entity in components.values()]
    assert len(set(names)) == len(names) == 8
