"""docs/asyncapi.json: fresh, whole, and what it says of messages holds for those that we send.

The document was also held against AsyncAPI's own schema of version 3.0.0, which is not ours to keep here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.message.asyncapi import CHANNELS, text
from edge_alpr.message.condition import HEALTH, INFO, STATUS
from edge_alpr.message.topics import UnitAddress, parse
from edge_alpr.ops.health import StatusBoard
from edge_alpr.types import Moment
from edge_alpr.uplink.health import HealthSettings, Presence
from fakes.events import an_event

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_TEXT = (_ROOT / "docs/asyncapi.json").read_text(encoding="utf-8")
_DOCUMENT: dict[str, Any] = json.loads(_TEXT)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "$ref" and isinstance(part, str):
                yield part
            else:
                yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _found(reference: str) -> Any:
    place: Any = _DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def _validator(message: str) -> Draft202012Validator:
    """Of the schema as it stands in the document, references and all."""
    return Draft202012Validator(
        {**_DOCUMENT, "$ref": f"#/components/messages/{message}/payload/schema"}
    )


def test_the_document_is_fresh() -> None:
    assert text() == _TEXT, "run make docs"


def test_every_reference_leads_somewhere() -> None:
    references = list(_references(_DOCUMENT))
    assert len(references) > 50
    for reference in references:
        assert _found(reference) is not None


def test_every_message_is_carried_and_every_schema_is_one() -> None:
    carried = {name for channel in CHANNELS for name in channel.messages}
    assert carried == set(_DOCUMENT["components"]["messages"])
    for message in _DOCUMENT["components"]["messages"].values():
        if "payload" in message:
            Draft202012Validator.check_schema(message["payload"]["schema"])


def test_every_address_is_a_topic_of_ours_and_names_its_parameters() -> None:
    for channel in _DOCUMENT["channels"].values():
        names = set(re.findall(r"\{(\w+)\}", channel["address"]))
        assert names == set(channel["parameters"])
        topic = re.sub(r"\{(\w+)\}", "x", channel["address"])
        if "/about/" not in topic:
            assert parse(topic).unit.org == "x"


@pytest.mark.parametrize(
    "kind", ["plate.read", "plate.sealed", "receipt", "unit.audit", "unit.summary"]
)
def test_the_golden_messages_fit(kind: str) -> None:
    name = {"plate.read": "read"}.get(kind, kind.rpartition(".")[2])
    paths = sorted((_ROOT / f"tests/golden/{kind}-1.0").glob("*.json"))
    assert paths
    for path in paths:
        message = json.loads(path.read_text(encoding="utf-8"))
        assert list(_validator(name).iter_errors(message)) == []
        assert list(_validator(name).iter_errors({**message, "seq": "x", "unit": 7})) != []


def _told(snapshot: dict[str, Any], info: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a `Presence` publishes, by kind."""
    presence = Presence(
        UnitAddress("o", "s", "u"), HealthSettings(), snapshot=lambda: snapshot, info=lambda: info
    )
    now = Moment(100.0, 1_700_000_000.0)
    sent = [presence.will(), *presence.birth(now), *presence.due(Moment(200.0, 1e9), dict)]
    return {parse(each.topic).kind: json.loads(each.body) for each in sent}


def test_what_a_unit_tells_of_itself_fits() -> None:
    board = StatusBoard()
    board.count("capture.frames", 3)
    board.late(0.1)
    snapshot = {**board.snapshot(), "uplink_counts": {"uplink.sent": 1}, "state": "online"}
    told = _told({**snapshot, "reason": None}, {"software": "0.1.0", "schemas": ["plate.read/1.0"]})
    for name, kind in (("status", STATUS), ("info", INFO), ("health", HEALTH)):
        assert list(_validator(name).iter_errors(told[name])) == []
        kind.read(told[name])
        assert list(_validator(name).iter_errors({**told[name], "unit": None})) != []
    assert list(_validator("health").iter_errors({**told["health"], "state": "well"})) != []


def test_a_unit_whose_camera_half_says_nothing_fits_as_well() -> None:
    silent = {"uplink_counts": {}, "state": "degraded", "reason": "the camera half says nothing"}
    told = _told(silent, {"software": "0.1.0", "schemas": []})
    for name in ("status", "info", "health"):
        assert list(_validator(name).iter_errors(told[name])) == []


def test_an_event_of_another_shape_does_not_fit() -> None:
    """The control."""
    assert list(_validator("read").iter_errors({"schema": an_event().schema})) != []
