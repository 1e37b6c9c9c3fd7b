"""Turns a sighting that may leave the unit into a `plate.read/1.0` event: rounding, normalising, unknown as None."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from edge_alpr.geometry import quad_size
from edge_alpr.message.event import (
    SCHEMA,
    Alternative,
    CharEvidence,
    CharGuess,
    ClockState,
    Engine,
    EventTime,
    Motion,
    PlateEvent,
    PlateText,
    PolicyStamp,
    ReadEvidence,
)
from edge_alpr.message.timestamps import to_text
from edge_alpr.plates import ALPHABET, MAX_LENGTH, normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_alpr.delivery.policy import Decision
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.passes import Sighting, Vote

_MIN_ALTERNATIVE: Final = 0.02
"""Other readings of a character below this probability are noise."""
_MAX_ALTERNATIVES: Final = 3
_MAX_TEXTS: Final = 10


def build_event(
    sighting: Sighting,
    decision: Decision,
    *,
    event_id: str,
    address: UnitAddress,
    boot: str,
    seq: int,
    clock_state: ClockState,
    engine: Engine,
) -> PlateEvent:
    """The event of a sighting that the policy lets out, not yet signed.

    Args:
        sighting: with a text of 1 to 12 characters.
        decision: anything but ``drop``.
        event_id: UUIDv7 of the pass.
        address: who we are.
        boot: this start of the unit.
        seq: number of the message within it, from 1.
        clock_state: how good the clock is now.
        engine: what made the read.
    """
    return PlateEvent(
        schema=SCHEMA,
        id=event_id,
        phase="final",
        corrects=None,
        org=address.org,
        site=address.site,
        unit=address.unit,
        camera=sighting.camera,
        lane=None,
        boot=boot,
        seq=seq,
        time=EventTime(
            captured=to_text(sighting.best.at.utc_s),
            first_seen=to_text(sighting.first.utc_s),
            last_seen=to_text(sighting.last.utc_s),
            monotonic_s=round(max(0.0, sighting.best.at.mono_s), 3),
            clock=clock_state,
        ),
        plate=_plate(sighting.vote),
        read=_evidence(sighting),
        vehicle=None,
        motion=Motion(
            direction=None,
            bearing_deg=None,
            speed_mps=None,
            stationary=None,
            dwell_s=round(max(0.0, sighting.last.mono_s - sighting.first.mono_s), 3),
        ),
        hits=decision.hits,
        images=(),
        policy=PolicyStamp(
            profile=decision.profile,
            purpose=None,
            delete_after=None if decision.expires_s is None else to_text(decision.expires_s),
            sha256=None,
        ),
        engine=engine,
        test=decision.test,
        proof=None,
    )


def _plate(vote: Vote) -> PlateText:
    others = [
        Alternative(text=text, confidence=_ratio(confidence))
        for text, confidence in vote.alternatives
        if text == normalise(text) and 1 <= len(text) <= MAX_LENGTH
    ]
    return PlateText(
        text=vote.text,
        shown=None,
        confidence=_ratio(vote.confidence),
        chars=tuple(
            _character(character, scores)
            for character, scores in zip(vote.text, vote.scores, strict=True)
        ),
        alternatives=tuple(others[:_MAX_TEXTS]),
        ambiguous=vote.ambiguous,
        region=None,
        syntax=None,
    )


def _character(character: str, scores: NDArray[np.float32]) -> CharEvidence:
    best_first = sorted(zip(scores.tolist(), ALPHABET, strict=True), key=lambda pair: -pair[0])
    guesses = tuple(
        CharGuess(c=other, p=_ratio(score))
        for score, other in best_first
        if other != character and score >= _MIN_ALTERNATIVE
    )
    return CharEvidence(
        c=character,
        p=_ratio(float(scores[ALPHABET.index(character)])),
        alt=guesses[:_MAX_ALTERNATIVES],
    )


def _evidence(sighting: Sighting) -> ReadEvidence:
    look = sighting.best
    width, height = sighting.frame_wh
    box = look.detection.box.clamp(width, height)
    corners = [
        (_ratio(float(x) / width, 5), _ratio(float(y) / height, 5))
        for x, y in look.detection.corners
    ]
    return ReadEvidence(
        frames=sighting.frames,
        read=sighting.vote.reads,
        agree=sighting.vote.agree,
        detection_score=_ratio(look.detection.score),
        sharpness=_measure(look.sharpness, 4),
        plate_px=_measure(quad_size(look.detection.corners)[0], 1) or 0.0,
        stroke_px=None,
        blur_px=None,
        glare=None,
        ir=None,
        exposure_us=_measure(look.exposure_us, 1),
        gain=_measure(look.gain, 3),
        box=(
            _ratio(box.x1 / width, 5),
            _ratio(box.y1 / height, 5),
            _ratio(box.x2 / width, 5),
            _ratio(box.y2 / height, 5),
        ),
        quad=(corners[0], corners[1], corners[2], corners[3]),
        frame=(width, height),
    )


def _ratio(value: float, digits: int = 4) -> float:
    """Rounded and kept within 0..1."""
    return round(min(max(float(value), 0.0), 1.0), digits)


def _measure(value: float | None, digits: int) -> float | None:
    """Rounded; None for what was not measured or makes no sense."""
    if value is None or not math.isfinite(value) or value < 0:
        return None
    return round(float(value), digits)
