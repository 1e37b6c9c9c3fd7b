"""Writes an event as ONVIF's licence plate event over MQTT (``onvif-ej``), for video management systems.

Sources: ONVIF Analytics Service, rule LicensePlateRecognition, and ONVIF Core, "MQTT": the topic is
``<prefix>/onvif-ej/<topic without namespaces>/&<source>``, XML attributes become ``"@name"``. The chapter on events
does not say how a text with attributes is written; we follow the example of the chapter on metadata, ``"#text"``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.collector.adapters.told_once import is_told_once
from edge_alpr.link.publication import Publication

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent

RULE: Final = "edge-alpr"
_VEHICLES: Final = {
    "bus": "Bus",
    "car": "Car",
    "truck": "Truck",
    "bicycle": "Bicycle",
    "motorcycle": "Motorcycle",
}


def onvif(event: PlateEvent, prefix: str) -> Publication | None:
    """The message below ``prefix``; None for what it has no word for (`told_once.is_told_once`)."""
    if not is_told_once(event):
        return None
    device = f"{prefix}/{event.org}/{event.site}/{event.unit}"
    body = {
        "UtcTime": event.time.captured,
        "Source": {"VideoSource": event.camera, "Rule": RULE},
        "Data": _data(event),
    }
    return Publication(
        topic=f"{device}/onvif-ej/RuleEngine/Recognition/LicensePlate/&{event.camera}/{RULE}",
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def object_number(event: PlateEvent) -> int:
    """A pass is a whole number over there: the last 48 bits of its UUIDv7, which are random."""
    return int(event.id.rpartition("-")[2], 16)


def _data(event: PlateEvent) -> dict[str, Any]:
    plate, vehicle, motion = event.plate, event.vehicle, event.motion
    told: dict[str, Any] = {
        "Likelihood": plate.confidence,
        "ObjectId": object_number(event),
        "BoundingBox": _rectangle(event),
        "LicensePlateInfo": {"PlateNumber": _likely(plate.text, plate.confidence)},
    }
    if (region := plate.region) is not None:
        info = told["LicensePlateInfo"]
        info["CountryCode"] = _likely(region.country, region.confidence)
        if region.subdivision is not None:
            info["IssuingEntity"] = _likely(region.subdivision, region.confidence)
    if vehicle is not None and (named := _VEHICLES.get(vehicle.type or "")) is not None:
        told["VehicleInfo"] = {"Type": _likely(named, vehicle.type_confidence)}
    if motion is not None and motion.speed_mps is not None:
        told["Speed"] = motion.speed_mps
    return told


def _likely(text: str, likelihood: float | None) -> dict[str, Any]:
    return {**({} if likelihood is None else {"@Likelihood": likelihood}), "#text": text}


def _rectangle(event: PlateEvent) -> dict[str, float]:
    """In ONVIF's frame: -1 to 1, the middle is 0, up is positive."""
    x1, y1, x2, y2 = event.read.box
    return {
        "@left": round(2 * x1 - 1, 6),
        "@top": round(1 - 2 * y1, 6),
        "@right": round(2 * x2 - 1, 6),
        "@bottom": round(1 - 2 * y2, 6),
    }
