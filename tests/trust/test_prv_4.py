"""PRV-4: a year and more of reboots, outages and wrong clocks, and nothing is readable a minute after its end.

The holders' clocks are right, the unit's is not. Whoever copied what went over the wire has it for ever: of those
copies a window read must not open once its time is over, with all keys that are left. In the collector's store nothing
is left then, hits neither; the ciphertext of a hit that somebody copied opens for as long as the agency keeps its key
(docs/sealing.md says so).
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.validate import Validator
from edge_alpr.errors import MessageError
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.link.terms import Arrival
from edge_alpr.message.document import parse_document
from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.epochs import DAY_S
from edge_alpr.seal.open import open_sealed
from edge_alpr.types import Moment
from fakes.keys import UNIT_KEY
from fakes.lists import FakeLists
from fakes.sealing import BEGIN_S, COURT, POLICE_KEY
from fixtures.sealing_unit import SealingUnit, a_sealer, sealing_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.keys.sealing import SealKey
    from edge_alpr.seal.epochs import Epochs
    from fixtures.soak import Count, Publish

HOUR_S = 3600.0
YEAR_S = 365.25 * DAY_S
SLACK_S = 60.0
WANTED = "EDGE742"
RING = KeyRing([Member("o/s/u", UNIT_KEY.public)])


@dataclass
class TwoClocks:
    """The true time, and by how much the unit's is wrong."""

    true_s: float = BEGIN_S
    wrong_by_s: float = 0.0
    mono_s: float = 1000.0

    def now(self) -> Moment:
        """The unit's."""
        return Moment(self.mono_s, self.true_s + self.wrong_by_s)

    def pass_s(self, seconds: float) -> None:
        self.true_s += seconds
        self.mono_s += seconds


@dataclass
class Tally:
    """What became of all that was sealed."""

    created: int = 0
    purged: int = 0
    expired: int = 0
    late_open: int = 0
    late_held: int = 0
    opened_in_time: int = 0
    refused_in_time: int = 0


