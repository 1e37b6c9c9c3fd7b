"""From a sighting to an event."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from edge_alpr.delivery.build import build_event
from edge_alpr.delivery.policy import Decision
from edge_alpr.geometry import Box
from edge_alpr.message.codec import decode, encode
from edge_alpr.message.event import (
    ClockState,
    Engine,
    ImageRef,
    PlateEvent,
    PolicyStamp,
    Region,
    Syntax,
)
from edge_alpr.message.ids import uuid7
from edge_alpr.message.schema import event_schema
from edge_alpr.message.topics import UnitAddress
from edge_alpr.passes import SyntaxMatch, Travel
from edge_alpr.types import Moment
from fakes.sightings import sighting
from fixtures.policies import shipped
from strategies.sightings import sightings

if TYPE_CHECKING:
    from edge_alpr.passes import Sighting

NOW = Moment(501.0, 1_767_225_510.0)
CLOCK = ClockState(source="ntp", synced=True, error_ms=4.0, age_s=12.0)
ENGINE = Engine(software="0.1.0", detector=f"sha256:{'a' * 64}", reader=None, config=None)
VALIDATOR = Draft202012Validator(event_schema())


def build(
    seen: Sighting, decision: Decision | None = None, images: tuple[ImageRef, ...] = ()
) -> PlateEvent:
    return build_event(
        seen,
        decision or shipped("bench").decide(seen, NOW),
        event_id=uuid7(seen.best.at.utc_s, bytes),
        images=images,
        address=UnitAddress("city", "gate", "unit-7"),
        boot="00c0ffee",
        seq=5,
        clock_state=CLOCK,
        engine=ENGINE,
    )


def test_identity_time_and_policy_are_as_given() -> None:
    event = build(sighting("EDGE042"))
    assert (event.org, event.site, event.unit, event.camera) == ("city", "gate", "unit-7", "cam0")
    assert (event.boot, event.seq, event.phase, event.test) == ("00c0ffee", 5, "final", True)
    assert event.time.captured == "2025-12-31T23:58:20.250Z"
    assert event.time.first_seen == "2025-12-31T23:58:19.250Z"
    assert event.time.last_seen == "2025-12-31T23:58:23.250Z"
    assert event.time.monotonic_s == 500.0
    assert event.time.clock == CLOCK
    assert event.engine == ENGINE
    assert event.policy.profile == "bench"
    assert event.policy.delete_after == "2026-01-01T23:58:30.000Z"
    assert event.motion is not None
    assert event.motion.dwell_s == 4.0


def test_coordinates_are_shares_of_the_frame() -> None:
    read = build(sighting("EDGE042")).read
    assert read.frame == (1280, 720)
    assert read.box == (0.07812, 0.27778, 0.23438, 0.36111)
    assert read.quad[0] == (0.07812, 0.27778)
    assert read.quad[2] == (0.23438, 0.36111)
    assert read.plate_px == 200.0
    assert (read.frames, read.read, read.agree) == (9, 4, 3)


def test_a_plate_at_the_border_stays_within_the_frame() -> None:
    read = build(sighting("EDGE042", box=Box(-50, 700, 90, 760))).read
    assert read.box == (0.0, 0.97222, 0.07031, 1.0)


def test_how_the_picture_was_taken_is_told() -> None:
    seen = sighting("EDGE042")
    read = build(replace(seen, best=replace(seen.best, gain=2.5, lens_dioptre=0.125))).read
    assert (read.exposure_us, read.gain, read.lens_dioptre) == (800.0, 2.5, 0.125)


def test_unknown_is_null_and_never_a_default() -> None:
    event = build(sighting("EDGE042"))
    assert event.vehicle is None
    assert event.plate.region is None
    assert event.read.gain is None
    assert event.read.lens_dioptre is None
    assert event.read.exposure_us == 800.0
    assert event.read.ir is None
    assert event.policy.confirm_by is None


def test_a_syntax_is_told_beside_the_region_that_it_is_of_and_never_alone() -> None:
    seen = sighting("EDGE042")
    seen = replace(seen, vote=replace(seen.vote, syntax=SyntaxMatch("BR", match=False)))
    assert build(seen).plate.syntax is None
    read = replace(seen.best.read, regions=(("BR", 0.8),))
    told = build(replace(seen, best=replace(seen.best, read=read))).plate.syntax
    assert told == Syntax(pack="BR", match=False)


def test_characters_are_the_evidence_of_the_vote() -> None:
    seen = sighting("EDGE042")
    seen.vote.scores[4, :] = 0.0
    seen.vote.scores[4, 0], seen.vote.scores[4, 24], seen.vote.scores[4, 13] = 0.58, 0.41, 0.01
    character = build(seen).plate.chars[4]
    assert (character.c, character.p) == ("0", 0.58)
    assert [(guess.c, guess.p) for guess in character.alt] == [("O", 0.41)]


def test_alternatives_keep_their_order_and_texts_that_are_none_are_left_out() -> None:
    others = (("EDGEO42", 0.05), ("", 0.04), ("EDGE04Z", 0.03), ("A" * 13, 0.02))
    plate = build(sighting("EDGE042", alternatives=others)).plate
    assert [(each.text, each.confidence) for each in plate.alternatives] == [
        ("EDGEO42", 0.05),
        ("EDGE04Z", 0.03),
    ]


def test_the_hits_of_the_decision_are_the_events() -> None:
    seen = sighting("EDGE042")
    stamp = PolicyStamp(
        profile="p", purpose="warrant", delete_after=None, sha256=None, confirm_by=None
    )
    decision = Decision(action="hit", reason="listed", stamp=stamp, kind="alert")
    event = build(seen, decision)
    assert event.policy == stamp
    assert (event.hits, event.test, event.policy.delete_after) == ((), False, None)


@given(sightings())
def test_whatever_vision_says_becomes_a_valid_event(seen: Sighting) -> None:
    """An event that the collector refuses is a lost one, so none may be made."""
    event = build(seen)
    body = encode(event)
    assert decode(body) == event
    VALIDATOR.validate(json.loads(body))
    assert len(body) < 8192


# ------------------------------------------------------------------ what must not be in it


def _full(**changes: Any) -> Sighting:
    """A pass with all that can be told of one."""
    seen = sighting("EDGE042")
    read = replace(seen.best.read, regions=(("US-IL", 0.8), ("US-IN", 0.2)))
    return replace(
        seen,
        best=replace(seen.best, read=read),
        travel=Travel("approaching", 0.98, 271.5, 12.0, stationary=False),
        lane="n1",
        **changes,
    )


def _redacted(*fields: str) -> PlateEvent:
    stamp = PolicyStamp(profile="p", purpose=None, delete_after=None, sha256=None, confirm_by=None)
    decision = Decision(
        action="hit",
        reason="listed",
        stamp=stamp,
        redact=frozenset(fields),  # type: ignore[arg-type]
    )
    return build(_full(), decision)


def test_what_may_be_told_is_told() -> None:
    event = _redacted()
    assert event.plate.region == Region(country="US", subdivision="US-IL", confidence=0.8)
    assert event.lane == "n1"
    assert event.motion is not None
    assert event.motion.speed_mps == 12.0


@pytest.mark.parametrize("field", ["region", "lane", "motion"])
def test_what_may_not_be_collected_is_null(field: str) -> None:
    event = _redacted(field)
    told = {"region": event.plate.region, "lane": event.lane, "motion": event.motion}
    assert [name for name, value in told.items() if value is None] == [field]


def test_a_picture_that_may_not_be_collected_is_not_named() -> None:
    image = ImageRef(kind="plate", sha256="0" * 64, bytes=1, topic="image/cam0/x/plate")
    for withheld, images in (((), (image,)), (("plate_crop",), ())):
        decision = shipped("bench", withhold=withheld).decide(_full(), NOW)
        assert build(_full(), decision, (image,)).images == images


@pytest.mark.parametrize(
    ("score", "told"), [(0.49, False), (0.5, True), (0.97, True), (0.0, False)]
)
def test_a_region_that_is_more_likely_wrong_is_null(score: float, told: bool) -> None:
    seen = sighting("EDGE042")
    read = replace(seen.best.read, regions=(("US-IL", score),))
    event = build(replace(seen, best=replace(seen.best, read=read)))
    assert (event.plate.region is not None) is told
