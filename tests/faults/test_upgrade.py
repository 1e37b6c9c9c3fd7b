"""REL-13: an upgrade with messages waiting, also one that the power interrupts, and a downgrade that is refused."""

from __future__ import annotations

import random
import shutil
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from edge_alpr.errors import SpoolError
from edge_alpr.spool import database, sql
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.rank import pack
from edge_alpr.spool.store import Spool, SpoolSettings
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from faults.card import Card
from faults.card_vfs import CardVFS, PowerCut, spool_on
from faults.power import Ledger, recover

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from faults.conftest import Count, Publish

BOOT = "0ddba115"
_LAST_STEPS: Final = 12
"""Half of the cuts come so near the end that the upgrade may be over."""
NEXT = (*sql.MIGRATIONS, ("ALTER TABLE message ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",))
"""What a later version may do."""


def bodies(messages: int) -> list[bytes]:
    rng = random.Random(messages)
    return [rng.randbytes(rng.randrange(300, 3000)) for _ in range(messages)]


def make_file(path: Path, version: int, waiting: Iterable[bytes]) -> None:
    """A file as the program of format ``version`` left it, made by nothing but its own SQL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in (*sql.DURABLE, *sql.EVERY_CONNECTION):
            db.execute(pragma)
        db.execute("BEGIN")
        for migration in sql.MIGRATIONS[:version]:
            for statement in migration:
                db.execute(statement)
        db.execute("INSERT INTO boot (ordinal, name) VALUES (1, ?)", (BOOT,))
        db.executemany(
            "INSERT INTO message (rank, kind, camera, expires_s, stored_s, crc, body) "
            "VALUES (?, 'read', 'cam0', NULL, 0.0, ?, ?)",
            [
                (pack(1, seq, hit=seq % 5 == 0), zlib.crc32(body), body)
                for seq, body in enumerate(waiting, 1)
            ],
        )
        db.execute(f"PRAGMA user_version={version}")
        db.execute("COMMIT")


def found_in(path: Path) -> dict[int, bytes]:
    feed = SpoolFeed(path, count=Tally())
    try:
        return {m.seq: m.body for m in feed.pending(1_000_000, 0.0) if m.boot == BOOT}
    finally:
        feed.close()


def start(path: Path) -> Spool:
    spool = Spool(SpoolSettings(path=path), clock=ManualClock(), count=Tally())
    spool.open()
    return spool


@pytest.mark.parametrize("version", range(1, sql.VERSION + 1))
def test_what_waits_in_a_file_of_an_earlier_version_is_all_there_after_the_upgrade(
    version: int, tmp_path: Path, count: Count, publish: Publish
) -> None:
    waiting = bodies(count(1000, 10_000))
    path = tmp_path / "spool.db"
    make_file(path, version, waiting)
    start(path).close()
    found = found_in(path)
    lost = sum(found.get(seq) != body for seq, body in enumerate(waiting, 1))
    publish("REL-13", f"format {version} to {sql.VERSION}", messages=len(waiting), lost=lost)
    assert lost == 0
    assert len(found) == len(waiting)


def test_a_later_version_takes_over_and_this_one_then_refuses_without_touching_the_file(
    tmp_path: Path, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = bodies(count(1000, 10_000))
    path = tmp_path / "spool.db"
    make_file(path, sql.VERSION, waiting)
    with monkeypatch.context() as later:
        later.setattr(sql, "MIGRATIONS", NEXT)
        later.setattr(sql, "VERSION", len(NEXT))
        start(path).close()
        assert len(found_in(path)) == len(waiting)
    before = path.read_bytes()
    for opener in (start, found_in):
        with pytest.raises(SpoolError, match="later version"):
            opener(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.glob("*damaged*")] == []


@pytest.mark.parametrize("version", range(1, sql.VERSION))
def test_what_waits_is_all_there_for_an_earlier_program_after_the_downgrade(
    version: int, tmp_path: Path, count: Count, publish: Publish
) -> None:
    """The earlier program is nothing but its own SQL here; then comes the upgrade again."""
    waiting = bodies(count(1000, 10_000))
    path = tmp_path / "spool.db"
    make_file(path, sql.VERSION, waiting)
    database.downgrade(path, version)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        found = {
            rank & 0xFFFFFFFFFF: body for rank, body in db.execute("SELECT rank, body FROM message")
        }
    lost = sum(found.get(seq) != body for seq, body in enumerate(waiting, 1))
    start(path).close()
    again = found_in(path)
    lost += sum(again.get(seq) != body for seq, body in enumerate(waiting, 1))
    publish(
        "REL-13", f"format {sql.VERSION} to {version} and back", messages=len(waiting), lost=lost
    )
    assert lost == 0


def test_a_power_cut_during_the_upgrade_leaves_the_one_or_the_other(
    fast_folder: Path, count: Count, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = bodies(120)
    original = fast_folder / "original" / "spool.db"
    make_file(original, sql.VERSION - 1, waiting)
    given = {(BOOT, seq): body for seq, body in enumerate(waiting, 1)}
    ledger = Ledger(given=given, acknowledged=set(given))
    steps = _steps_of_upgrade(original, fast_folder / "counted", monkeypatch)
    cuts = count(40, 1000)
    lost = upgraded = 0
    for seed in range(cuts):
        rng = random.Random(seed)
        folder = fast_folder / str(seed)
        first = 1 if seed % 2 else steps - _LAST_STEPS
        image = _cut(original, folder / "live", rng.randrange(first, steps), rng, monkeypatch)
        upgraded += _version(image, folder / "looked") == sql.VERSION
        outcome = recover(image, ledger, folder / "found")
        lost += outcome.lost + outcome.false + outcome.damaged
        shutil.rmtree(folder)
    publish("REL-13", "power cut during the upgrade", cuts=cuts, cut_after_it=upgraded, lost=lost)
    assert 0 < upgraded < cuts, "the control: some cuts come before, some after the decisive moment"
    assert lost == 0


def _steps_of_upgrade(original: Path, live: Path, patch: pytest.MonkeyPatch) -> int:
    steps = 0

    def before(_step: str, _name: str) -> None:
        nonlocal steps
        steps += 1

    with spool_on(CardVFS(_holding(original, live), before), patch):
        start(live / "spool.db")
        return steps


def _cut(
    original: Path, live: Path, steps: int, rng: random.Random, patch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    left = steps
    card = _holding(original, live)

    def before(_step: str, _name: str) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise PowerCut

    with spool_on(CardVFS(card, before), patch), pytest.raises(PowerCut):
        start(live / "spool.db")
    return card.after_cut(rng)


def _holding(original: Path, live: Path) -> Card:
    """A card on which the file has been for long."""
    live.mkdir(parents=True)
    shutil.copy(original, live / "spool.db")
    card = Card()
    card.put("spool.db", original.read_bytes())
    return card


def _version(image: dict[str, bytes], folder: Path) -> int:
    folder.mkdir()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    with closing(sqlite3.connect(folder / "spool.db")) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
