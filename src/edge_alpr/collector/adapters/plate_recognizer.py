"""Writes an event in the shape of Plate Recognizer Stream's webhook, which many receivers understand.

Plates are in small letters there, boxes in pixels, scores 0..1: ``score`` is the text's, ``dscore`` the detection's.
Source: the vendor's page "Webhooks and Output formats for Stream". What we do not know is null or an empty list; the
picture (``upload``) is not sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_alpr.collector.adapters.told_once import beside, box_px, is_told_once

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent


def plate_recognizer(event: PlateEvent) -> dict[str, Any] | None:
    """The body of the webhook; None for what it has no word for (`told_once.is_told_once`).

    Times are UTC also where the field is called local. ``filename`` is the id of the pass, for want of a file.
    ``user_data`` is JSON text (`told_once.beside`). ``direction`` and ``speed`` stay null, since their units depend on
    settings over there.
    """
    if not is_told_once(event):
        return None
    camera = f"{event.unit}-{event.camera}"
    return {
        "hook": {
            "target": f"{event.org}/{event.site}",
            "id": camera,
            "event": "recognition",
            "filename": event.id,
        },
        "data": {
            "camera_id": camera,
            "filename": event.id,
            "timestamp": event.time.captured,
            "timestamp_local": event.time.captured.replace("T", " ").replace("Z", "+00:00"),
            "timestamp_camera": None,
            "results": [_result(event)],
        },
    }


def _result(event: PlateEvent) -> dict[str, Any]:
    plate, vehicle = event.plate, event.vehicle
    xmin, ymin, xmax, ymax = box_px(event)
    region = plate.region
    typed = None if vehicle is None else vehicle.type
    colour = None if vehicle is None else vehicle.colour
    return {
        "box": {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax},
        "plate": plate.text.lower(),
        "region": None
        if region is None
        else {
            "code": (region.subdivision or region.country).lower(),
            "score": region.confidence,
        },
        "score": plate.confidence,
        "dscore": event.read.detection_score,
        "candidates": [
            {"plate": text.lower(), "score": score}
            for text, score in (
                (plate.text, plate.confidence),
                *((each.text, each.confidence) for each in plate.alternatives),
            )
        ],
        "vehicle": None
        if vehicle is None or typed is None
        else {"type": typed, "score": vehicle.type_confidence, "box": None},
        "model_make": [],
        "color": [] if colour is None else [{"color": colour, "score": None}],
        "orientation": [],
        "direction": None,
        "speed": None,
        "speed_score": None,
        "source_url": None,
        "position_sec": None,
        "user_data": beside(event),
    }
