"""What a holder may count on when it asks a collector's database: SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.collector.archive import open_archive
from edge_alpr.collector.messages import ImageMessage
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.message.codec import encode
from edge_alpr.message.document import dump_document
from edge_alpr.message.event import Hit
from edge_alpr.message.kept import Said
from edge_alpr.message.sealed import read_sealed
from edge_alpr.message.timestamps import to_text
from fakes.events import PLATE, an_event
from fakes.sealing import a_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.collector.archive import OpenArchive
    from edge_alpr.message.event import PlateEvent

NOW_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z, when `an_event` was captured
BEFORE, AFTER = to_text(NOW_S - 60.0), to_text(NOW_S + 60.0)
HIT = Hit(
    list="clerk/7",
    list_version="7",
    entry="e1",
    class_="exact",
    reason="stolen_vehicle",
    confidence=0.9,
    needs_human=True,
)
PICTURE = b"\xff\xd8 not really a picture"
SAID = Said("confirmed", "person/o/ann", to_text(NOW_S), "hmac-sha256:" + "0" * 64, "{}")


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"sqlite:{tmp_path / 'plates.db'}"


def store(target: str, *events: PlateEvent, pictures: tuple[ImageMessage, ...] = ()) -> None:
    opened = open_store(target)
    entries = [Entry(event, encode(event)) for event in events]
    opened.keep([*entries, *(Entry(picture, PICTURE) for picture in pictures)], NOW_S)
    opened.close()


@pytest.fixture
def archive(target: str) -> Iterator[OpenArchive]:
    store(target)
    opened = open_archive(target)
    yield opened
    opened.close()


def sealed(headers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What nobody can open, under these headers."""
    secret = [{"to": "0" * 16, "data": "A" * 64}]
    return [{**each, "sealed": secret, "proof": None} for each in headers]


def a_hit(seq: int, **changes: Any) -> PlateEvent:
    return an_event(seq, hits=(HIT,), **changes)


def a_picture(seq: int, of: PlateEvent) -> ImageMessage:
    return ImageMessage(
        org="o", site="s", unit="u", boot="00c0ffee", seq=seq, camera="cam0", pass_id=of.id,
        kind="plate", sha256=f"{seq:064x}",
    )  # fmt: skip


def test_one_plate_is_found_within_a_time_and_below_an_address(
    archive: OpenArchive, target: str
) -> None:
    other = replace(an_event(1).plate, text="TEST1X1")
    store(target, an_event(1), an_event(2, plate=other), an_event(3, unit="u2"), an_event(4))
    assert [kept.id for kept in archive.find(PLATE, BEFORE, AFTER, "o/s/u")] == [
        an_event(seq).id for seq in (1, 4)
    ]
    assert len(archive.find(PLATE, BEFORE, AFTER, "o")) == 3
    assert len(archive.find("TEST1X1", BEFORE, AFTER, "o/s")) == 1
    assert archive.find(PLATE, AFTER, to_text(NOW_S + 120), "o") == []
    assert archive.find(PLATE, BEFORE, BEFORE, "o") == []
    assert archive.find("TEST", BEFORE, AFTER, "o") == []
    assert archive.find(PLATE, BEFORE, AFTER, "oo") == []


def test_what_is_found_is_what_was_signed_with_the_times_of_messages(
    archive: OpenArchive, target: str
) -> None:
    stamp = replace(an_event().policy, delete_after=to_text(NOW_S + 86400))
    store(target, a_hit(1, policy=stamp))
    (kept,) = archive.find(PLATE, BEFORE, AFTER, "o")
    assert kept.body.encode() == encode(a_hit(1, policy=stamp))
    assert (kept.unit, kept.camera, kept.hit, kept.test) == ("o/s/u", "cam0", True, True)
    assert (kept.captured, kept.stored) == (to_text(NOW_S), to_text(NOW_S))
    assert (kept.delete_after, kept.said) == (to_text(NOW_S + 86400), None)
    assert PLATE not in repr(kept)


def test_hits_are_told_apart(archive: OpenArchive, target: str) -> None:
    store(target, an_event(1), a_hit(2), a_hit(3))
    assert [kept.id for kept in archive.hits()] == [an_event(2).id, an_event(3).id]


def test_what_a_person_said_is_found_again_and_may_be_said_anew(
    archive: OpenArchive, target: str
) -> None:
    store(target, a_hit(1), a_hit(2))
    kept, _ = archive.hits()
    assert archive.confirm(kept, SAID)
    assert [each.said for each in archive.hits()] == [SAID, None]
    assert archive.said(kept.unit, kept.id) == SAID
    assert archive.said(kept.unit, an_event(2).id) is None
    later = replace(SAID, person="person/o/bob")
    assert archive.confirm(kept, later)
    assert archive.hits()[0].said == later


