"""Says what may be said where no plate may be: of a vehicle that was not read, and of a hit that did not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge_alpr.delivery.build import measure, motion_of, ratio, shares
from edge_alpr.geometry import quad_size
from edge_alpr.message.event import EventTime
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.unread import UNREAD, UnreadEvent, UnreadEvidence

if TYPE_CHECKING:
    from edge_alpr.delivery.policy import Telling
    from edge_alpr.message.event import ClockState, PlateEvent
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.passes import Unread


def build_unread(
    unread: Unread,
    *,
    event_id: str,
    address: UnitAddress,
    boot: str,
    seq: int,
    clock_state: ClockState,
    telling: Telling,
) -> UnreadEvent:
    """The event of a vehicle that was seen and not read, without what must not be in it; not yet signed."""
    quality = unread.quality
    return UnreadEvent(
        schema=UNREAD,
        id=event_id,
        org=address.org,
        site=address.site,
        unit=address.unit,
        camera=unread.camera,
        lane=None if "lane" in telling.redact else unread.lane,
        boot=boot,
        seq=seq,
        reason=unread.reason,
        time=EventTime(
            captured=to_text(unread.at.utc_s),
            first_seen=to_text(unread.first.utc_s),
            last_seen=to_text(unread.last.utc_s),
            monotonic_s=round(max(0.0, unread.at.mono_s), 3),
            clock=clock_state,
        ),
        evidence=UnreadEvidence(
            frames=unread.frames,
            read=unread.reads,
            plate_px=measure(quad_size(unread.detection.corners)[0], 1) or 0.0,
            blur_px=measure(quality.blur_px, 2) if quality else None,
            glare=ratio(quality.glare) if quality else None,
            box=shares(unread.detection.box, unread.frame_wh),
            frame=unread.frame_wh,
        ),
        motion=None
        if "motion" in telling.redact
        else motion_of(unread.travel, unread.first, unread.last),
        delete_after=to_text(telling.expires_s),
        test=telling.test,
        proof=None,
    )


def taken_back(early: PlateEvent, confidence: float) -> PlateEvent:
    """The last word on a provisional hit that did not hold: what was told, without the hit, and how little is left.

    It names no other plate: whose that is, is nobody's business.
    """
    plate = replace(early.plate, confidence=ratio(confidence), alternatives=(), ambiguous=True)
    return replace(early, phase="final", presence="passed", plate=plate, hits=(), images=())
