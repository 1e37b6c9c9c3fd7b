"""What a unit tells about itself, and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from edge_alpr.message.topics import UnitAddress
from edge_alpr.uplink.health import HealthSettings, Presence
from fakes.manual_time import ManualClock

if TYPE_CHECKING:
    from edge_alpr.link.publication import Publication


class _World:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.facts: dict[str, Any] = {"state": "online", "frames": 5}
        self.info: dict[str, Any] = {"software": "0.1.0"}
        self.presence = Presence(
            UnitAddress("o", "s", "u"),
            HealthSettings(interval_s=60, status_s=1),
            snapshot=lambda: self.facts,
            info=lambda: self.info,
        )

    def due(self) -> list[Publication]:
        return self.presence.due(self.clock.now(), lambda: {"in_flight": 0})


def _body(publication: Publication) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(publication.body)
    return body


def test_the_will_is_a_retained_offline() -> None:
    will = _World().presence.will()
    assert will.topic == "alpr/v1/o/s/u/up/status"
    assert will.retain
    assert will.qos == 1
    assert _body(will)["state"] == "offline"
    assert _body(will)["reason"] == "link lost"


def test_a_birth_is_a_retained_status_and_info() -> None:
    world = _World()
    status, info = world.presence.birth(world.clock.now())
    assert status.retain
    assert info.retain
    assert _body(status) == {
        "schema": "unit.status/1.0",
        "org": "o",
        "site": "s",
        "unit": "u",
        "state": "online",
        "reason": None,
        "since": "2026-01-01T00:00:00.000Z",
    }
    assert info.topic.endswith("/up/info")
    assert _body(info)["software"] == "0.1.0"


def test_a_changed_state_is_told_once_with_its_reason() -> None:
    world = _World()
    world.presence.birth(world.clock.now())
    world.facts = {"state": "degraded", "reason": "camera lost"}
    assert world.due() == []  # looked at most once a second
    world.clock.pass_s(1)
    status = next(p for p in world.due() if p.topic.endswith("/status"))
    assert status.retain
    assert (_body(status)["state"], _body(status)["reason"]) == ("degraded", "camera lost")
    world.clock.pass_s(1)
    assert world.due() == []


def test_a_changed_info_is_told_once() -> None:
    """The camera half may start after the uplink half, or anew with other networks."""
    world = _World()
    world.presence.birth(world.clock.now())
    world.clock.pass_s(1)
    world.due()
    world.info = {"software": "0.2.0"}
    world.clock.pass_s(1)
    (info,) = world.due()
    assert info.retain
    assert info.topic.endswith("/up/info")
    assert _body(info)["software"] == "0.2.0"
    world.clock.pass_s(1)
    assert world.due() == []


def test_a_health_report_comes_at_the_start_and_every_interval() -> None:
    world = _World()
    world.presence.birth(world.clock.now())
    reports = 0
    for _ in range(181):
        world.clock.pass_s(1)
        for publication in world.due():
            assert publication.topic.endswith("/up/health")
            assert publication.qos == 0
            assert not publication.retain
            assert publication.expiry_s == 180
            reports += 1
    assert reports == 4


def test_a_report_holds_the_facts_and_the_uplinks_own() -> None:
    world = _World()
    world.presence.birth(world.clock.now())
    world.clock.pass_s(1)
    (report,) = world.due()
    body = _body(report)
    assert body["frames"] == 5
    assert body["uplink"] == {"in_flight": 0}
    assert body["schema"] == "unit.health/1.0"


def test_a_farewell_is_an_offline_that_was_meant() -> None:
    world = _World()
    farewell = world.presence.farewell(world.clock.now())
    assert farewell.retain
    assert (_body(farewell)["state"], _body(farewell)["reason"]) == ("offline", "stopped")
