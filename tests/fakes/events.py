"""Ready-made events for tests of the transport; the plate is made up and no country issues it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge_alpr.message.event import (
    CharEvidence,
    ClockState,
    Engine,
    EventTime,
    PlateEvent,
    PlateText,
    PolicyStamp,
    ReadEvidence,
)

PLATE = "TEST0X0"


def an_event(seq: int = 1, **changes: Any) -> PlateEvent:
    """A complete event of camera cam0 of unit o/s/u; each ``seq`` is another pass unless an ``id`` is given."""
    event = PlateEvent(
        schema="plate.read/1.0",
        id=f"019ae1fc-99d4-7001-8203-{seq:012x}",
        phase="final",
        corrects=None,
        org="o",
        site="s",
        unit="u",
        camera="cam0",
        lane=None,
        presence="passed",
        boot="00c0ffee",
        seq=seq,
        time=EventTime(
            captured="2026-01-01T00:00:00.000Z",
            first_seen="2025-12-31T23:59:59.000Z",
            last_seen="2026-01-01T00:00:01.000Z",
            monotonic_s=1000.0,
            clock=ClockState(source="ntp", synced=True, error_ms=5.0, age_s=1.0),
        ),
        plate=PlateText(
            text=PLATE,
            shown=None,
            confidence=0.9,
            chars=tuple(CharEvidence(c=c, p=0.9, alt=()) for c in PLATE),
            alternatives=(),
            ambiguous=False,
            region=None,
            syntax=None,
        ),
        read=ReadEvidence(
            frames=5,
            read=4,
            agree=4,
            detection_score=0.9,
            sharpness=None,
            plate_px=120.0,
            stroke_px=None,
            blur_px=None,
            glare=None,
            ir=None,
            exposure_us=None,
            gain=None,
            lens_dioptre=None,
            box=(0.4, 0.4, 0.5, 0.45),
            quad=((0.4, 0.4), (0.5, 0.4), (0.5, 0.45), (0.4, 0.45)),
            frame=(1280, 720),
        ),
        vehicle=None,
        motion=None,
        hits=(),
        images=(),
        policy=PolicyStamp(
            profile="bench", purpose=None, delete_after=None, sha256=None, confirm_by=None
        ),
        engine=Engine(software="0.0.0", detector=None, reader=None, config=None),
        test=True,
        proof=None,
    )
    return replace(event, **changes)
