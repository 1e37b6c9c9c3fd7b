"""A desk with the keys of agency and custodian in its folder asks sealed reads; without one of them it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.app.desk import open_desk
from edge_alpr.app.upkeep import DeskUpkeep
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry
from edge_alpr.delivery.seal import Sealer
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import parse_document
from edge_alpr.message.sealed import read_sealed
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.envelope import Agency
from fakes.house import DAY_S, AHouse
from fakes.keys import UNIT_KEY
from fakes.manual_time import ManualClock
from fixtures.desk import a_desk
from fixtures.shelf import NOW_S, Shelf, a_read, shelf

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shelf"]  # the fixture


@pytest.fixture
def desk(tmp_path: Path, shelf: Shelf) -> Path:
    """Two window reads, one of the plate that `AHouse` asks for, and one hit; the keys of both holders."""
    folder = tmp_path / "desk"
    a_desk(folder, "sqlite:../plates.db", NOW_S)
    agency = SealKey.generate()
    agency.save(folder / "agency.key")
    enroll(folder / "units", Member("o/s/u", SealKey.of_unit(UNIT_KEY).public))
    epochs = Custody(folder / "epochs").issue("custodian/court", NOW_S, retain_s=21 * DAY_S)
    sealer = Sealer(UNIT_KEY, [Agency("agency/o", agency.public)], epochs=lambda _now_s: epochs)
    window = sealer.window(NOW_S, 21 * DAY_S)
    assert window is not None
    other = replace(a_read().plate, text="TEST1X1")
    bodies = [
        sealer.event(a_read(1, hit=False), window),
        sealer.event(a_read(2, hit=False, plate=other), window),
        sealer.event(a_read(3), sealer.hit(NOW_S + 30 * DAY_S)),
    ]
    store = open_store(shelf.target)
    store.keep([Entry(read_sealed(parse_document(body)), body) for body in bodies], NOW_S)
    store.close()
    return folder


def found(desk: Path, shelf: Shelf, salt: str) -> tuple[list[int], int]:
    """Numbers of the passes that a query brings to light, and how many reads could not be asked."""
    house = AHouse("il-2-130", archive=shelf.archive)
    with open_desk(desk, ManualClock()) as opened:
        answer = opened.desk.query(house.a_request(salt=salt * 32))
    return [int(kept.id[-1]) for kept, _ in answer.passes], answer.not_opened


def test_both_keys_find_all_of_the_plate(desk: Path, shelf: Shelf) -> None:
    assert found(desk, shelf, "1") == ([1, 3], 0)


def test_without_a_key_what_it_opens_is_counted(desk: Path, shelf: Shelf) -> None:
    (desk / "epochs").rename(desk / "epochs.away")
    assert found(desk, shelf, "1") == ([3], 2)
    (desk / "epochs.away").rename(desk / "epochs")
    (desk / "units").rename(desk / "units.away")
    (desk / "units").mkdir()
    assert found(desk, shelf, "2") == ([3], 2)
    (desk / "agency.key").unlink()
    assert found(desk, shelf, "3") == ([], 3)


def test_a_destroyed_day_is_found_by_nobody(desk: Path, shelf: Shelf) -> None:
    """Retention ends with the custodian's key, whoever has the database and all other keys."""
    Custody(desk / "epochs").destroy(NOW_S + 22 * DAY_S)
    assert found(desk, shelf, "1") == ([3], 2)


def test_sealed_hits_are_deleted_beside_a_collector(desk: Path, shelf: Shelf) -> None:
    clock = ManualClock()
    upkeep = DeskUpkeep(desk, clock)
    upkeep.due(clock.now())
    assert len(list(shelf.archive.sealed_hits())) == 1
    clock.pass_s(30 * 60.0)
    upkeep.due(clock.now())
    upkeep.close()
    assert list(shelf.archive.sealed_hits()) == []
    assert len(list(shelf.archive.sealed("", "2000-01-01", "2099-01-01"))) == 2