def test_what_is_refuted_is_gone_with_its_pictures_and_a_correction_waits(
    archive: OpenArchive, target: str
) -> None:
    store(target, a_hit(1), a_hit(2), pictures=(a_picture(3, a_hit(1)), a_picture(4, a_hit(2))))
    kept, other = archive.hits()
    assert archive.pictures(kept.unit, kept.id) == [PICTURE]
    said = replace(SAID, verdict="refuted")
    assert archive.refute(kept, said, ("one", "{}"))
    assert [each.id for each in archive.hits()] == [other.id]
    assert archive.pictures(kept.unit, kept.id) == []
    assert archive.pictures(other.unit, other.id) == [PICTURE]
    assert archive.corrections() == [("one", "{}")]
    assert not archive.refute(kept, said, ("two", "{}")), "there is nothing left to refute"
    assert not archive.confirm(kept, SAID)
    archive.sent(["one"], to_text(NOW_S))
    assert archive.corrections() == []


def test_a_phase_that_comes_after_the_refutal_is_known_as_refuted(
    archive: OpenArchive, target: str
) -> None:
    store(target, a_hit(1))
    (kept,) = archive.hits()
    archive.refute(kept, replace(SAID, verdict="refuted"), ("one", "{}"))
    store(target, a_hit(2, id=kept.id))
    (again,) = archive.hits()
    assert again.said is not None
    assert again.said.verdict == "refuted"


def test_passes_are_forgotten_by_name(archive: OpenArchive, target: str) -> None:
    store(target, an_event(1), an_event(2), pictures=(a_picture(3, an_event(1)),))
    kept, _ = archive.find(PLATE, BEFORE, AFTER, "o")
    assert archive.forget([kept, replace(kept, id="not there")]) == 1
    assert [each.id for each in archive.find(PLATE, BEFORE, AFTER, "o")] == [an_event(2).id]
    assert archive.pictures("o/s/u", an_event(1).id) == []


def test_where_a_plate_is_kept_and_until_when(archive: OpenArchive, target: str) -> None:
    ends = [replace(an_event().policy, delete_after=to_text(NOW_S + s)) for s in (100, 200)]
    store(target, an_event(1, policy=ends[0]), an_event(2, policy=ends[1]), an_event(3, unit="v"))
    assert archive.places(PLATE) == [("o/s/u", 2, to_text(NOW_S + 200)), ("o/s/v", 1, None)]
    assert archive.places("TEST1X1") == []


def test_how_much_is_held_and_since_when(archive: OpenArchive, target: str) -> None:
    assert archive.held() == (0, None)
    store(target, an_event(1), an_event(2), pictures=(a_picture(3, an_event(1)),))
    held, oldest = archive.held()
    assert held == 2
    assert oldest == archive.find(PLATE, BEFORE, AFTER, "o")[0].stored


def test_sealed_messages_are_found_by_day_and_unit_and_deleted_by_name(
    archive: OpenArchive, target: str
) -> None:
    documents = [
        a_header(seq=1),
        a_header(seq=2, epoch="2026-01-02"),
        a_header("hit", seq=3),
        a_header("hit", "picture", seq=4),
        a_header("hit", seq=5, unit="v"),
    ]
    opened = open_store(target)
    opened.keep(
        [Entry(read_sealed(each), dump_document(each)) for each in sealed(documents)], NOW_S
    )
    opened.close()
    found = [row.seq for row in archive.sealed("", "2026-01-01", "2026-01-01")]
    assert found == [1, 3, 5]
    assert [row.seq for row in archive.sealed("o/s/u", "2026-01-02", "2026-01-09")] == [2, 3]
    hits = list(archive.sealed_hits())
    assert [(row.unit, row.boot, row.seq) for row in hits] == [
        ("o/s/u", "00c0ffee", 3),
        ("o/s/u", "00c0ffee", 4),
        ("o/s/v", "00c0ffee", 5),
    ]
    assert hits[0].stored == to_text(NOW_S)
    store(target, a_hit(9))
    (clear,) = archive.hits()
    kept = replace(clear, id="opened", sealed=(("00c0ffee", 3), ("00c0ffee", 4)))
    assert archive.confirm(kept, SAID)
    assert archive.said("o/s/u", "opened") == SAID
    assert archive.forget([kept]) == 1
    assert [row.seq for row in archive.sealed_hits()] == [5]
    assert not archive.confirm(kept, SAID)
    assert len(archive.hits()) == 1


def test_no_database_holds_a_verdict_without_a_person(archive: OpenArchive, target: str) -> None:
    """Said cannot be made without one; neither can the row."""
    with pytest.raises(ValueError, match="without a person"):
        replace(SAID, person="")
    store(target, a_hit(1))
    (kept,) = archive.hits()
    nobody = replace(SAID)
    object.__setattr__(nobody, "person", "")
    with pytest.raises(StoreError):
        archive.confirm(kept, nobody)
    assert archive.hits()[0].said is None


def test_a_connection_that_was_lost_is_made_anew(postgresql: str) -> None:
    """Beside a collector an archive is open for months."""
    import psycopg  # noqa: PLC0415  # tests that do not need it must not need it

    store(postgresql, a_hit(1))
    archive = open_archive(postgresql)
    assert len(archive.hits()) == 1
    with psycopg.connect(postgresql, autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    with pytest.raises(StoreError):
        archive.hits()
    assert len(archive.hits()) == 1
    archive.close()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not there"):
        open_archive(f"sqlite:{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("named", ["jsonl:x", "-", "x.db", "sqlite:"])
def test_what_is_no_database_is_refused(named: str) -> None:
    with pytest.raises(ValueError, match="a desk cannot work on"):
        open_archive(named)
