"""What each hour brought: nothing twice, nothing lost at a stop or a kill."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from edge_alpr.app.hourly import Hours, Stretch, camera_figures, summary_of, uplink_figures
from edge_alpr.audit.kinds import check_facts
from edge_alpr.message.summary import encode_summary
from edge_alpr.message.topics import UnitAddress
from fakes.manual_time import ManualClock

if TYPE_CHECKING:
    from pathlib import Path


class World:
    """Counters that a test moves."""

    def __init__(self, folder: Path, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.path = folder / "hour.json"
        self.counts: Counter[str] = Counter()
        self.hours = Hours(self.path, lambda: self.counts, self.clock)
        self.told: list[Stretch] = []

    def turn(self, after_s: float = 1.0, *, active: bool = True, last: bool = False) -> None:
        self.clock.pass_s(after_s)
        self.told += self.hours.due(active=active, last=last)


def seen(stretches: list[Stretch]) -> list[int]:
    return [stretch.counts.get("passes.seen", 0) for stretch in stretches]


def test_each_hour_is_told_once_it_is_over(tmp_path: Path) -> None:
    world = World(tmp_path)  # starts at full hour
    for _ in range(3 * 60):
        world.counts["passes.seen"] += 1
        world.turn(60)
    assert seen(world.told) == [60, 60, 60]
    assert [stretch.active_s for stretch in world.told] == [3600, 3600, 3600]
    assert world.told[0].since == "2026-01-01T00:00:00.000Z"
    assert [stretch.until for stretch in world.told[:-1]] == [
        stretch.since for stretch in world.told[1:]
    ]


def test_time_without_a_camera_is_not_active(tmp_path: Path) -> None:
    world = World(tmp_path)
    for minute in range(60):
        world.turn(60, active=minute < 15)
    (hour,) = world.told
    assert hour.active_s == 900


def test_a_stop_tells_the_rest_and_leaves_nothing_to_tell_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.counts["passes.seen"] += 5
    world.turn(100, last=True)
    assert seen(world.told) == [5]
    again = World(tmp_path, world.clock)
    again.turn(100, last=True)
    assert seen(again.told) == [0]
    assert again.told[0].active_s == 100


def test_after_a_kill_the_next_start_tells_what_was_counted(tmp_path: Path) -> None:
    killed = World(tmp_path)
    killed.counts["passes.seen"] += 7
    killed.turn(10)
    again = World(tmp_path, killed.clock)
    again.turn(1)
    assert seen(again.told) == [7]
    again.counts["passes.seen"] += 2
    again.turn(6)
    third = World(tmp_path, again.clock)  # killed too
    third.turn(1, last=True)
    assert seen(third.told) == [2, 0]


def test_a_damaged_file_of_the_hour_is_passed_over(tmp_path: Path) -> None:
    for content in ("", "[]", "{}", '{"since": 1}'):
        (tmp_path / "hour.json").write_text(content)
        world = World(tmp_path)
        world.turn(1, last=True)
        assert len(world.told) == 1


def test_an_hour_without_anything_is_not_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.turn(7200, active=False)
    assert world.told == []


STRETCH = Stretch(
    since="2026-01-01T00:00:00.000Z",
    until="2026-01-01T01:00:00.000Z",
    active_s=3599,
    counts={
        "passes.seen": 431,
        "passes.read": 402,
        "passes.unread_blurred": 29,
        "delivery.hits": 2,
        "delivery.dropped_non_hit": 398,
        "delivery.dropped_low_confidence": 2,
        "uplink.delivered": 9,
        "uplink.links_lost": 1,
    },
)


def test_the_figures_are_facts_that_a_log_takes_and_a_message_that_is_one() -> None:
    facts = check_facts("counts", camera_figures(STRETCH))
    assert (facts["seen"], facts["read"], facts["matched"], facts["kept"]) == (431, 402, 2, 2)
    assert facts["dropped"] == {"non_hit": 398, "low_confidence": 2}
    assert check_facts("counts", uplink_figures(STRETCH))["delivered"] == 9
    body = encode_summary(
        summary_of(STRETCH, UnitAddress("o", "s", "u"), "00c0ffee", 4, None), None
    )
    message = json.loads(body)
    assert message["schema"] == "unit.summary/1.0"
    assert message["unread"] == {"blurred": 29}
    assert {name: message[name] for name in facts} == facts
