"""This file writes the AsyncAPI 3 document of all that goes over MQTT, from the types.

``python -m edge_alpr.message.asyncapi > docs/asyncapi.json`` (`make docs`).

The schemas are those that ``edge-alpr schema`` prints, JSON Schema 2020-12; AsyncAPI carries them under their name
(`multi-format schema`), with references made relative to the document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from edge_alpr.message.condition import HEALTH, INFO, STATUS
from edge_alpr.message.log_piece import piece_schema
from edge_alpr.message.notice import clock_schema, gap_schema
from edge_alpr.message.receipt import receipt_schema
from edge_alpr.message.schema import event_schema
from edge_alpr.message.sealed import sealed_schema
from edge_alpr.message.summary import summary_schema
from edge_alpr.message.told import CORRECTION
from edge_alpr.message.topics import ROOT
from edge_alpr.message.unread import unread_schema

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMAT: Final = "application/schema+json;version=draft-2020-12"
_PARAMETERS: Final = {
    "org": "The organisation.",
    "site": "Where the unit stands.",
    "unit": "The unit.",
    "camera": "A camera of the unit.",
    "pass": "Names the vehicle's pass.",
    "kind": "What the picture shows: plate.",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of topic. ``sender`` is who publishes there."""

    name: str
    address: str
    sender: Literal["unit", "collector", "list sender"]
    messages: tuple[str, ...]
    says: str
    qos: int = 1
    retained: bool = False


SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "status": STATUS.schema,
    "info": INFO.schema,
    "health": HEALTH.schema,
    "read": event_schema,
    "sealed": sealed_schema,
    "unread": unread_schema,
    "gap": gap_schema,
    "clock": clock_schema,
    "summary": summary_schema,
    "audit": piece_schema,
    "receipt": receipt_schema,
    "correction": CORRECTION.schema,
}
"""Schema by name of the message."""

OPAQUE: Final[dict[str, Any]] = {
    "picture": {
        "name": "picture",
        "contentType": "image/jpeg",
        "summary": "Its number travels in the user properties boot and seq (MQTT 5).",
    },
    "list": {
        "name": "list",
        "contentType": "application/octet-stream",
        "summary": "A signed list of wanted plates, sealed to the unit's key (`edge-alpr hotlist send`).",
    },
}
"""Messages that are no JSON."""

CHANNELS: Final = (
    Channel(
        "status", "up/status", "unit", ("status",), "How the unit is; also its last will.", 1, True
    ),
    Channel(
        "info", "up/info", "unit", ("info",), "What runs on it, and under which rules.", 1, True
    ),
    Channel("health", "up/health", "unit", ("health",), "Counters and figures, every so often.", 0),
    Channel("read", "up/read/{camera}", "unit", ("read", "sealed"), "One vehicle's pass."),
    Channel(
        "alert",
        "up/alert/{camera}",
        "unit",
        ("read", "sealed"),
        "A pass that exactly matches a list, unambiguous and agreed on by several reads.",
    ),
    Channel(
        "unread", "up/unread/{camera}", "unit", ("unread",), "A vehicle without a believed text."
    ),
    Channel(
        "image",
        "up/image/{camera}/{pass}/{kind}",
        "unit",
        ("picture", "sealed"),
        "A picture of the plate, whose hash the event names.",
    ),
    Channel("gap", "up/gap", "unit", ("gap",), "Numbers that will never come, and why."),
    Channel("clock", "up/clock", "unit", ("clock",), "When the boot's clock became known."),
    Channel("summary", "up/summary", "unit", ("summary",), "An hour in figures."),
    Channel("audit", "up/audit", "unit", ("audit",), "A piece of the unit's log."),
    Channel("receipt", "down/receipt", "collector", ("receipt",), "What is stored for good."),
    Channel("hotlist", "down/hotlist", "list sender", ("list",), "A list, or nothing: no list."),
    Channel(
        "correction",
        "about/correction",
        "collector",
        ("correction",),
        "A named person has refuted a hit: undo what was done about it.",
    ),
)


def document() -> dict[str, Any]:
    """The whole of it, as seen by one who subscribes: what others send is received."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "edge-alpr over MQTT",
            "version": ROOT.rpartition("/v")[2] + ".0.0",
            "description": "What units, collectors and list senders say to one another. docs/integrate.md explains.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {
            f"receive-{channel.name}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{channel.name}"},
                "summary": channel.says,
                "bindings": {
                    "mqtt": {
                        "qos": channel.qos,
                        "retain": channel.retained,
                        "bindingVersion": "0.2.0",
                    }
                },
            }
            for channel in CHANNELS
        },
        "components": {"messages": _messages()},
    }


def text() -> str:
    """`document` as it is checked in."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _channel(channel: Channel) -> dict[str, Any]:
    address = f"{ROOT}/{{org}}/{{site}}/{{unit}}/{channel.address}"
    return {
        "address": address,
        "description": f"{channel.says} Sent by a {channel.sender}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
        "parameters": {
            name: {"description": says}
            for name, says in _PARAMETERS.items()
            if f"{{{name}}}" in address
        },
    }


def _messages() -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for name, schema in SCHEMAS.items():
        made = schema()
        here = f"#/components/messages/{name}/payload/schema"
        messages[name] = {
            "name": made["title"],
            "contentType": "application/json",
            "payload": {"schemaFormat": _FORMAT, "schema": _placed(made, here)},
        }
    return messages | OPAQUE


def _placed(schema: dict[str, Any], here: str) -> dict[str, Any]:
    """The schema with its references pointing to where it stands in the document, and without a base of its own."""
    moved: dict[str, Any] = _moved(schema, here)
    moved.pop("$id")
    moved.pop("$schema")
    return moved


def _moved(value: Any, here: str) -> Any:
    if isinstance(value, dict):
        return {
            key: here + part[1:] if key == "$ref" and isinstance(part, str) else _moved(part, here)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_moved(part, here) for part in value]
    return value


if __name__ == "__main__":
    print(text(), end="")
