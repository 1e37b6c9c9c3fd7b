"""Lists come into force without a restart, outlive one, and what is worse than what was there changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.app.halves import OFFERED_NAME
from edge_alpr.app.list_watch import KEPT_NAME, ListWatch
from edge_alpr.app.seen_numbers import HOTLISTS, SeenNumbers
from edge_alpr.errors import PolicyError
from edge_alpr.hotlist.in_force import NONE_YET, ListsInForce
from edge_alpr.hotlist.pack import pack_for
from edge_alpr.keys.sealing import SealKey
from edge_alpr.ops.handover import HandOverFile
from fakes.hotlists import CHIEF_KEY, NOW_S, UNIT, UNIT_SEAL, a_list, an_entry, terms
from fakes.manual_time import ManualClock
from fakes.sightings import scores_for
from fakes.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path


class _Unit:
    """A camera half as far as lists are concerned; making another one in the same folder is a restart."""

    def __init__(self, tmp_path: Path, **changes: Any) -> None:
        self.count, self.recorded = Tally(), list[tuple[str, dict[str, Any]]]()
        self.clock = ManualClock(100.0, NOW_S)
        self.offered = HandOverFile(tmp_path / OFFERED_NAME)
        lists = ListsInForce(
            changes.pop("terms", terms()),
            lambda: SeenNumbers(tmp_path / "state" / HOTLISTS),
            count=self.count,
            record=self.record,
        )
        asked: dict[str, Any] = {
            "folder": tmp_path,
            "local": None,
            "address": UNIT,
            "key": UNIT_SEAL,
            "bench": False,
            "clock": self.clock,
            **changes,
        }
        self.watch = ListWatch(lists, **asked)

    def record(self, kind: str, /, **facts: object) -> None:
        self.recorded.append((kind, facts))

    def send(self, document: bytes) -> None:
        self.offered.put(pack_for(document, UNIT_SEAL.public, UNIT))
        self.watch.look()

    def finds(self, plate: str = "EDGE042") -> bool:
        return bool(self.watch.lists.current.matches(plate, scores_for(plate)))


def test_a_list_that_is_handed_over_counts_without_a_restart_and_after_one(tmp_path: Path) -> None:
    unit = _Unit(tmp_path)
    unit.watch.begin()
    assert not unit.finds()
    unit.send(a_list(an_entry()))
    assert unit.finds()
    unit.send(a_list(an_entry("EDGE043"), seq=8))
    assert (unit.finds(), unit.finds("EDGE043")) == (False, True)
    again = _Unit(tmp_path)
    again.watch.begin()
    assert again.finds("EDGE043")
    assert (again.count["hotlist.accepted"], again.count["hotlist.refused"]) == (1, 0)


def test_no_file_ever_holds_a_plate(tmp_path: Path) -> None:
    unit = _Unit(tmp_path)
    unit.send(a_list(an_entry()))
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in written} == {OFFERED_NAME, KEPT_NAME, HOTLISTS}
    assert not [path for path in written if b"EDGE042" in path.read_bytes()]


def test_something_worse_that_comes_after_does_not_cost_the_list_even_by_a_restart(
    tmp_path: Path,
) -> None:
    unit = _Unit(tmp_path)
    unit.send(a_list(an_entry()))
    unit.send(a_list(seq=8, key=CHIEF_KEY))
    unit.offered.put(b"nothing that opens")
    unit.watch.look()
    assert unit.finds()
    assert (
        unit.count["hotlist.refused_not_believed"],
        unit.count["hotlist.refused_not_sealed"],
    ) == (1, 1)
    assert [kind for kind, _ in unit.recorded] == ["list_accepted", "list_refused", "list_refused"]
    again = _Unit(tmp_path)
    again.watch.begin()
    assert again.finds()
    assert again.watch.lists.alarm(NOW_S) is not None
    again.offered.put((tmp_path / KEPT_NAME).read_bytes())
    again.watch.look()
    assert again.watch.lists.alarm(NOW_S) is None, "the list in force came again"


def test_the_same_bytes_are_not_verified_again(tmp_path: Path) -> None:
    unit = _Unit(tmp_path)
    unit.send(a_list(an_entry()))
    sealed = unit.offered.path.read_bytes()
    unit.offered.path.unlink()
    unit.offered.put(sealed)
    unit.watch.look()
    assert unit.count["hotlist.accepted"] == 1


def test_an_older_list_does_not_come_back_by_a_restart(tmp_path: Path) -> None:
    unit = _Unit(tmp_path)
    older = pack_for(a_list(an_entry(), seq=7), UNIT_SEAL.public, UNIT)
    unit.send(a_list(an_entry("EDGE043"), seq=8))
    (tmp_path / KEPT_NAME).unlink()
    again = _Unit(tmp_path)
    again.offered.put(older)
    again.watch.begin()
    assert not again.finds()
    assert again.count["hotlist.refused_rolled_back"] == 1


def test_a_list_whose_time_has_not_come_is_taken_when_the_clock_is_set(tmp_path: Path) -> None:
    unit = _Unit(tmp_path)
    unit.clock.at = replace(unit.clock.at, utc_s=1_000_000.0)
    unit.send(a_list(an_entry()))
    for _ in range(3):
        unit.clock.pass_s(31)
        unit.watch.look()
    assert unit.count["hotlist.refused_not_yet"] == 1, "told once, looked at again"
    unit.clock.at = replace(unit.clock.at, utc_s=NOW_S)
    unit.watch.look()
    assert not unit.finds()
    unit.clock.pass_s(31)
    unit.watch.look()
    assert unit.finds()


def test_a_list_whose_time_is_over_is_forgotten_and_taken_again_if_the_clock_was_wrong(
    tmp_path: Path,
) -> None:
    unit = _Unit(tmp_path)
    unit.send(a_list(an_entry()))
    unit.clock.at = replace(unit.clock.at, utc_s=NOW_S + 2 * 86_400)
    unit.watch.look()
    assert not len(unit.watch.lists.current)
    for _ in range(3):
        unit.clock.pass_s(31)
        unit.watch.look()
    assert unit.count["hotlist.refused_stale"] == 1, "told once, looked at again"
    unit.clock.at = replace(unit.clock.at, utc_s=NOW_S + 60)
    unit.clock.pass_s(31)
    unit.watch.look()
    assert unit.finds()


def test_a_unit_without_a_key_takes_no_sealed_list(tmp_path: Path) -> None:
    unit = _Unit(tmp_path, key=None)
    unit.send(a_list(an_entry()))
    assert unit.count["hotlist.refused_no_key"] == 1
    other = _Unit(tmp_path, key=SealKey.generate())
    other.watch.look()
    assert other.count["hotlist.refused_not_sealed"] == 1


def test_a_state_that_cannot_be_read_lets_no_list_in(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / HOTLISTS).write_text("?")
    unit = _Unit(tmp_path)
    unit.send(a_list(an_entry()))
    assert unit.count["hotlist.refused_not_remembered"] == 1
    alarm = unit.watch.lists.alarm(NOW_S)
    assert alarm is not None
    assert alarm.startswith(NONE_YET)


def test_a_signed_file_of_the_configuration_counts_and_is_looked_at_again(tmp_path: Path) -> None:
    local = tmp_path / "wanted.hotlist"
    local.write_bytes(a_list(an_entry()))
    unit = _Unit(tmp_path, local=local)
    unit.watch.begin()
    assert unit.finds()
    local.write_bytes(a_list(an_entry("EDGE043"), an_entry("EDGE044"), seq=8))
    unit.watch.look()
    assert unit.finds("EDGE043")
    assert unit.watch.described() == {
        "name": "city-police",
        "version": "8",
        "entries": 2,
        "signed": True,
        "expires": "2026-01-01T23:58:30.000Z",
    }


def test_a_plain_file_counts_on_a_bench_only(tmp_path: Path) -> None:
    local = tmp_path / "wanted.csv"
    local.write_text("EDGE042,stolen\n")
    unit = _Unit(tmp_path, local=local)
    unit.watch.begin()
    assert not unit.finds()
    assert unit.count["hotlist.refused_unsigned"] == 1
    bench = _Unit(tmp_path, local=local, bench=True)
    bench.watch.begin()
    assert bench.finds()
    local.write_text("EDGE042 # stolen, says somebody\n")
    bench.watch.look()
    assert bench.finds(), "the list before stays"


def test_a_file_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    unit = _Unit(tmp_path, local=tmp_path / "absent.hotlist")
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        unit.watch.begin()
