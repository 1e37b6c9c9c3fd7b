"""Makes a unit known to Home Assistant as a device: how it is, how warm, how full. No plate is in it, and none follows.

Source: Home Assistant's page "MQTT discovery", device discovery. The entities read the unit's own `status` and
`health`; where the unit does not tell, their templates say None, which over there is unknown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from edge_alpr import __version__
from edge_alpr.link.publication import Publication

if TYPE_CHECKING:
    from edge_alpr.message.topics import UnitAddress

_HEALTH: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "temperature": (
        "Temperature",
        "board.temperature_c",
        {"device_class": "temperature", "unit_of_measurement": "°C", "state_class": "measurement"},
    ),
    "thermal_step": ("Thermal step", "thermal.step", {"state_class": "measurement"}),
    "disk_free": (
        "Disk free",
        "disk.free_bytes",
        {"device_class": "data_size", "unit_of_measurement": "B", "state_class": "measurement"},
    ),
    "spool": (
        "Messages waiting",
        "uplink.spool_messages",
        {"state_class": "measurement"},
    ),
    "latency": (
        "Latency p95",
        "latency_ms.p95",
        {"device_class": "duration", "unit_of_measurement": "ms", "state_class": "measurement"},
    ),
    "seen": (
        "Vehicles seen",
        "funnel.seen",
        {"state_class": "total_increasing"},
    ),
}
"""Name, where it stands in the health message, and what kind of figure it is."""


def unit_discovery(unit: UnitAddress, prefix: str) -> Publication:
    """The message below ``prefix``, usually ``homeassistant``; retained."""
    name = f"edge-alpr-{unit.org}-{unit.site}-{unit.unit}"

    def entity(key: str, label: str, kind: str, template: str) -> dict[str, Any]:
        return {
            "platform": "sensor",
            "unique_id": f"{name}-{key}",
            "name": label,
            "state_topic": unit.up(kind),
            "value_template": f"{{{{ {template} }}}}",
            "entity_category": "diagnostic",
        }

    body = {
        "device": {
            "identifiers": [name],
            "name": f"{unit.site} {unit.unit}",
            "manufacturer": "edge-alpr",
        },
        "origin": {"name": "edge-alpr", "sw_version": __version__},
        "components": {
            "state": entity("state", "State", "status", "value_json.state"),
            "reason": entity("reason", "Reason", "status", "(value_json.reason or 'none')[:255]"),
            **{
                key: {**entity(key, label, "health", _template(where)), **what}
                for key, (label, where, what) in _HEALTH.items()
            },
        },
    }
    return Publication(
        topic=f"{prefix}/device/{name}/config",
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        retain=True,
    )


def _template(where: str) -> str:
    """Jinja that reads ``section.field``, either of which may be missing or null."""
    section, _, field = where.partition(".")
    return f"(value_json.{section} | default({{}}, true)).{field} | default(none)"
