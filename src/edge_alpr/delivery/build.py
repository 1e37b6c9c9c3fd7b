"""Turns a sighting that may leave the unit into a `plate.read/1.0` event: rounding, normalising, unknown as None."""

from __future__ import annotations

import math
import re
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
    ImageRef,
    Motion,
    PlateEvent,
    PlateText,
    ReadEvidence,
    Region,
    Syntax,
)
from edge_alpr.message.timestamps import to_text
from edge_alpr.plates import ALPHABET, MAX_LENGTH, normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_alpr.delivery.policy import Decision
    from edge_alpr.geometry import Box
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.passes import Sighting, Travel, Vote
    from edge_alpr.types import Moment

_MIN_ALTERNATIVE: Final = 0.02
"""Other readings of a character below this probability are noise."""
_MAX_ALTERNATIVES: Final = 3
_MAX_TEXTS: Final = 10
_SURE_REGION: Final = 0.5
"""A region that is less likely right than wrong is not told: nobody should be looked for in the wrong state."""
_REGION: Final = re.compile("[A-Z]{2}(-[0-9A-Z]{1,3})?")


def build_event(
    sighting: Sighting,
    decision: Decision,
    *,
    event_id: str,
    images: tuple[ImageRef, ...] = (),
    address: UnitAddress,
    boot: str,
    seq: int,
    clock_state: ClockState,
    engine: Engine,
) -> PlateEvent:
    """The event of a sighting that the policy lets out, without what must not be in it; not yet signed.

    Args:
        sighting: with a text of 1 to 12 characters.
        decision: anything but ``drop``.
        event_id: UUIDv7 of the pass.
        images: the pictures that go with it, if the decision lets there be any.
        address: who we are.
        boot: this start of the unit.
        seq: number of the message within it, from 1.
        clock_state: how good the clock is now.
        engine: what made the read.
    """
    redact = decision.redact
    return PlateEvent(
        schema=SCHEMA,
        id=event_id,
        phase=sighting.phase,
        corrects=None,
        org=address.org,
        site=address.site,
        unit=address.unit,
        camera=sighting.camera,
        lane=None if "lane" in redact else sighting.lane,
        presence=sighting.presence if sighting.phase == "final" else None,
        boot=boot,
        seq=seq,
        time=EventTime(
            captured=to_text(sighting.best.at.utc_s),
            first_seen=to_text(sighting.first.utc_s),
            last_seen=to_text(sighting.last.utc_s),
            monotonic_s=round(max(0.0, sighting.best.at.mono_s), 3),
            clock=clock_state,
        ),
        plate=_plate(sighting.vote, () if "region" in redact else sighting.best.read.regions),
        read=_evidence(sighting),
        vehicle=None,
        motion=None
        if "motion" in redact
        else motion_of(sighting.travel, sighting.first, sighting.last),
        hits=decision.hits,
        images=() if "plate_crop" in redact else images,
        policy=decision.stamp,
        engine=engine,
        test=decision.test,
        proof=None,
    )


def motion_of(travel: Travel, first: Moment, last: Moment) -> Motion:
    """How a vehicle moved while it was seen."""
    return Motion(
        direction=travel.direction,
        direction_confidence=measure(travel.direction_confidence, 3),
        bearing_deg=measure(travel.bearing_deg, 1),
        speed_mps=measure(travel.speed_mps, 2),
        stationary=travel.stationary,
        dwell_s=round(max(0.0, last.mono_s - first.mono_s), 3),
    )


def _plate(vote: Vote, regions: tuple[tuple[str, float], ...]) -> PlateText:
    others = [
        Alternative(text=text, confidence=ratio(confidence))
        for text, confidence in vote.alternatives
        if text == normalise(text) and 1 <= len(text) <= MAX_LENGTH
    ]
    region = _region(regions)
    syntax = vote.syntax if region is not None else None
    return PlateText(
        text=vote.text,
        shown=None,
        confidence=ratio(vote.confidence),
        chars=tuple(
            _character(character, scores)
            for character, scores in zip(vote.text, vote.scores, strict=True)
        ),
        alternatives=tuple(others[:_MAX_TEXTS]),
        ambiguous=vote.ambiguous,
        region=region,
        syntax=None if syntax is None else Syntax(pack=syntax.country, match=syntax.match),
    )


def _region(regions: tuple[tuple[str, float], ...]) -> Region | None:
    """The likeliest, if it is more likely right than wrong and its code is one of ISO 3166."""
    code, score = max(regions, key=lambda region: region[1], default=("", 0.0))
    if score < _SURE_REGION or not _REGION.fullmatch(code):
        return None
    subdivision = code if "-" in code else None
    return Region(country=code[:2], subdivision=subdivision, confidence=ratio(score))


def _character(character: str, scores: NDArray[np.float32]) -> CharEvidence:
    best_first = sorted(zip(scores.tolist(), ALPHABET, strict=True), key=lambda pair: -pair[0])
    guesses = tuple(
        CharGuess(c=other, p=ratio(score))
        for score, other in best_first
        if other != character and score >= _MIN_ALTERNATIVE
    )
    return CharEvidence(
        c=character,
        p=ratio(float(scores[ALPHABET.index(character)])),
        alt=guesses[:_MAX_ALTERNATIVES],
    )


def _evidence(sighting: Sighting) -> ReadEvidence:
    look, quality = sighting.best, sighting.best.quality
    width, height = sighting.frame_wh
    corners = [
        (ratio(float(x) / width, 5), ratio(float(y) / height, 5)) for x, y in look.detection.corners
    ]
    return ReadEvidence(
        frames=sighting.frames,
        read=sighting.vote.reads,
        agree=sighting.vote.agree,
        detection_score=ratio(look.detection.score),
        sharpness=measure(look.sharpness, 4),
        plate_px=measure(quad_size(look.detection.corners)[0], 1) or 0.0,
        stroke_px=None,
        blur_px=measure(quality.blur_px, 2) if quality else None,
        glare=ratio(quality.glare) if quality else None,
        ir=None,
        exposure_us=measure(look.exposure_us, 1),
        gain=measure(look.gain, 3),
        lens_dioptre=measure(look.lens_dioptre, 3),
        box=shares(look.detection.box, sighting.frame_wh),
        quad=(corners[0], corners[1], corners[2], corners[3]),
        frame=(width, height),
    )


def shares(box: Box, frame_wh: tuple[int, int]) -> tuple[float, float, float, float]:
    """The part of a box within the frame, as shares of its width and height."""
    width, height = frame_wh
    inside = box.clamp(width, height)
    return (
        ratio(inside.x1 / width, 5),
        ratio(inside.y1 / height, 5),
        ratio(inside.x2 / width, 5),
        ratio(inside.y2 / height, 5),
    )


def ratio(value: float, digits: int = 4) -> float:
    """Rounded and kept within 0..1."""
    return round(min(max(float(value), 0.0), 1.0), digits)


def measure(value: float | None, digits: int) -> float | None:
    """Rounded; None for what was not measured or makes no sense."""
    if value is None or not math.isfinite(value) or value < 0:
        return None
    return round(float(value), digits)
