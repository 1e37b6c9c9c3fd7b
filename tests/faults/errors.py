"""Lets a card fail: writes, syncs and deletions that come back with an error, and what a spool believes afterwards."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import apsw

from edge_alpr.errors import SpoolError
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from faults.card import Card
from faults.card_vfs import FOLDER, CardVFS, spool_on
from faults.power import Ledger, Outcome, give, recover, take_acknowledged

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ROUNDS: Final = 60
_KILLED: Final = 0.05
_IO_ERRORS: Final = {
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "unlink": apsw.SQLITE_IOERR_DELETE,
}


@dataclass(frozen=True, slots=True)
class Failing:
    """What happened on a failing card, and what was found after a power cut that followed."""

    failures: int
    """Steps that came back with an error."""
    recovers: bool
    """Whether all that waited was stored as soon as the card was well again."""
    ill: Outcome
    """After a power cut while it still failed."""
    well: Outcome
    """After a power cut once all was stored."""


class FailingCard:
    """A card whose steps fail with ``probability`` while it is ``ill``.

    ``full`` of the failing writes say that there is no room, the others that the device has an error. A failed sync
    leaves a random part on the card and forgets the rest.
    """

    def __init__(self, rng: random.Random, probability: float, full: float) -> None:
        self.card = Card()
        self.ill = False
        self.failures = 0
        self._rng = rng
        self._probability = probability
        self._full = full

    def before(self, step: str, name: str) -> None:
        if not self.ill or self._rng.random() >= self._probability:
            return
        self.failures += 1
        if step == "sync" and name != FOLDER:
            self.card.fail_sync(name, self._rng)
        if step == "write" and self._rng.random() < self._full:
            raise apsw.FullError("injected: no room")
        error: Any = apsw.IOError(f"injected: {step} of {name}")
        error.extendedresult = _IO_ERRORS[step]
        raise error


def fail_now_and_then(
    seed: int, folder: Path, patch: pytest.MonkeyPatch, *, probability: float, full: float = 0.3
) -> Failing:
    """Use a spool on a card that fails; now and then kill its process; cut the power, once ill and once well again."""
    rng = random.Random(seed)
    failing = FailingCard(rng, probability, full)
    vfs = CardVFS(failing.card, failing.before)
    ledger = Ledger()
    live = folder / "live-0"
    live.mkdir(parents=True)
    with spool_on(vfs, patch):
        spool, feed = _start(live)
        spool.open()
        failing.ill = True
        for number in range(1, rng.randrange(2, ROUNDS)):
            for _ in range(rng.randrange(1, 20)):
                give(spool, ledger, rng)
            spool.commit()
            take_acknowledged(spool, ledger)
            if rng.random() < 0.3:
                _let_go(feed, ledger, rng)
            if rng.random() < _KILLED:
                live = _kill(vfs, spool, feed, live, folder / f"live-{number}")
                spool, feed = _start(live)
        while_ill = failing.card.after_cut(rng)
        owed_then = replace(ledger, acknowledged=set(ledger.acknowledged))
        failing.ill = False
        recovers = spool.flush(0)
        take_acknowledged(spool, ledger)
        when_well = failing.card.after_cut(rng)
    return Failing(
        failing.failures,
        recovers,
        ill=recover(while_ill, owed_then, folder / "ill"),
        well=recover(when_well, ledger, folder / "well"),
    )


def _start(folder: Path) -> tuple[Spool, SpoolFeed]:
    """A process over the folder; it opens the file with its first commit, as after a failure."""
    path = folder / "spool.db"
    settings = SpoolSettings(path=path, waiting_rows=5000)
    return (
        Spool(settings, clock=ManualClock(), count=Tally()),
        SpoolFeed(path, count=Tally()),
    )


def _kill(vfs: CardVFS, spool: Spool, feed: SpoolFeed, live: Path, later: Path) -> Path:
    """The process is gone, the system and what it shows of the files are not: they are found at ``later``."""
    shutil.copytree(live, later)
    vfs.off = True
    feed.close()
    spool.close(0.0)
    vfs.off = False
    return later


def _let_go(feed: SpoolFeed, ledger: Ledger, rng: random.Random) -> None:
    try:
        gone = feed.pending(rng.randrange(1, 60), 0.0)
        ledger.let_go |= {(message.boot, message.seq) for message in gone}
        feed.delivered(gone)
    except SpoolError:
        return
