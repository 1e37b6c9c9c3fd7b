"""Delivery under a policy that seals: nothing in clear, nothing kept, and what cannot be sealed is dropped."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge_alpr.delivery.deliver import Delivery
from edge_alpr.delivery.kept import KeptEvents
from edge_alpr.delivery.policy import NO_LISTS
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.codec import decode
from edge_alpr.message.document import parse_document
from edge_alpr.message.sealed import read_sealed
from edge_alpr.message.topics import UnitAddress
from edge_alpr.passes import Stay, Travel
from edge_alpr.seal.epochs import Epochs
from edge_alpr.seal.index import index_key, tag_of
from edge_alpr.seal.open import open_outer, open_sealed
from fakes.keys import UNIT_KEY
from fakes.lists import FakeLists
from fakes.manual_time import ManualClock
from fakes.sealing import COURT, POLICE, POLICE_KEY, SHERIFF, epoch_key, some_epochs
from fakes.sightings import AT, sighting
from fakes.tally import Tally
from fixtures.sealing_unit import ENGINE, NO_CLOCK, POLICY_SHA256, a_sealer, sealing_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.delivery.policy import Lists, Policy
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.passes import Sighting
    from edge_alpr.seal.envelope import Agency
    from edge_alpr.types import Outgoing

PLATE = "EDGE042"
WANTED = "EDGE742"
RING = KeyRing([Member("o/s/u", UNIT_KEY.public)])
YEAR_END = some_epochs(3, begin_s=AT.utc_s - AT.utc_s % 86400)
"""`AT` is a hundred seconds before the first of January 2026."""


class Road:
    """A delivery into a list, and the holders who open what is in it."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        epochs: Epochs | None = YEAR_END,
        agencies: tuple[Agency, ...] = (POLICE,),
        lists: Lists | None = None,
        sealed: bool = True,
    ) -> None:
        self.sent: list[tuple[Outgoing, bytes]] = []
        self.tally = Tally()
        self.kept = KeptEvents()
        seal = a_sealer(lambda _now_s: epochs, agencies)
        clock = ManualClock(AT.mono_s + 1, AT.utc_s + 1)
        wanted = FakeLists((f"{WANTED},stolen",), AT.utc_s - 60)
        chosen = wanted if lists is None else lists
        self.delivery = Delivery(
            policy or sealing_policy(),
            self.append,
            address=UnitAddress("o", "s", "u"),
            boot="00c0ffee",
            engine=ENGINE,
            clock=clock,
            clock_state=lambda: NO_CLOCK,
            count=self.tally,
            sign=lambda document: sign_document(document, UNIT_KEY),
            seal=seal if sealed else None,
            kept=self.kept,
            lists=lambda: chosen,
            entropy=random.Random(1).randbytes,
        )

    def append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        self.sent.append((outgoing, make_body(len(self.sent) + 1)))
        return len(self.sent)

    def drive(self, *sightings: Sighting) -> None:
        for each in sightings:
            self.delivery.deliver(each)

    def documents(self) -> list[dict[str, Any]]:
        documents = [parse_document(body) for _, body in self.sent]
        for document in documents:
            assert read_sealed(document).suite.startswith("hpke")
            assert verify_document(document, RING).name == "o/s/u"
        return documents

    def events(self) -> list[PlateEvent]:
        """What the holders read."""
        contents = [
            open_sealed(document, POLICE_KEY, epoch_key)
            for document in self.documents()
            if document["content"] == "event"
        ]
        return [decode(content) for content in contents]


def with_picture(text: str) -> Sighting:
    evidence = np.random.default_rng(0).integers(0, 255, (40, 120), np.uint8)
    return replace(sighting(text), evidence=evidence)


def test_a_read_that_nobody_looked_for_leaves_sealed_to_two() -> None:
    road = Road()
    road.drive(sighting(PLATE))
    ((outgoing, body),) = road.sent
    assert PLATE.encode() not in body
    assert (outgoing.kind, outgoing.camera, outgoing.hit) == ("read", "cam0", False)
    (document,) = road.documents()
    assert (document["class"], document["custodian"]) == ("window", COURT)
    assert document["recipients"] == [{"name": POLICE.name, "key": POLICE.key.kid}]
    assert document["policy_sha256"] == POLICY_SHA256
    (event,) = road.events()
    assert (event.plate.text, event.hits, event.seq) == (PLATE, (), 1)
    assert road.tally == {"delivery.sealed": 1}


def test_its_end_is_that_of_its_day_and_tells_no_time() -> None:
    road = Road()
    road.drive(sighting(PLATE))
    (document,) = road.documents()
    assert (document["epoch"], document["delete_after"]) == (
        "2025-12-31",
        "2026-01-21T00:00:00.000Z",
    )
    ((outgoing, _),) = road.sent
    assert outgoing.expires_s == 1_767_139_200.0 + 21 * 86400
    (event,) = road.events()
    assert event.policy.delete_after == document["delete_after"]


def test_the_agency_finds_it_by_the_tag_of_its_plate() -> None:
    """The text is held as a type that masks itself; the tag is of the text all the same."""
    road = Road()
    road.drive(sighting(PLATE))
    (document,) = road.documents()
    (inner,) = open_outer(document, epoch_key(document["epoch"]))
    unit = SealKey.of_unit(UNIT_KEY).public
    key = index_key(POLICE_KEY, unit, "o/s/u", document["epoch"])
    assert inner.tag == tag_of(PLATE, key)


