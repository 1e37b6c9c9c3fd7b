"""REL-9: pages of noise in the file at the start. The unit starts, sends nothing false, and says what it lost."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from faults.power import Ledger, give

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish

PAGE = 4096
MESSAGES = 300


@pytest.fixture
def filled(fast_folder: Path) -> tuple[Path, Ledger]:
    """A closed spool and what it holds."""
    path = fast_folder / "filled" / "spool.db"
    ledger, rng = Ledger(), random.Random(0)
    spool = Spool(SpoolSettings(path=path), clock=ManualClock(), count=Tally())
    spool.open()
    for _ in range(MESSAGES):
        give(spool, ledger, rng)
    assert spool.flush(0)
    spool.close()
    return path, ledger


def test_noise_over_random_pages_ends_nothing_and_no_loss_is_hushed_up(
    filled: tuple[Path, Ledger], fast_folder: Path, count: Count, publish: Publish
) -> None:
    original, ledger = filled
    tries = count(40, 1000)
    ends: Counter[str] = Counter()
    for seed in range(tries):
        path = fast_folder / str(seed) / "spool.db"
        path.parent.mkdir()
        shutil.copy(original, path)
        noise = _spoil(path, random.Random(seed))
        ends[_start_on(path, ledger, noise)] += 1
        shutil.rmtree(path.parent)
    publish("REL-9", "noise over 1 to 8 pages", starts=tries, **ends)
    assert ends["set aside"] > tries / 10
    assert ends["set aside"] + ends["some given up"] + ends["nothing lost"] == tries


def _spoil(path: Path, rng: random.Random) -> bytes:
    noise = rng.randbytes(PAGE)
    with path.open("r+b") as file:
        for _ in range(rng.randrange(1, 9)):
            file.seek(rng.randrange(path.stat().st_size // PAGE) * PAGE)
            file.write(noise)
    return noise


def _start_on(path: Path, ledger: Ledger, noise: bytes) -> str:
    """How it ends; fails if it goes on with anything false, or without saying what is missing."""
    tally = Tally()
    spool = Spool(SpoolSettings(path=path), clock=ManualClock(), count=tally)
    feed = SpoolFeed(path, count=tally)
    spool.open()
    seq = spool.append(Outgoing("read", "cam0", None), lambda _seq: b"new")
    spool.commit()  # may be what finds the damage
    assert spool.flush(0), "it does not start"
    found = {(m.boot, m.seq): m.body for m in feed.pending(10_000, 0.0)}
    losses = spool.losses()
    feed.close()
    spool.close()
    assert found.pop((spool.boot, seq)) == b"new"
    assert all(ledger.given.get(key) == body for key, body in found.items()), "it sends noise"
    if tally["spool.damaged"]:
        assert "damaged" in {loss.cause for loss in losses}
        (aside,) = path.parent.glob("*.damaged-*Z")
        assert noise in aside.read_bytes(), "it is kept to be looked at"
        return "set aside"
    missing = len(ledger.given) - len(found)
    assert missing == tally["spool.rotten"]
    assert missing == sum(loss.messages or 0 for loss in losses if loss.cause == "rotten")
    return "some given up" if missing else "nothing lost"