@dataclass
class World:
    """A unit, a collector, a custodian and an eavesdropper."""

    folder: Path
    days: int
    retain_days: float
    hit_days: float
    seed: int = 1
    destroys: bool = True
    """A custodian who forgets is the control."""
    purges: bool = True
    """A collector that forgets is the other."""
    clock: TwoClocks = field(default_factory=TwoClocks)
    tally: Tally = field(default_factory=Tally)
    copies: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """What went over the wire, with its end."""

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.custody = Custody(self.folder / "epochs")
        self.bundle = self._issue()
        self.store = open_store(f"sqlite:{self.folder / 'reads.db'}")
        self.validator = Validator(RING)
        self.unit = self._boot()
        self.sealer_day = 0

    def run(self, reboots: int, jumps: int) -> Tally:
        hours = self.days * 24
        rebooting = {*self.rng.sample(range(hours), reboots)}
        jumping = {*self.rng.sample(range(hours), jumps)}
        cut_until = right_at = 0
        for hour in range(hours):
            self.clock.pass_s(HOUR_S)
            if hour % (7 * 24) == 0:
                self.bundle = self._issue()
            if hour in rebooting:
                self._reboot()
            if hour in jumping:
                reach_s = self.rng.choice((10 * YEAR_S, 30 * DAY_S))
                self.clock.wrong_by_s = self.rng.uniform(-reach_s, reach_s)
                right_at = hour + self.rng.randrange(1, 12)
            elif hour == right_at:
                self.clock.wrong_by_s = 0.0
            if hour >= cut_until and self.rng.random() < 0.01:
                cut_until = hour + self.rng.randrange(1, 72)
            self._pass_vehicles()
            self._keep_time()
            if hour >= cut_until:
                self._deliver()
            self._look(hour)
        self._wind_up()
        return self.tally

    # ---------------------------------------------------------------- an hour

    def _pass_vehicles(self) -> None:
        self.unit.see(f"AB{self.rng.randrange(10**5):05d}")
        if self.rng.random() < 0.1:
            self.unit.see(WANTED)
        self.unit.spool.commit()

    def _keep_time(self) -> None:
        """What everybody does at the end of something's time."""
        self.tally.expired += self.unit.feed.expire(self.clock.now().utc_s)
        if self.destroys:
            self.custody.destroy(self.clock.true_s)
        if self.purges:
            self.tally.purged += self.store.purge(self.clock.true_s)

    def _deliver(self) -> None:
        waiting = self.unit.pending()
        entries = []
        for message in waiting:
            topic = f"alpr/v1/o/s/u/up/{message.kind}/{message.camera}"
            entry = self.validator.check(Arrival(topic, message.body, 1))
            assert entry is not None
            entries.append(entry)
            document = parse_document(message.body)
            self.copies.append((to_seconds(document["delete_after"]), document))
        assert all(self.store.keep(entries, self.clock.true_s))
        self.unit.feed.delivered(waiting)
        self.tally.created += len(waiting)

    def _look(self, hour: int) -> None:
        """Try what just ended, and a few others, with every key that is left."""
        now_s = self.clock.true_s
        # What arrives after its end, from a unit whose clock was behind, has a minute too: the collector's next purge.
        self._keep_time()
        recent = self.copies[-40:]
        ended = [each for each in recent if each[0] + SLACK_S <= now_s]
        ended += self.rng.sample(self.copies, min(4, len(self.copies)))
        if hour % 24 == 0:
            ended += [each for each in self.copies if 0 <= now_s - each[0] <= 2 * DAY_S]
        for end_s, document in ended:
            self._try(document, end_s)
        self.tally.late_held += self._held_too_long(now_s)

    def _held_too_long(self, now_s: float) -> int:
        """By what the messages themselves say, not by the store's own column."""
        with closing(sqlite3.connect(self.folder / "reads.db")) as db:
            (late,) = db.execute(
                "SELECT count(*) FROM sealed WHERE json_extract(body, '$.delete_after') <= ?",
                (to_text(now_s - SLACK_S),),
            ).fetchone()
        return int(late)

    def _try(self, document: dict[str, Any], end_s: float) -> None:
        over = end_s + SLACK_S <= self.clock.true_s
        if document["class"] == "hit" and over:
            return
        opens = self._opens(document)
        if over:
            self.tally.late_open += opens
        elif opens:
            self.tally.opened_in_time += 1
        else:
            self.tally.refused_in_time += end_s > self.clock.true_s

    def _opens(self, document: dict[str, Any]) -> bool:
        try:
            open_sealed(document, POLICE_KEY, self._key)
        except MessageError:
            return False
        return True

    def _key(self, day: str) -> SealKey | None:
        return self.custody.key(day)

    # ---------------------------------------------------------------- the unit

    def _boot(self) -> SealingUnit:
        policy = sealing_policy(retain_days=self.retain_days, hit_days=self.hit_days)
        return SealingUnit(
            self.folder,
            self.clock,
            a_sealer(lambda _now_s: self.bundle),
            policy,
            lists=FakeLists((f"{WANTED},stolen",), self.clock.true_s),
        )

    def _reboot(self) -> None:
        self.unit.close()
        self.unit = self._boot()

    def _issue(self) -> Epochs:
        return self.custody.issue(
            COURT, self.clock.true_s, retain_s=self.retain_days * DAY_S, days=20
        )

    def _wind_up(self) -> None:
        """Nothing passes any more; all that was kept comes to its end."""
        self.clock.wrong_by_s = 0.0
        self._deliver()
        self.clock.pass_s((max(self.retain_days, self.hit_days) + 40) * DAY_S)
        self._keep_time()
        self._look(0)
        for end_s, document in self.copies:
            self._try(document, end_s)
        self.tally.created += self.tally.expired
        self.unit.close()
        self.store.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is one: thousands of commits would only wait for the disk."""
    memory = Path("/dev/shm")
    where = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as made:
        yield Path(made)


@pytest.fixture
def world(folder: Path, count: Count) -> World:
    return World(folder, count(10, 400), float(count(2, 21)), float(count(3, 30)))


def test_prv_4_nothing_is_readable_a_minute_after_its_end(
    world: World, count: Count, publish: Publish
) -> None:
    reboots, jumps = count(5, 50), count(5, 50)
    tally = world.run(reboots, jumps)
    publish("PRV-4", "retention", days=world.days, reboots=reboots, jumps=jumps, **vars(tally))
    assert (tally.late_open, tally.late_held, tally.refused_in_time) == (0, 0, 0)
    assert tally.opened_in_time > world.days, "the test must be able to read while it may"
    assert tally.purged + tally.expired == tally.created
    assert tally.created > world.days * 12


def test_prv_4_control_keys_that_nobody_destroys_keep_opening(
    folder: Path, publish: Publish
) -> None:
    tally = World(folder, 4, 1.0, 2.0, destroys=False).run(2, 2)
    publish("PRV-4", "control: no key destroyed", late_open=tally.late_open)
    assert tally.late_open > 0
    assert tally.late_held == 0


def test_prv_4_control_a_collector_that_never_purges_holds_too_long(
    folder: Path, publish: Publish
) -> None:
    tally = World(folder, 4, 1.0, 2.0, purges=False).run(2, 2)
    publish("PRV-4", "control: nothing purged", late_held=tally.late_held)
    assert tally.late_held > 0
    assert tally.late_open == 0
    assert tally.purged + tally.expired < tally.created
