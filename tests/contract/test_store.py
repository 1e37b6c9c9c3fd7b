"""What every `Store` of the collector must do: each message once, all of a batch or nothing, and gone at its end."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from edge_alpr.collector.messages import ImageMessage, OtherMessage, message_key
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry
from edge_alpr.message.codec import encode
from edge_alpr.message.document import dump_document
from edge_alpr.message.event import ImageRef, PlateEvent
from edge_alpr.message.notice import ClockNotice, GapNotice, encode_notice
from edge_alpr.message.sealed import SealedMessage, read_sealed
from edge_alpr.message.timestamps import to_text
from fakes.events import PLATE, an_event
from fakes.notices import a_clock, a_gap
from fakes.sealing import a_header

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.collector.messages import Message
    from edge_alpr.collector.store import Shelf, Store
    from edge_alpr.message.sealed import SealedClass

_NOW_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
_PICTURE = b"\xff\xd8 not really a picture \x00"
_ONE = "019ae1fc-99d4-7001-8203-000000000001"
_TWO = "019ae1fc-99d4-7001-8203-000000000002"


class World(Protocol):
    """A kind of store and what lies in it."""

    remembers: bool
    """After a restart."""
    upserts: bool
    """Keeps one row a pass, with the best that is known of it."""

    def open(self) -> Shelf: ...

    def events(self) -> list[dict[str, Any]]:
        """What another process finds there: the passes as they stand."""

    def others(self) -> list[dict[str, Any]]:
        """Messages of kinds that are kept as they came."""

    def pictures(self) -> list[bytes]: ...

    def times(self) -> list[tuple[str, str | None, str]]:
        """When each pass was captured and is to be deleted, and how well that is known."""


class _Sqlite:
    remembers = upserts = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> Shelf:
        return open_store(f"sqlite:{self._path}")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self._ask("SELECT body FROM current_passes")]

    def others(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self._ask("SELECT body FROM others")]

    def pictures(self) -> list[bytes]:
        return self._ask("SELECT body FROM images ORDER BY stored")

    def times(self) -> list[tuple[str, str | None, str]]:
        captured = self._ask("SELECT captured FROM passes ORDER BY seq")
        ends = self._ask("SELECT delete_after FROM passes ORDER BY seq")
        clocks = self._ask("SELECT clock FROM passes ORDER BY seq")
        return list(zip(map(_text, captured), map(_text, ends), clocks, strict=True))

    def _ask(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(self._path)) as db:
            return [column for (column,) in db.execute(question)]


def _text(time: Any) -> Any:
    """A time as messages write it; PostgreSQL gives datetimes."""
    return to_text(time.timestamp()) if isinstance(time, datetime) else time


class _Postgresql(_Sqlite):
    def __init__(self, url: str) -> None:
        self._url = url

    def open(self) -> Shelf:
        return open_store(self._url)

    def _ask(self, question: str) -> list[Any]:
        import psycopg  # noqa: PLC0415  # not where it is not installed

        with psycopg.connect(self._url) as db:
            return [column for (column,) in db.execute(question.encode()).fetchall()]


class _JsonLines:
    remembers, upserts = True, False

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> Shelf:
        return open_store(f"jsonl:{self._path}")

    def _text(self) -> bytes:
        return self._path.read_bytes() if self._path.exists() else b""

    def _lines(self, *schemas: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self._text().splitlines()]
        return [line for line in lines if line.get("schema", "").partition("/")[0] in schemas]

    def events(self) -> list[dict[str, Any]]:
        return self._lines("plate.read")

    def others(self) -> list[dict[str, Any]]:
        return self._lines("unit.weather")

    def times(self) -> list[tuple[str, str | None, str]]:
        raise AssertionError("a file corrects nothing")

    def pictures(self) -> list[bytes]:
        return [base64.b64decode(line["jpeg"]) for line in self._lines("plate.image")]


class _Out(_JsonLines):
    remembers = False

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture
        self._said = b""

    def open(self) -> Shelf:
        return open_store("-")

    def _text(self) -> bytes:
        self._said += self._capture.readouterr().out
        return self._said


@pytest.fixture(params=["postgresql", "sqlite", "jsonl", "-"])
def world(
    request: pytest.FixtureRequest, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> World:
    if request.param == "postgresql":
        return _Postgresql(request.getfixturevalue("postgresql"))
    if request.param == "sqlite":
        return _Sqlite(tmp_path / "plates.db")
    if request.param == "jsonl":
        return _JsonLines(tmp_path / "plates.jsonl")
    return _Out(capfdbinary)


def _entry(message: Message) -> Entry:
    if isinstance(message, PlateEvent):
        return Entry(message, encode(message))
    if isinstance(message, GapNotice | ClockNotice):
        return Entry(message, encode_notice(message, None))
    if isinstance(message, ImageMessage):
        return Entry(message, _PICTURE)
    if isinstance(message, SealedMessage):
        return Entry(message, dump_document(_sealed_document(message)))
    names = ("schema", "org", "site", "unit", "boot", "seq", "delete_after")
    return Entry(message, json.dumps({name: getattr(message, name) for name in names}).encode())


def _keep(store: Store, *messages: Message, at_s: float = _NOW_S) -> list[bool]:
    return list(store.keep([_entry(message) for message in messages], at_s))


def _weather(seq: int = 1, end: str | None = None) -> OtherMessage:
    return OtherMessage(
        org="o",
        site="s",
        unit="u",
        boot="00c0ffee",
        seq=seq,
        kind="weather",
        camera=None,
        schema="unit.weather/1.0",
        delete_after=end,
    )


def _picture(seq: int, of: str = _ONE, body: bytes = _PICTURE) -> ImageMessage:
    return ImageMessage(
        org="o",
        site="s",
        unit="u",
        boot="00c0ffee",
        seq=seq,
        camera="cam0",
        pass_id=of,
        kind="plate",
        sha256=hashlib.sha256(body).hexdigest(),
    )


def _sealed(seq: int, class_: SealedClass = "window", **changes: Any) -> SealedMessage:
    sealed = [{"to": "0" * 16, "data": "A" * 64}]
    return read_sealed({**a_header(class_, seq=seq, **changes), "sealed": sealed, "proof": None})


def _sealed_document(message: SealedMessage) -> dict[str, Any]:
    fields = asdict(message)
    return {name.rstrip("_"): value for name, value in fields.items()}


def _with_picture(event: PlateEvent, body: bytes = _PICTURE) -> PlateEvent:
    digest = hashlib.sha256(body).hexdigest()
    image = ImageRef(kind="plate", sha256=digest, bytes=len(body), topic="image/cam0/x/plate")
    return replace(event, images=(image,))


def _until(end: str, event: PlateEvent) -> PlateEvent:
    return replace(event, policy=replace(event.policy, delete_after=end))


def _seqs(world: World) -> list[int]:
    return sorted(event["seq"] for event in world.events())


def _numbers(store: Store, **which: int) -> set[int]:
    ranges = store.held("o/s/u", "00c0ffee", **which)
    return {seq for first, last in ranges for seq in range(first, last + 1)}


def test_an_event_is_kept_as_it_came(world: World) -> None:
    store = world.open()
    assert _keep(store, an_event()) == [True]
    (kept,) = world.events()
    kept.pop("stored", None)
    assert kept == json.loads(encode(an_event()))
    store.close()


def test_fields_that_we_do_not_know_are_kept(world: World) -> None:
    store = world.open()
    body = encode(an_event())[:-1] + b',"weather":"\\ud800\\u0000 fog \xc3\xa4"}'
    assert list(store.keep([Entry(an_event(), body)], _NOW_S)) == [True]
    assert world.events()[0]["weather"] == "\ud800\0 fog ä"
    store.close()


def test_sealed_messages_are_kept_as_they_came_and_found_by_unit_and_day(world: World) -> None:
    store = world.open()
    other = _sealed(4, unit="v")
    sealed = [_sealed(1), _sealed(2, "hit"), _sealed(3, epoch="2026-01-02"), other]
    for n, message in enumerate(sealed):
        assert _keep(store, message, message, at_s=_NOW_S + n) == [True, False]
    assert _keep(store, *sealed) == [False] * 4
    assert _numbers(store) == {1, 2, 3}
    if world.remembers:
        bodies = [_sealed_document(message) for message in sealed]
        given = json.loads(json.dumps(bodies))
        assert [json.loads(body) for body in store.sealed()] == given
        assert [json.loads(body) for body in store.sealed(unit="o/s/v")] == given[3:]
        first = [json.loads(body) for body in store.sealed(day="2026-01-01")]
        assert first == [given[0], given[3]]
        assert list(store.sealed(unit="o/s/v", day="2026-01-02")) == []
    else:
        assert list(store.sealed()) == []
    store.close()


def test_sealed_messages_go_at_the_end_of_their_time(world: World) -> None:
    store = world.open()
    ends: dict[str, Any] = {"delete_after": "2026-01-03T00:00:00.000Z"}
    _keep(store, _sealed(1, **ends), _sealed(2, "hit", **ends), _sealed(3))
    assert store.purge(_NOW_S + 2 * 86400 - 1) == 0
    assert store.purge(_NOW_S + 2 * 86400) == (2 if world.remembers else 0)
    if world.remembers:
        assert [json.loads(body)["seq"] for body in store.sealed()] == [3]
        assert store.purge(_NOW_S + 1, stored_before_s=_NOW_S + 1) == 1
        assert list(store.sealed()) == []
    assert _keep(store, _sealed(1, **ends)) == [False]
    store.close()


def test_a_window_read_of_a_day_to_come_is_not_kept_longer_for_it(world: World) -> None:
    """The unit's clock ran ahead; the day of its header is ten days off, and the policy's time one day."""
    store = world.open()
    _keep(store, _sealed(1, epoch="2026-01-11", delete_after="2026-01-12T00:00:00.000Z"))
    assert store.purge(_NOW_S + 86400 - 1) == 0
    assert store.purge(_NOW_S + 86400) == (1 if world.remembers else 0)
    store.close()


def test_a_batch_is_there_as_a_whole_or_not_at_all(world: World) -> None:
    store = world.open()
    bad = Entry(an_event(2), b"\xff not JSON")
    with pytest.raises(ValueError):  # no validator lets this through
        store.keep([_entry(an_event(1)), bad, _entry(an_event(3))], _NOW_S)
    assert world.events() == []
    assert _numbers(store) == set()
    assert _keep(store, an_event(1), an_event(3)) == [True, True]
    assert _seqs(world) == [1, 3]
    store.close()


def test_a_message_is_kept_once(world: World) -> None:
    store = world.open()
    assert _keep(store, an_event(1), an_event(2), an_event(1)) == [True, True, False]
    assert _keep(store, an_event(3), an_event(2)) == [True, False]
    assert _seqs(world) == [1, 2, 3]
    store.close()


def test_messages_are_told_apart_by_unit_boot_and_number(world: World) -> None:
    store = world.open()
    changes: tuple[dict[str, str], ...] = (
        {},
        {"boot": "0badcafe"},
        {"unit": "v"},
        {"site": "t"},
        {"org": "p"},
    )
    events = [
        an_event(1, id=f"019ae1fc-99d4-7001-8203-00000000000{n}", **each)
        for n, each in enumerate(changes)
    ]
    assert len({message_key(event) for event in events}) == 5
    assert _keep(store, *events) == [True] * 5
    assert len(world.events()) == 5
    store.close()


def test_a_batch_of_nothing_is_fine(world: World) -> None:
    store = world.open()
    assert _keep(store) == []
    assert store.purge(_NOW_S) == 0
    store.close()


def test_messages_are_known_again_after_a_restart(world: World) -> None:
    if not world.remembers:
        pytest.skip("standard output does not remember")
    store = world.open()
    _keep(store, an_event(1), _weather(2), _picture(3), a_gap(4, (8, 9)))
    store.close()
    store = world.open()
    again = (an_event(1), _weather(2), _picture(3), a_gap(4, (8, 9)), an_event(5))
    assert _keep(store, *again) == [False, False, False, False, True]
    assert _numbers(store) == {1, 2, 3, 4, 5, 8, 9}
    store.close()
    assert _seqs(world) == [1, 5]


def test_what_is_held_of_a_boot_is_what_was_stored_or_announced_as_lost(world: World) -> None:
    store = world.open()
    _keep(store, *(an_event(seq) for seq in (1, 2, 3, 7)), an_event(5, boot="0badcafe"))
    _keep(store, a_gap(8, (5, 6)))
    assert _numbers(store) == {1, 2, 3, 5, 6, 7, 8}
    assert _numbers(store, above=3) >= {5, 6, 7, 8}
    assert 4 not in _numbers(store, above=3, most=1)
    store.close()
    if world.remembers:
        store = world.open()
        assert _numbers(store) == {1, 2, 3, 5, 6, 7, 8}
        store.close()


def test_notices_pictures_and_unknown_kinds_are_kept_once_like_any_message(world: World) -> None:
    store = world.open()
    clock = a_clock(2, "2026-01-01T12:00:00.000Z", 10.0)
    messages = (a_gap(1, (5, 6)), clock, _weather(3), _picture(4))
    assert _keep(store, *messages) == [True] * 4
    assert _keep(store, *messages) == [False] * 4
    assert _numbers(store) == {1, 2, 3, 4, 5, 6}
    assert [other["seq"] for other in world.others()] == [3]
    assert world.pictures() == [_PICTURE]
    store.close()


def test_a_picture_that_comes_under_two_numbers_is_receipted_for_both(world: World) -> None:
    """A pass of which the final event came after the provisional one may send it again."""
    store = world.open()
    assert _keep(store, _picture(4), _picture(5)) == [True, True]
    assert set(world.pictures()) == {_PICTURE}
    assert _numbers(store) == {4, 5}
    store.close()


def test_it_knows_which_picture_an_event_names(world: World) -> None:
    store = world.open()
    digest = hashlib.sha256(_PICTURE).hexdigest()
    assert not store.shows("o/s/u", _ONE, digest)
    _keep(store, _with_picture(an_event(1, id=_ONE)))
    assert store.shows("o/s/u", _ONE, digest)
    assert not store.shows("o/s/u", _ONE, digest[::-1])
    assert not store.shows("o/s/u", _TWO, digest)
    assert not store.shows("o/s/v", _ONE, digest)
    store.close()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_the_latest_phase_of_a_pass_wins_in_whatever_order_they_come(
    world: World, order: tuple[int, ...], *, together: bool
) -> None:
    events = (
        an_event(1, id=_ONE, phase="provisional"),
        an_event(2, id=_ONE, phase="provisional"),
        an_event(3, id=_ONE, phase="final"),
    )
    if not world.upserts:
        pytest.skip("a later phase is a later line")
    store = world.open()
    if together:
        _keep(store, *(events[n] for n in order))
    else:
        for n in order:
            _keep(store, events[n])
    (only,) = world.events()
    assert (only["id"], only["phase"], only["seq"]) == (_ONE, "final", 3)
    assert _numbers(store) == {1, 2, 3}, "all three are receipted"
    store.close()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_correction_takes_the_place_of_the_pass_it_names(
    world: World, order: tuple[int, ...]
) -> None:
    if not world.upserts:
        pytest.skip("a correction is a later line")
    events = (an_event(1, id=_ONE), an_event(2, id=_TWO, phase="correction", corrects=_ONE))
    store = world.open()
    _keep(store, *(events[n] for n in order))
    assert [(event["id"], event["seq"]) for event in world.events()] == [(_TWO, 2)]
    store.close()


def test_a_unit_cannot_overwrite_or_correct_another_units_pass(world: World) -> None:
    store = world.open()
    _keep(
        store,
        an_event(1, id=_ONE),
        an_event(9, id=_ONE, unit="other"),
        an_event(10, id=_TWO, unit="other", phase="correction", corrects=_ONE),
    )
    found = [(event["unit"], event["id"], event["seq"]) for event in world.events()]
    assert ("u", _ONE, 1) in found
    store.close()


# ---------------------------------------------------------------- clocks


def _unsynced(seq: int, captured: str, monotonic_s: float, end: str | None = None) -> PlateEvent:
    event = an_event(seq)
    clock = replace(event.time.clock, source="none", synced=False, error_ms=None, age_s=None)
    time = replace(event.time, captured=captured, monotonic_s=monotonic_s, clock=clock)
    return replace(event, time=time, policy=replace(event.policy, delete_after=end))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_a_clock_corrects_what_its_boot_stamped_before(
    world: World, order: tuple[int, ...], *, together: bool
) -> None:
    """The unit thought it was 1970; each may be kept for an hour from when it really was."""
    if not world.upserts:
        pytest.skip("a clock is a line of its own")
    messages: tuple[Message, ...] = (
        _unsynced(1, "1970-01-01T00:00:10.000Z", 100.0, "1970-01-01T01:00:10.000Z"),
        a_clock(2, "2026-01-01T12:00:00.000Z", 160.0),
        _unsynced(3, "1970-01-01T00:00:20.000Z", 110.0),
    )
    store = world.open()
    if together:
        _keep(store, *(messages[n] for n in order))
    else:
        for n in order:
            _keep(store, messages[n])
    assert world.times() == [
        ("2026-01-01T11:59:00.000Z", "2026-01-01T12:59:00.000Z", "corrected"),
        ("2026-01-01T11:59:10.000Z", None, "corrected"),
    ]
    store.close()


def test_a_clock_leaves_alone_what_was_stamped_well_and_other_boots_and_units(
    world: World,
) -> None:
    if not world.upserts:
        pytest.skip("a clock is a line of its own")
    captured = "1970-01-01T00:00:10.000Z"
    store = world.open()
    _keep(
        store,
        an_event(1),
        replace(_unsynced(2, captured, 1.0), boot="0badcafe"),
        replace(_unsynced(3, captured, 1.0), unit="v"),
        a_clock(9, "2026-01-01T12:00:00.000Z", 160.0),
    )
    assert world.times() == [
        ("2026-01-01T00:00:00.000Z", None, "synced"),
        (captured, None, "unsynced"),
        (captured, None, "unsynced"),
    ]
    store.close()


# ---------------------------------------------------------------- the end of their time


def _ends(world: World) -> None:
    if not world.remembers:
        pytest.skip("what went to standard output is gone")


def test_messages_are_deleted_at_the_end_of_their_policys_time_and_still_known(
    world: World,
) -> None:
    _ends(world)
    end = "2026-01-01T01:00:00.000Z"
    messages = (
        _until(end, an_event(1)),
        _until("2026-01-02T00:00:00.000Z", an_event(2)),
        an_event(3),
        _weather(4, end),
        _weather(5),
    )
    store = world.open()
    _keep(store, *messages)
    assert store.purge(_NOW_S + 3599) == 0
    assert store.purge(_NOW_S + 3600) == 2
    assert store.purge(_NOW_S + 3600) == 0
    assert _keep(store, *messages) == [False] * 5, "they are known, and not taken again"
    store.close()
    store = world.open()
    assert _keep(store, *messages) == [False] * 5
    assert _numbers(store) == {1, 2, 3, 4, 5}, "and still receipted"
    assert _seqs(world) == [2, 3]
    assert [other["seq"] for other in world.others()] == [5]
    store.close()


def test_a_picture_goes_with_its_pass(world: World) -> None:
    _ends(world)
    store = world.open()
    _keep(
        store,
        _with_picture(_until("2026-01-01T01:00:00.000Z", an_event(1, id=_ONE))),
        _picture(2, _ONE),
        _with_picture(an_event(3, id=_TWO), b"other"),
    )
    other = _picture(4, _TWO, b"other")
    store.keep([Entry(other, b"other")], _NOW_S)
    assert store.purge(_NOW_S + 3599) == 0
    assert store.purge(_NOW_S + 3600) == 2
    assert world.pictures() == [b"other"]
    assert _seqs(world) == [3]
    store.close()


def test_a_picture_that_no_event_names_has_an_hour(world: World) -> None:
    _ends(world)
    store = world.open()
    _keep(store, _picture(2))
    assert store.purge(_NOW_S + 3600) == 0
    assert store.purge(_NOW_S + 3601) == 1
    assert world.pictures() == []
    store.close()


def test_all_is_deleted_that_is_older_than_who_runs_it_wants_to_keep(world: World) -> None:
    _ends(world)
    store = world.open()
    _keep(store, an_event(1), _weather(2), _with_picture(an_event(3, id=_TWO)), _picture(4, _TWO))
    _keep(store, an_event(5), at_s=_NOW_S + 100)
    assert store.purge(_NOW_S + 200, stored_before_s=_NOW_S) == 0
    assert store.purge(_NOW_S + 200, stored_before_s=_NOW_S + 1) == 4
    assert _seqs(world) == [5]
    assert world.others() == []
    assert world.pictures() == []
    store.close()


def test_what_is_deleted_leaves_no_plate_in_the_files(world: World, tmp_path: Path) -> None:
    """Of SQLite and JSON lines; PostgreSQL keeps old pages until they are written anew (docs/collector.md)."""
    if isinstance(world, _Postgresql | _Out):
        pytest.skip("not a file of ours")
    store = world.open()
    _keep(store, _until("2026-01-01T01:00:00.000Z", an_event()), an_event(2, boot="0badcafe"))
    before = sum(file.read_bytes().count(PLATE.encode()) for file in tmp_path.iterdir())
    store.purge(_NOW_S + 3600)
    after = sum(file.read_bytes().count(PLATE.encode()) for file in tmp_path.iterdir())
    store.close()
    assert 0 < after < before
