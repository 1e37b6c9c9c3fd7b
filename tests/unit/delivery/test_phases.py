"""What is told of one pass after another word: early, for good, taken back, who stands, and what was not read."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from edge_alpr.delivery.deliver import GONE_S, Delivery
from edge_alpr.delivery.kept import KeptEvents
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.codec import decode
from edge_alpr.message.document import parse_document
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.topics import UnitAddress, parse
from edge_alpr.message.unread import decode_unread, unread_schema
from edge_alpr.passes import Quality, Stay, Travel, Unread
from fakes.keys import UNIT_KEY
from fakes.manual_time import ManualClock
from fakes.sightings import AT, sighting
from fakes.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.message.event import PlateEvent
    from edge_alpr.passes import Finding, Sighting
    from edge_alpr.types import Outgoing
    from fixtures.policies import MakePolicy, Ruled

ADDRESS = UnitAddress("city", "gate", "unit-7")
RING = KeyRing([Member("city/gate/unit-7", UNIT_KEY.public)])
TRAVEL = Travel("approaching", 0.98, 271.5, None, stationary=True)


class Desk:
    """A delivery into a list."""

    def __init__(self, ruled: Ruled, kept: KeptEvents | None = None, seed: int = 1) -> None:
        self.sent: list[tuple[Outgoing, bytes]] = []
        self.tally = Tally()
        self.delivery = Delivery(
            ruled.policy,
            self._append,
            address=ADDRESS,
            boot="00c0ffee",
            engine=Engine(software="0.1.0", detector=None, reader=None, config=None),
            clock=ManualClock(AT.mono_s + 1),
            clock_state=lambda: ClockState(source="none", synced=False, error_ms=None, age_s=None),
            count=self.tally,
            sign=lambda document: sign_document(document, UNIT_KEY),
            kept=kept,
            lists=lambda: ruled.lists,
            entropy=random.Random(seed).randbytes,
        )

    def _append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        self.sent.append((outgoing, make_body(len(self.sent) + 1)))
        return len(self.sent)

    def tell(self, *findings: Finding) -> list[PlateEvent]:
        """Deliver; returns the events of all that was ever sent."""
        for finding in findings:
            self.delivery.deliver(finding)
        return [decode(body) for out, body in self.sent if out.kind in {"read", "alert"}]


def early(text: str, **facts: Any) -> Sighting:
    return replace(sighting(text, **facts), phase="provisional")


def later(seen: Sighting, seconds: float, track_id: int) -> Sighting:
    first, last = seen.first.later(seconds), seen.last.later(seconds)
    return replace(seen, first=first, last=last, track_id=track_id)


def stay(presence: str, track_id: int = 7, after_s: float = 1800.0) -> Stay:
    return Stay(track_id, presence, AT.later(-1), AT.later(after_s), 40, TRAVEL, "cam0")  # type: ignore[arg-type]


def unread(track_id: int = 9) -> Unread:
    detection = sighting("EDGE042").best.detection
    return Unread(
        track_id,
        "blurred",
        detection,
        AT,
        AT.later(-1),
        AT.later(1),
        6,
        3,
        (1280, 720),
        "cam0",
        Quality(4.5, 0.1, 0.5),
        TRAVEL,
        "n1",
    )


@pytest.fixture
def strict(make_policy: MakePolicy) -> Desk:
    return Desk(make_policy("default-strict", "EDGE042,stolen"))


# ------------------------------------------------------------------ provisional and final


def test_a_hit_is_told_early_and_then_for_good_under_one_id(strict: Desk) -> None:
    first, last = strict.tell(early("EDGE042"), sighting("EDGE042"))
    assert (first.phase, last.phase) == ("provisional", "final")
    assert first.id == last.id
    assert (first.seq, last.seq) == (1, 2)
    assert (first.presence, last.presence) == (None, "passed")
    assert [out.kind for out, _ in strict.sent] == ["alert", "alert"]
    for _, body in strict.sent:
        assert verify_document(parse_document(body), RING).name == str(ADDRESS)


def test_what_is_no_hit_is_not_told_early(make_policy: MakePolicy, strict: Desk) -> None:
    assert strict.tell(early("EDGE043")) == []
    bench = Desk(make_policy("bench"))
    assert bench.tell(early("EDGE043")) == []
    assert len(bench.tell(sighting("EDGE043"))) == 1


def test_a_hit_is_told_early_once(strict: Desk) -> None:
    assert len(strict.tell(early("EDGE042"), early("EDGEO42"), early("EDGE042"))) == 1


def test_a_hit_that_does_not_hold_is_taken_back_and_names_no_other_plate(strict: Desk) -> None:
    seen = sighting("EDGE847", confidence=0.9)
    first, last = strict.tell(early("EDGE042"), seen)
    assert (last.id, last.phase, last.plate.text) == (first.id, "final", "EDGE042")
    assert last.hits == ()
    assert last.plate.confidence < 0.01
    assert b"EDGE847" not in strict.sent[1][1]
    assert strict.tally["delivery.taken_back"] == 1
    assert strict.sent[1][0].kind == "read"


def test_a_hit_whose_pass_ends_unread_is_taken_back(strict: Desk) -> None:
    first, last = strict.tell(early("EDGE042"), unread(track_id=7))
    assert (last.id, last.phase, last.hits, last.plate.confidence) == (first.id, "final", (), 0.0)


# ------------------------------------------------------------------ the same vehicle again


def test_a_broken_track_is_one_event(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench"))
    seen = sighting("EDGE042")
    events = desk.tell(seen, later(seen, 6.0, 8))
    assert len(events) == 1
    assert desk.tally["delivery.again"] == 1
    assert len(desk.tell(later(seen, 60.0, 9))) == 2


def test_another_text_is_another_vehicle(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench"))
    seen = sighting("EDGE042")
    assert len(desk.tell(seen, later(sighting("EDGE043"), 1.0, 8))) == 2


# ------------------------------------------------------------------ who stands


def test_who_stands_arrives_and_departs_under_one_id(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench"))
    arrived = replace(sighting("EDGE042"), presence="arrived")
    events = desk.tell(arrived, stay("departed"), stay("departed"))
    assert [(e.phase, e.presence) for e in events] == [("final", "arrived"), ("final", "departed")]
    first, last = events
    assert first.id == last.id
    assert last.plate == first.plate
    assert last.time.last_seen > first.time.last_seen
    assert last.motion is not None
    assert (last.motion.dwell_s, last.motion.direction) == (1801.0, "approaching")
    assert [out.kind for out, _ in desk.sent] == ["read", "read"]


def test_who_was_told_while_driving_and_then_stands(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench"))
    events = desk.tell(sighting("EDGE042"), stay("arrived", after_s=5), stay("departed"))
    assert [e.presence for e in events] == ["passed", "arrived", "departed"]
    assert len({e.id for e in events}) == 1


def test_of_what_was_dropped_nothing_more_is_told(strict: Desk) -> None:
    arrived = replace(sighting("EDGE043"), presence="arrived")
    assert strict.tell(arrived, stay("departed")) == []
    assert strict.delivery._kept.of_track(7) is None


def test_who_was_read_anew_is_told_again_only_if_it_is_another(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench"))
    arrived = replace(sighting("EDGE042"), presence="arrived")
    other = replace(later(sighting("XY99"), 60, 7), presence="arrived", again=True)
    desk.tell(arrived, replace(later(arrived, 30, 7), again=True))
    events = desk.tell(other, stay("departed"))
    told = [(e.plate.text, e.presence) for e in events]
    assert told == [
        ("EDGE042", "arrived"),
        ("EDGE042", "departed"),
        ("XY99", "arrived"),
        ("XY99", "departed"),
    ]


def test_a_restart_does_not_see_who_stands_arrive_again(
    make_policy: MakePolicy, tmp_path: Path
) -> None:
    memory = tmp_path / "standing.jsonl"
    policy = make_policy("bench")
    arrived = replace(sighting("EDGE042"), presence="arrived")
    gone = replace(sighting("XY99"), presence="arrived", track_id=8)
    before = Desk(policy, KeptEvents(memory))
    before.tell(arrived, gone)
    assert memory.stat().st_mode & 0o777 == 0o600
    after = Desk(policy, KeptEvents(memory), seed=2)
    assert after.tell(replace(later(arrived, 20, 1), best=arrived.best)) == []
    events = after.tell(stay("departed", track_id=1, after_s=20 + 2 * GONE_S))
    told = {(e.plate.text, e.presence): e.id for e in events}
    ids = {e.plate.text: e.id for e in before.tell()}
    assert told == {("EDGE042", "departed"): ids["EDGE042"], ("XY99", "departed"): ids["XY99"]}
    assert memory.read_bytes() == b""


def test_what_was_dropped_is_not_remembered_over_a_restart(
    make_policy: MakePolicy, tmp_path: Path
) -> None:
    memory = tmp_path / "standing.jsonl"
    desk = Desk(make_policy("default-strict", "EDGE042"), KeptEvents(memory))
    desk.tell(replace(sighting("EDGE043"), presence="arrived"))
    assert not memory.exists()


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    memory = tmp_path / "standing.jsonl"
    memory.write_bytes(b"{\n")
    assert KeptEvents(memory).take_gone() == []


# ------------------------------------------------------------------ pictures


def with_picture(text: str) -> Sighting:
    picture = np.random.default_rng(1).integers(0, 255, (40, 140, 3), np.uint8)
    return replace(sighting(text), evidence=picture)


def test_a_picture_goes_out_after_its_event_that_names_its_hash(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench", send_images=True))
    (event,) = desk.tell(early("EDGE042"), with_picture("EDGE042"))
    (out_event, _), (outgoing, jpeg) = desk.sent
    assert (out_event.kind, outgoing.kind) == ("read", "image")
    (image,) = event.images
    assert image.sha256 == hashlib.sha256(jpeg).hexdigest()
    assert (image.kind, image.bytes) == ("plate", len(jpeg))
    assert jpeg[:3] == b"\xff\xd8\xff"
    address = parse(ADDRESS.up("image", outgoing.camera))
    assert address.rest == (event.id, "plate")
    assert ADDRESS.up("image", outgoing.camera) == f"alpr/v1/city/gate/unit-7/up/{image.topic}"
    assert outgoing.expires_s == out_event.expires_s


def test_no_picture_goes_out_unless_the_policy_says_so(make_policy: MakePolicy) -> None:
    for profile, lines in (("bench", ()), ("default-strict", ("EDGE042",))):
        desk = Desk(make_policy(profile, *lines))
        (event,) = desk.tell(with_picture("EDGE042"))
        assert event.images == ()
        assert [out.kind for out, _ in desk.sent if out.kind == "image"] == []


def test_no_picture_of_what_is_dropped(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("default-strict", "EDGE042", send_images=True))
    assert desk.tell(with_picture("EDGE043")) == []
    assert desk.sent == []


# ------------------------------------------------------------------ unread


def test_an_unread_vehicle_is_told_of_without_any_plate(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("default-strict", send_unread=True))
    desk.delivery.deliver(unread())
    ((outgoing, body),) = desk.sent
    assert (outgoing.kind, outgoing.camera, outgoing.hit) == ("unread", "cam0", False)
    event = decode_unread(body)
    assert (event.reason, event.lane, event.evidence.frames) == ("blurred", "n1", 6)
    assert event.motion is not None
    assert (event.evidence.blur_px, event.motion.direction) == (4.5, "approaching")
    assert outgoing.expires_s == ManualClock().now().utc_s + 3600
    document = json.loads(body)
    Draft202012Validator(unread_schema()).validate(document)
    assert "plate" not in document
    assert verify_document(parse_document(body), RING).name == str(ADDRESS)


def test_of_an_unread_vehicle_nothing_is_told_that_may_not_be_collected(
    make_policy: MakePolicy,
) -> None:
    desk = Desk(make_policy("mn-13-824", send_unread=True))
    desk.delivery.deliver(unread())
    ((_, body),) = desk.sent
    event = decode_unread(body)
    assert (event.lane, event.motion) == (None, None)
    Draft202012Validator(unread_schema()).validate(json.loads(body))


def test_no_picture_of_what_may_not_be_collected(make_policy: MakePolicy) -> None:
    for withheld in ((), ("plate_crop",)):
        desk = Desk(make_policy("bench", send_images=True, withhold=withheld))
        (event,) = desk.tell(with_picture("EDGE042"))
        assert len(event.images) == len(desk.sent) - 1 == 1 - len(withheld)


def test_who_stands_is_not_told_to_move_where_that_may_not_be_collected(
    make_policy: MakePolicy,
) -> None:
    desk = Desk(make_policy("bench", withhold=("motion",)))
    events = desk.tell(replace(sighting("EDGE042"), presence="arrived"), stay("departed"))
    assert [(event.presence, event.motion) for event in events] == [
        ("arrived", None),
        ("departed", None),
    ]


@pytest.mark.parametrize(("profile", "send"), [("default-strict", False), ("counts-only", True)])
def test_an_unread_vehicle_is_only_counted_unless_the_policy_says_so(
    make_policy: MakePolicy, profile: str, send: bool
) -> None:
    desk = Desk(make_policy(profile, send_unread=send))
    desk.delivery.deliver(unread())
    assert desk.sent == []
