"""Writes an event for Home Assistant: an `event` entity per camera, found by MQTT discovery.

Source: Home Assistant's pages "MQTT Event" and "MQTT discovery". An event entity has no state that would stay, so that
the same plate twice is two events. Home Assistant's recorder keeps what it is told for days: docs/integrate.md says how
to keep plates out of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.link.publication import Publication

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent

STATES: Final = "edge-alpr/home-assistant"
"""Below it are the events; discovery names the topic."""
KINDS: Final = ("read", "hit", "possible", "provisional", "correction")


def kind_of(event: PlateEvent) -> str:
    """One of `KINDS`. A hit is one that the event contract calls an alert; others are possible."""
    if event.phase != "final":
        return event.phase
    if not event.hits:
        return "read"
    exact = any(hit.class_ == "exact" for hit in event.hits)
    return "hit" if exact and not event.plate.ambiguous and event.read.agree >= 2 else "possible"


def home_assistant(event: PlateEvent) -> Publication:
    """The event itself; not retained."""
    body = {
        "event_type": kind_of(event),
        "id": event.id,
        "plate": event.plate.text,
        "confidence": event.plate.confidence,
        "ambiguous": event.plate.ambiguous,
        "captured": event.time.captured,
        "camera": event.camera,
        "lane": event.lane,
        "presence": event.presence,
        "direction": None if event.motion is None else event.motion.direction,
        "country": None if event.plate.region is None else event.plate.region.country,
        "lists": list(dict.fromkeys(hit.list for hit in event.hits)),
        "corrects": event.corrects,
        "delete_after": event.policy.delete_after,
        "test": event.test,
    }
    return Publication(topic=_topic(event), body=_json(body))


def discovery(event: PlateEvent, prefix: str) -> Publication:
    """What makes the entity known; retained, without a plate. ``prefix`` is usually ``homeassistant``."""
    unit = f"{event.org}-{event.site}-{event.unit}"
    name = f"edge-alpr-{unit}-{event.camera}"
    body = {
        "name": f"Plates {event.camera}",
        "unique_id": f"{name}-plates",
        "state_topic": _topic(event),
        "event_types": list(KINDS),
        "icon": "mdi:car-search",
        "availability": [
            {
                "topic": f"alpr/v1/{event.org}/{event.site}/{event.unit}/up/status",
                "value_template": "{{ 'offline' if value_json.state == 'offline' else 'online' }}",
            }
        ],
        "device": {
            "identifiers": [f"edge-alpr-{unit}"],
            "name": f"{event.site} {event.unit}",
            "manufacturer": "edge-alpr",
            "sw_version": event.engine.software,
        },
        "origin": {"name": "edge-alpr", "sw_version": event.engine.software},
    }
    return Publication(topic=f"{prefix}/event/{name}/config", body=_json(body), retain=True)


def _topic(event: PlateEvent) -> str:
    return f"{STATES}/{event.org}/{event.site}/{event.unit}/{event.camera}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
