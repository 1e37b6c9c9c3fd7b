"""A query over sealed reads: it takes both keys, opens those of one plate, and says what it could not ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry
from edge_alpr.delivery.picture import Picture
from edge_alpr.delivery.seal import Sealer
from edge_alpr.holder import sealed as module
from edge_alpr.holder.hits import Hits
from edge_alpr.holder.sealed import SealedReads
from edge_alpr.holder.state import state_of
from edge_alpr.holder.upkeep import purge_unconfirmed
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import parse_document
from edge_alpr.message.event import ImageRef
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

JPEG = b"\xff\xd8 not really\n a picture"
OTHER = replace(a_read().plate, text="TEST1X1")
UNIT_SEAL = SealKey.of_unit(UNIT_KEY).public


def put(shelf: Shelf, *events: PlateEvent, picture_seq: int | None = None) -> None:
    """Seal them as their unit does and store them: hits to the agencies, all else also to the custodian."""
    sealer = Sealer(UNIT_KEY, (POLICE, SHERIFF), epochs=lambda _now_s: some_epochs())
    bodies = []
    for event in events:
        sealing = sealer.window(NOW_S, 21 * DAY_S)
        if event.hits:
            sealing = sealer.hit(NOW_S + 30 * DAY_S)
        assert sealing is not None
        bodies.append(sealer.event(event, sealing))
        if picture_seq is not None:
            reference = ImageRef(kind="plate", sha256="0" * 64, bytes=len(JPEG), topic="-")
            bodies.append(
                sealer.picture(Picture(JPEG, reference, "-"), event, picture_seq, sealing)
            )
    entries = [Entry(read_sealed(parse_document(body)), body) for body in bodies]
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


# ------------------------------------------------------------------ hits


def test_a_sealed_hit_is_confirmed_like_one_in_clear(house: AHouse, shelf: Shelf) -> None:
    hits = Hits(shelf.archive, reads(shelf))
    kept, other = hits.all()
    assert {kept.plate, other.plate} == {PLATE, "TEST1X1"}
    assert [state_of(each, house.audit_key.subject) for each in (kept, other)] == ["unverified"] * 2
    house.verdicts(hits).take(house.a_verdict(kept))
    states = {each.id: state_of(each, house.audit_key.subject) for each in hits.all()}
    assert states == {kept.id: "confirmed", other.id: "unverified"}
    found = house.desk().query(house.a_request())
    assert [state for _, state in found.passes] == [None, None, "confirmed"]


def test_a_refuted_sealed_hit_is_gone_in_all_its_phases_with_its_picture(
    house: AHouse, shelf: Shelf
) -> None:
    early = a_read(6, phase="provisional", presence=None)
    put(shelf, early)
    put(shelf, a_read(7, id=early.id), picture_seq=8)
    hits = Hits(shelf.archive, reads(shelf))
    kept = hits.named(early.id)
    assert kept is not None
    assert parse_document(kept.body.encode())["phase"] == "final"
    assert sorted(seq for _, seq in kept.sealed) == [6, 7, 8]
    assert hits.pictures(kept) == [JPEG]
    before = len(list(shelf.archive.sealed_hits()))
    house.verdicts(hits).take(house.a_verdict(kept, fits=False))
    assert hits.named(early.id) is None
    assert len(list(shelf.archive.sealed_hits())) == before - 3
    ((_, body),) = shelf.archive.corrections()
    assert parse_document(body.encode())["corrects"] == early.id


def test_sealed_hits_that_nobody_confirms_are_deleted(house: AHouse, shelf: Shelf) -> None:
    hits = Hits(shelf.archive, reads(shelf))
    kept, _ = hits.all()
    house.verdicts(hits).take(house.a_verdict(kept))
    house.clock.pass_s(30 * 60.0)
    gone = purge_unconfirmed(
        house.house,
        shelf.archive,
        subject_of=house.audit_key.subject,
        record=house.log.record,
        now_s=house.now_s,
        hits=hits,
    )
    assert gone == 1
    assert [each.id for each in hits.all()] == [kept.id]
    assert len(list(shelf.archive.sealed("", "2000-01-01", "2099-01-01"))) == 4


def test_without_the_agencys_key_there_are_none(shelf: Shelf) -> None:
    put(shelf, a_read(1))
    assert Hits(shelf.archive, reads(shelf, None)).all() == []
    assert Hits(shelf.archive, reads(shelf, SealKey.generate())).all() == []
    assert len(Hits(shelf.archive, reads(shelf)).all()) == 1