def test_the_event_inside_has_the_units_own_signature() -> None:
    """Who opens it can show it to a court without showing a key."""
    road = Road()
    road.drive(sighting(PLATE))
    (document,) = road.documents()
    event = parse_document(open_sealed(document, POLICE_KEY, epoch_key))
    assert verify_document(event, RING).name == "o/s/u"


def test_a_hit_is_sealed_to_each_agency_alone() -> None:
    road = Road(agencies=(POLICE, SHERIFF))
    road.drive(sighting(WANTED))
    ((outgoing, body),) = road.sent
    assert WANTED.encode() not in body
    assert (outgoing.kind, outgoing.hit) == ("alert", True)
    (document,) = road.documents()
    assert (document["class"], document["epoch"], len(document["sealed"])) == ("hit", None, 2)
    (event,) = road.events()
    assert [hit.reason for hit in event.hits] == ["stolen"]
    assert road.tally == {"delivery.hits": 1}


def test_where_only_window_reads_are_sealed_hits_go_as_before() -> None:
    road = Road(sealing_policy(hits="clear"))
    road.drive(sighting(PLATE), sighting(WANTED))
    (_, window), (_, hit) = road.sent
    assert PLATE.encode() not in window
    assert decode(hit).plate.text == WANTED


def test_pictures_are_sealed_too_and_their_topic_names_no_pass() -> None:
    road = Road()
    road.drive(with_picture(PLATE), with_picture(WANTED))
    (event, _), (picture, body), _, (of_hit, _) = road.sent
    assert (picture.kind, picture.camera, picture.expires_s) == ("image", "cam0", event.expires_s)
    assert (of_hit.kind, of_hit.camera, of_hit.hit) == ("image", "cam0", True)
    assert b"\xff\xd8" not in body
    first, _ = road.events()
    for document in road.documents():
        if document["content"] == "picture":
            head, _, jpeg = open_sealed(document, POLICE_KEY, epoch_key).partition(b"\n")
            assert jpeg.startswith(b"\xff\xd8")
            assert len(json.loads(head)["sha256"]) == 64
    assert first.images[0].topic == "image/cam0"
    assert road.tally["delivery.images"] == 2


def test_a_picture_that_is_too_large_is_left_out_and_counted() -> None:
    road = Road()
    noise = np.random.default_rng(0).integers(0, 255, (600, 900, 3), np.uint8)
    road.drive(replace(sighting(PLATE), evidence=noise))
    (event,) = road.events()
    assert event.images == ()
    assert road.tally == {"delivery.sealed": 1, "delivery.images_too_large": 1}


# ------------------------------------------------------------------ what cannot be sealed


@pytest.mark.parametrize(
    "epochs", [None, Epochs(COURT, ()), some_epochs(3, begin_s=AT.utc_s + 2 * 86400)]
)
def test_without_the_key_of_the_day_a_read_is_dropped_and_hits_go_on(epochs: Epochs | None) -> None:
    road = Road(epochs=epochs)
    road.drive(sighting(PLATE), sighting(WANTED))
    (event,) = road.events()
    assert event.plate.text == WANTED
    assert road.tally == {"delivery.dropped_no_key_to_seal_to": 1, "delivery.hits": 1}


def test_without_anything_to_seal_with_nothing_leaves() -> None:
    road = Road(sealed=False)
    road.drive(sighting(PLATE), sighting(WANTED))
    assert road.sent == []
    assert road.tally == {"delivery.dropped_no_key_to_seal_to": 2}


def test_a_read_whose_time_is_over_before_its_day_is_dropped() -> None:
    road = Road(sealing_policy(retain_days=0.5))
    road.drive(sighting(PLATE))
    assert road.tally == {"delivery.dropped_no_key_to_seal_to": 1}


# ------------------------------------------------------------------ what is kept meanwhile


def test_of_a_sealed_read_nothing_is_kept_in_memory() -> None:
    road = Road()
    road.drive(sighting(PLATE))
    again = replace(sighting(PLATE), track_id=8)
    assert road.kept.of_track(7) is None
    assert road.kept.known_again(again, 60.0) is None
    road.drive(again)
    assert road.tally == {"delivery.sealed": 2}


def test_who_stands_is_told_of_when_it_came_and_not_when_it_left() -> None:
    road = Road()
    road.drive(replace(sighting(PLATE), presence="arrived"))
    stay = Stay(7, "departed", AT, AT.later(600), 90, Travel(), "cam0")
    road.delivery.deliver(stay)
    (event,) = road.events()
    assert event.presence == "arrived"


def test_the_departure_of_a_sealed_hit_is_sealed() -> None:
    road = Road()
    road.drive(replace(sighting(WANTED), presence="arrived"))
    road.delivery.deliver(Stay(7, "departed", AT, AT.later(600), 90, Travel(), "cam0"))
    assert [event.presence for event in road.events()] == ["arrived", "departed"]


def test_an_early_hit_that_did_not_hold_is_taken_back_sealed_and_the_read_is_sealed_anew() -> None:
    road = Road()
    road.drive(replace(sighting(WANTED), phase="provisional"), sighting(PLATE))
    early, back, read = road.events()
    assert (early.phase, early.plate.text, len(early.hits)) == ("provisional", WANTED, 1)
    assert (back.phase, back.id, back.plate.text, back.hits) == ("final", early.id, WANTED, ())
    assert read.id != early.id
    assert read.plate.text == PLATE
    assert [document["class"] for document in road.documents()] == ["hit", "hit", "window"]


def test_an_early_word_on_a_read_that_nobody_looks_for_is_not_given() -> None:
    road = Road(lists=NO_LISTS)
    road.drive(replace(sighting(PLATE), phase="provisional"))
    assert road.sent == []
