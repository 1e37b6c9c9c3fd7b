"""Writes an event as an ``alpr_group``, the shape in which OpenALPR and Rekor agents post one vehicle.

Confidences are 0..100 there, times milliseconds since 1970, corners in pixels. Source: OpenALPR's page on the agent,
"Group Results". What we do not know is left out: where the unit stands, pictures, and ``travel_direction``, whose zero
is not documented.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from edge_alpr.collector.adapters.told_once import beside, is_told_once, quad_px
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent


def alpr_group(event: PlateEvent) -> dict[str, Any] | None:
    """The body of the post; None for the departure of a vehicle that was told of when it arrived.

    A provisional message is told as a preview, whose final has the same ``best_uuid``. ``custom_data`` is JSON text
    (`told_once.beside`).
    """
    if event.phase != "provisional" and not is_told_once(event):
        return None
    region = event.plate.region
    named = "" if region is None else (region.subdivision or region.country).lower()
    sure = 0.0 if region is None else _percent(region.confidence)
    best = {
        "plate": event.plate.text,
        "confidence": _percent(event.plate.confidence),
        "matches_template": int(event.plate.syntax is not None and event.plate.syntax.match),
        "plate_index": 0,
        "region": named,
        "region_confidence": sure,
        "coordinates": [{"x": x, "y": y} for x, y in quad_px(event)],
        "candidates": _candidates(event),
    }
    width, height = event.read.frame
    return {
        "data_type": "alpr_group",
        "version": 2,
        "epoch_start": _milliseconds(event.time.first_seen),
        "epoch_end": _milliseconds(event.time.last_seen),
        "company_id": event.org,
        "agent_uid": f"{event.org}/{event.site}/{event.unit}",
        "agent_version": event.engine.software,
        "agent_type": "edge-alpr",
        "camera_id": camera_number(event),
        "country": "" if region is None else region.country.lower(),
        "uuids": [event.id],
        "plate_indexes": [0],
        "candidates": best["candidates"],
        "best_plate": best,
        "best_confidence": best["confidence"],
        "best_uuid": event.id,
        "best_uuid_epoch_ms": _milliseconds(event.time.captured),
        "best_plate_number": event.plate.text,
        "best_region": named,
        "best_region_confidence": sure,
        "matches_template": bool(best["matches_template"]),
        "best_image_width": width,
        "best_image_height": height,
        "is_parked": event.presence == "arrived",
        "is_preview": event.phase == "provisional",
        "vehicle": _vehicle(event),
        "web_server_config": {
            "camera_label": f"{event.unit} {event.camera}",
            "agent_label": event.site,
        },
        "custom_data": beside(event),
    }


def camera_number(event: PlateEvent) -> int:
    """A camera is a number over there: 31 bits of the hash of its name, the same for ever."""
    name = f"{event.org}/{event.site}/{event.unit}/{event.camera}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1


def _candidates(event: PlateEvent) -> list[dict[str, Any]]:
    first = (event.plate.text, event.plate.confidence)
    others = ((each.text, each.confidence) for each in event.plate.alternatives)
    return [
        {"plate": text, "confidence": _percent(confidence), "matches_template": 0}
        for text, confidence in (first, *others)
    ]


def _vehicle(event: PlateEvent) -> dict[str, list[dict[str, Any]]]:
    vehicle = event.vehicle
    if vehicle is None:
        return {}
    told: dict[str, list[dict[str, Any]]] = {}
    if vehicle.type is not None and vehicle.type_confidence is not None:
        told["body_type"] = [
            {"name": vehicle.type, "confidence": _percent(vehicle.type_confidence)}
        ]
    return told


def _percent(ratio: float) -> float:
    return round(100 * ratio, 4)


def _milliseconds(time: str) -> int:
    return round(1000 * to_seconds(time))
