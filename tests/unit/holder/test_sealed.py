"""A query over sealed reads: it takes both keys, opens those of one plate, and says what it could not ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry
from edge_alpr.delivery.seal import Sealer
from edge_alpr.holder import sealed as module
from edge_alpr.holder.sealed import SealedReads
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import parse_document
from edge_alpr.message.sealed import read_sealed
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.told import KeptHere
from edge_alpr.seal.epochs import DAY_S
from edge_alpr.seal.open import open_inner
from fakes.events import PLATE
from fakes.keys import UNIT_KEY
from fakes.sealing import POLICE, POLICE_KEY, SHERIFF, SHERIFF_KEY, epoch_key, some_epochs
from fixtures.shelf import NOW_S, Shelf, a_read, shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.message.event import PlateEvent
    from fakes.house import AHouse

__all__ = ["shelf"]  # the fixture

OTHER = replace(a_read().plate, text="TEST1X1")
UNIT_SEAL = SealKey.of_unit(UNIT_KEY).public


def put(shelf: Shelf, *events: PlateEvent) -> None:
    """Seal them as their unit does and store them: hits to the agencies, all else also to the custodian."""
    sealer = Sealer(UNIT_KEY, (POLICE, SHERIFF), epochs=lambda _now_s: some_epochs())
    entries = []
    for event in events:
        sealing = sealer.window(NOW_S, 21 * DAY_S)
        if event.hits:
            sealing = sealer.hit(NOW_S + 30 * DAY_S)
        assert sealing is not None
        body = sealer.event(event, sealing)
        entries.append(Entry(read_sealed(parse_document(body)), body))
    store = open_store(shelf.target)
    store.keep(entries, NOW_S)
    store.close()


def reads(
    shelf: Shelf,
    agency: SealKey | None = POLICE_KEY,
    epoch: Callable[[str], SealKey | None] = epoch_key,
) -> SealedReads:
    return SealedReads(
        shelf.archive, agency, epoch, lambda unit: UNIT_SEAL if unit == "o/s/u" else None
    )


@pytest.fixture
def house(shelf: Shelf) -> AHouse:
    """Three window reads, two of them of the plate, and two hits, one of them of the plate."""
    put(
        shelf,
        a_read(1, hit=False),
        a_read(2, hit=False, plate=OTHER),
        a_read(3, hit=False),
        a_read(4),
        a_read(5, plate=OTHER),
    )
    house = shelf.house("il-2-130")
    house.sealed = reads(shelf)
    return house


def test_a_query_finds_the_plates_of_both_kinds(house: AHouse) -> None:
    found = house.desk().query(house.a_request())
    assert [(kept.id, state) for kept, state in found.passes] == [
        (a_read(1).id, None),
        (a_read(3).id, None),
        (a_read(4).id, "unverified"),
    ]
    assert found.not_opened == 0
    assert {kept.plate for kept, _ in found.passes} == {PLATE}
    assert found.passes[0][0].delete_after == to_text(NOW_S + 21 * DAY_S)
    assert house.log.of("query")[0]["found"] == 3


def test_clear_and_sealed_rows_are_found_together(house: AHouse, shelf: Shelf) -> None:
    shelf.put(a_read(9))
    assert len(house.desk().query(house.a_request()).passes) == 4


@pytest.mark.parametrize(
    ("agency", "epochs", "missing"),
    [(None, True, 5), (POLICE_KEY, False, 3), (SealKey.generate(), True, 2)],
)
def test_what_a_missing_key_closes_is_said(
    house: AHouse, shelf: Shelf, agency: SealKey | None, epochs: bool, missing: int
) -> None:
    house.sealed = reads(shelf, agency, epoch_key if epochs else lambda _day: None)
    found = house.desk().query(house.a_request())
    assert found.not_opened == missing
    assert all(kept.hit for kept, _ in found.passes), "hits need no custodian"


def test_another_agency_of_the_header_finds_them_by_its_own_key(
    house: AHouse, shelf: Shelf
) -> None:
    house.sealed = reads(shelf, SHERIFF_KEY)
    assert len(house.desk().query(house.a_request()).passes) == 3


def test_no_envelope_of_another_plate_is_opened(
    house: AHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three window reads two are of the plate; the third stays closed, its tag has said enough."""
    opened = []

    def counted(*arguments: object) -> bytes:
        opened.append(arguments)
        return open_inner(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "open_inner", counted)
    house.desk().query(house.a_request())
    assert len(opened) == 2


def test_a_window_outside_the_time_that_is_asked_for_is_not_touched(
    house: AHouse, shelf: Shelf
) -> None:
    days: list[str] = []

    def epoch(day: str) -> SealKey | None:
        days.append(day)
        return epoch_key(day)

    house.sealed = reads(shelf, epoch=epoch)
    since, until = to_text(NOW_S - 5 * DAY_S), to_text(NOW_S - 4 * DAY_S)
    assert house.desk().query(house.a_request(since=since, until=until)).passes == ()
    assert days == []


def test_below_another_address_nothing_is_found(house: AHouse) -> None:
    assert house.desk().query(house.a_request(under="o/s/v")).passes == ()


def test_a_refused_request_opens_nothing(house: AHouse, shelf: Shelf) -> None:
    def epoch(day: str) -> SealKey | None:
        raise AssertionError("a key was used")

    house.sealed = reads(shelf, epoch=epoch)
    with pytest.raises(Exception, match="purpose prohibited"):
        house.desk().query(house.a_request(purpose="personal"))


def test_a_residents_question_counts_by_tags_and_opens_no_window_read(
    house: AHouse, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_arguments: object) -> bytes:
        raise AssertionError("an inner envelope was opened")

    monkeypatch.setattr(module, "open_inner", closed)
    places, missing = reads(shelf).places(PLATE)
    assert missing == 0
    assert sum(number for _, number, _ in places) == 3
    house.sealed = reads(shelf)
    residents = house.residents()
    kept, not_opened = residents._kept(PLATE)
    assert kept == [KeptHere(under="o/s/u", items=3, until=to_text(NOW_S + 30 * DAY_S))]
    assert not_opened == 0
