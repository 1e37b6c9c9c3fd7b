"""What delivery writes into the audit log: hits by purpose, each pass under one id, and no plate in it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.audit.kinds import check_facts
from edge_alpr.delivery.deliver import Delivery
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.topics import UnitAddress
from fakes.manual_time import ManualClock
from fakes.sightings import AT, sighting
from fakes.tally import Tally

if TYPE_CHECKING:
    from fixtures.policies import MakePolicy, Ruled


class Desk:
    """A delivery whose messages go nowhere."""

    def __init__(self, ruled: Ruled) -> None:
        self.recorded: list[tuple[str, dict[str, Any]]] = []
        self.delivery = Delivery(
            ruled.policy,
            lambda _out, make_body: len(make_body(1)),
            address=UnitAddress("city", "gate", "unit-7"),
            boot="00c0ffee",
            engine=Engine(software="0.1.0", detector=None, reader=None, config=None),
            clock=ManualClock(AT.mono_s + 1),
            clock_state=lambda: ClockState(source="none", synced=False, error_ms=None, age_s=None),
            count=Tally(),
            lists=lambda: ruled.lists,
            record=self._record,
            entropy=random.Random(1).randbytes,
        )

    def _record(self, kind: str, /, **facts: object) -> None:
        self.recorded.append((kind, check_facts(kind, facts)))


@pytest.fixture
def strict(make_policy: MakePolicy) -> Desk:
    return Desk(make_policy("default-strict", "EDGE042,stolen"))


def test_a_hit_is_written_down_without_its_plate(strict: Desk) -> None:
    strict.delivery.deliver(sighting("EDGE042"))
    ((kind, facts),) = strict.recorded
    assert kind == "hit"
    assert facts["purpose"] == "stolen_vehicle"
    assert (facts["class"], facts["told"], facts["sealed"]) == ("exact", "alert", False)
    assert "edge042" not in json.dumps(strict.recorded).lower()


def test_an_early_hit_and_its_last_word_have_one_id(strict: Desk) -> None:
    strict.delivery.deliver(replace(sighting("EDGE042"), phase="provisional"))
    strict.delivery.deliver(sighting("EDGE042"))
    assert [facts["told"] for _, facts in strict.recorded] == ["early", "alert"]
    assert len({facts["event"] for _, facts in strict.recorded}) == 1


def test_an_early_hit_that_was_none_is_withdrawn(strict: Desk) -> None:
    strict.delivery.deliver(replace(sighting("EDGE042"), phase="provisional"))
    strict.delivery.deliver(sighting("EDGE847"))
    (hit, told), (withdrawn, taken) = strict.recorded
    assert (hit, withdrawn) == ("hit", "withdrawn")
    assert told["event"] == taken["event"]


def test_what_nobody_looks_for_is_counted_and_not_written_down(strict: Desk) -> None:
    strict.delivery.deliver(sighting("EDGE847"))
    assert strict.recorded == []
