"""Cuts the power of a working spool at a random step and looks what the card still holds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from edge_alpr.errors import SpoolError
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from faults.card_vfs import CardVFS, PowerCut, spool_on

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from faults.card import Card

Key: TypeAlias = tuple[str, int]
"""Boot and sequence number."""

STEPS: Final = 3000
"""Within so many steps on the card the power goes: from the first creation of the file to some hundred commits."""


@dataclass(slots=True)
class Ledger:
    """What a spool was given, what it said was safe, and what was let go of on purpose."""

    given: dict[Key, bytes] = field(default_factory=dict)
    acknowledged: set[Key] = field(default_factory=set)
    let_go: set[Key] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a spool finds when it starts again, held against the ledger."""

    acknowledged: int
    lost: int
    """Acknowledged, not let go of, and not there."""
    false: int
    """There, but never given, or with other bytes."""
    damaged: bool
    """The file was set aside or cannot be opened."""
    goes_on: bool
    """A new message can be stored."""


def cut_power(seed: int, card: Card, folder: Path, patch: pytest.MonkeyPatch) -> Outcome:
    """One life of a spool on ``card``, one cut, one recovery by the shipped SQLite in ``folder``."""
    rng = random.Random(seed)
    left = rng.randrange(1, STEPS)
    ledger = Ledger()

    def before(_step: str, _name: str) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise PowerCut

    live = folder / "live"
    live.mkdir(parents=True)
    with spool_on(CardVFS(card, before), patch):
        try:
            while True:
                one_boot(live / "spool.db", ledger, rng)
        except PowerCut:
            pass
    return recover(card.after_cut(rng), ledger, folder / "found")


def one_boot(path: Path, ledger: Ledger, rng: random.Random, rounds: int = 40) -> None:
    """Start, store and let go of messages for a while, stop in order."""
    spool = Spool(SpoolSettings(path=path), clock=ManualClock(), count=Tally())
    feed = SpoolFeed(path, count=Tally())
    spool.open()
    for _ in range(rng.randrange(1, rounds)):
        for _ in range(rng.randrange(1, 20)):
            give(spool, ledger, rng)
        if spool.commit():
            take_acknowledged(spool, ledger)
        if rng.random() < 0.4:
            gone = feed.pending(rng.randrange(1, 60), 0.0)
            ledger.let_go |= {(message.boot, message.seq) for message in gone}
            feed.delivered(gone)
    feed.close()
    spool.close(0.0)


def give(spool: Spool, ledger: Ledger, rng: random.Random) -> None:
    """Append one message of 300 to 3000 bytes; one in five is a hit."""
    hit = rng.random() < 0.2
    body = rng.randbytes(rng.randrange(300, 3000))
    seq = spool.append(Outgoing("alert" if hit else "read", "cam0", None, hit), lambda _seq: body)
    ledger.given[spool.boot, seq] = body


def take_acknowledged(spool: Spool, ledger: Ledger) -> None:
    """Note what the spool says is stored."""
    ledger.acknowledged |= {(spool.boot, seq) for seq in range(1, spool.stored_through + 1)}


def recover(image: dict[str, bytes], ledger: Ledger, folder: Path) -> Outcome:
    """Start the product on what a card holds."""
    folder.mkdir(parents=True)
    for name, content in image.items():
        (folder / name).write_bytes(content)
    tally = Tally()
    path = folder / "spool.db"
    spool = Spool(SpoolSettings(path=path), clock=ManualClock(), count=tally)
    feed = SpoolFeed(path, count=tally)
    try:
        spool.open()
        found = {(m.boot, m.seq): m.body for m in feed.pending(1_000_000, 0.0)}
        seq = spool.append(Outgoing("read", "cam0", None), lambda _seq: b"new")
        goes_on = spool.commit() and any(
            (m.boot, m.seq, m.body) == (spool.boot, seq, b"new")
            for m in feed.pending(1_000_000, 0.0)
        )
    except SpoolError:
        found, goes_on = {}, False
    feed.close()
    spool.close(0.0)
    owed = ledger.acknowledged - ledger.let_go
    return Outcome(
        acknowledged=len(ledger.acknowledged),
        lost=len(owed - found.keys()),
        false=sum(ledger.given.get(key) != body for key, body in found.items())
        + tally["spool.rotten"],
        damaged=tally["spool.damaged"] > 0 or not goes_on,
        goes_on=goes_on,
    )
