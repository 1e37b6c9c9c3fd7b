"""What a unit without a camera makes up: events with all their parts, valid, signed, marked as a test."""

from __future__ import annotations

import random
from functools import partial

from edge_alpr.collector.validate import Validator
from edge_alpr.delivery.deliver import Delivery
from edge_alpr.fleet.memory_spool import MemorySpool
from edge_alpr.fleet.passes import make_sighting
from edge_alpr.keys.proof import sign_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.link.terms import Arrival
from edge_alpr.message.codec import decode
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.topics import UnitAddress
from fakes.keys import UNIT_KEY
from fakes.manual_time import ManualClock
from fixtures.policies import shipped

ADDRESS = UnitAddress("bench", "fleet", "unit-0001")


def _spool(count: int, seed: int) -> MemorySpool:
    clock = ManualClock()
    spool = MemorySpool(clock, room=1000)
    delivery = Delivery(
        shipped("bench"),
        spool.append,
        address=ADDRESS,
        boot=spool.boot,
        engine=Engine(software="0.0.0", detector=None, reader=None, config=None),
        clock=clock,
        clock_state=lambda: ClockState(source="none", synced=False, error_ms=None, age_s=None),
        count=lambda _name, _amount=1: None,
        sign=partial(sign_document, key=UNIT_KEY),
    )
    rng = random.Random(seed)
    for _ in range(count):
        delivery.deliver(make_sighting(clock.now(), rng))
    return spool


def test_each_event_is_one_that_a_collector_takes() -> None:
    validator = Validator(KeyRing([Member(str(ADDRESS), UNIT_KEY.public)]))
    spool = _spool(50, seed=1)
    for message in spool.pending(100, 0.0):
        arrival = Arrival(ADDRESS.up(message.kind, message.camera), message.body, 1)
        checked = validator.check(arrival)
        assert checked is not None
        assert checked.signer == UNIT_KEY.kid
    assert len(spool.waiting()) == 50


def test_an_event_is_as_rich_as_a_real_one_and_says_that_it_is_none() -> None:
    (message,) = _spool(1, seed=2).pending(1, 0.0)
    event = decode(message.body)
    assert event.test
    assert event.plate.text.startswith("SIM0X")
    assert len(event.plate.chars) == 8
    assert any(char.alt for char in event.plate.chars)
    assert event.plate.alternatives
    assert 1000 < len(message.body) < 4096


def test_the_same_seed_drives_the_same_cars_by() -> None:
    clock = ManualClock()
    texts = [make_sighting(clock.now(), random.Random(seed)).vote.text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
