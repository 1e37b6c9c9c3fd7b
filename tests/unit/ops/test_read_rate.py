"""The read rate against the same hour a week ago: when it is told, what survives, what is not taken for a drop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from edge_alpr.ops.read_rate import HOUR_S, READ_RATES, WEEK_H, ReadRate
from edge_alpr.types import Moment

if TYPE_CHECKING:
    from pathlib import Path

_START_H = 496_000


class _Unit:
    """Counts vehicles hour by hour, and may be started again."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / READ_RATES
        self.start()

    def start(self) -> None:
        self._counts: Counter[str] = Counter()
        self.rate = ReadRate(self._path, lambda name: self._counts[name])

    def hour(self, number: int, seen: int, read: int, *, synced: bool = True) -> str | None:
        """What is said when it is over."""
        self.look(number, synced=synced)
        self._counts.update({"passes.seen": seen, "passes.read": read})
        self.look(number, synced=synced)
        self.look(number + 1, synced=synced)
        return self.rate.trouble

    def look(self, number: int, *, synced: bool = True) -> None:
        self.rate.update(Moment(0.0, float((_START_H + number) * HOUR_S)), synced=synced)


@pytest.fixture
def unit(tmp_path: Path) -> _Unit:
    return _Unit(tmp_path)


def test_a_drop_against_the_same_hour_a_week_ago_is_told_until_an_hour_is_well(unit: _Unit) -> None:
    for number in range(WEEK_H):
        assert unit.hour(number, 200, 190) is None
    assert unit.hour(WEEK_H, 200, 120) == (
        "fewer plates are read: of 200 vehicles of the last hour 60%, "
        "in the same hour a week ago 95%"
    )
    assert unit.hour(WEEK_H + 1, 200, 189) is None


def test_it_is_the_same_hour_and_no_other(unit: _Unit) -> None:
    """A night that reads worse than the day before it is compared with last week's night."""
    unit.hour(0, 200, 110)
    unit.hour(1, 200, 190)
    assert unit.hour(WEEK_H, 200, 110) is None
    assert unit.hour(WEEK_H + 1, 200, 110) is not None


@pytest.mark.parametrize(
    ("then", "now"),
    [((99, 99), (200, 0)), ((200, 200), (99, 0)), ((200, 190), (200, 161)), ((0, 0), (0, 0))],
)
def test_few_vehicles_or_a_small_drop_say_nothing(
    unit: _Unit, then: tuple[int, int], now: tuple[int, int]
) -> None:
    unit.hour(0, *then)
    assert unit.hour(WEEK_H, *now) is None


def test_it_survives_a_restart_and_holds_numbers_only(unit: _Unit, tmp_path: Path) -> None:
    unit.hour(0, 200, 190)
    assert (tmp_path / READ_RATES).read_text() == f'{{"{_START_H}": [200, 190]}}\n'
    unit.start()
    assert unit.rate.described() is None
    assert unit.hour(WEEK_H, 200, 100) is not None
    assert unit.rate.described() == {
        "hour": "2026-08-08T16:00:00.000Z",
        "seen": 200,
        "read": 100,
        "week_ago_seen": 200,
        "week_ago_read": 190,
    }


def test_what_is_older_than_a_week_and_a_day_goes(unit: _Unit, tmp_path: Path) -> None:
    for number in range(3 * WEEK_H):
        unit.hour(number, 1, 1)
    assert (tmp_path / READ_RATES).read_text().count(":") == WEEK_H + 24


def test_nothing_is_counted_under_a_clock_that_is_not_synchronised(unit: _Unit) -> None:
    unit.hour(0, 200, 190)
    assert unit.hour(-300_000, 200, 0, synced=False) is None
    assert unit.hour(WEEK_H, 200, 0, synced=False) is None
    assert unit.hour(WEEK_H, 200, 190) is None


@pytest.mark.parametrize("content", ["", "[]", '{"a": [1, 2]}', '{"1": 2}', '{"1": [1]}', "\x00"])
def test_a_damaged_memory_is_begun_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / READ_RATES).write_text(content)
    unit = _Unit(tmp_path)
    unit.hour(0, 200, 190)
    assert unit.hour(WEEK_H, 200, 100) is not None


def test_a_card_that_cannot_be_written_costs_the_memory_alone(tmp_path: Path) -> None:
    unit = _Unit(tmp_path / "missing")
    unit.hour(0, 200, 190)
    assert unit.hour(WEEK_H, 200, 100) is not None
