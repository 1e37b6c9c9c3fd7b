"""Any order of append, commit, crash, send, deliver, expire and shed, against a model of what must be there."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fixtures.spool_bench import SpoolBench

if TYPE_CHECKING:
    from edge_alpr.types import Spooled

ROOM = 80_000
"""Small enough to be filled by a dozen bodies."""


class SpoolMachine(RuleBasedStateMachine):
    """``kept`` are messages that the spool must still hold: committed, not delivered, not expired.

    The model does not know which message the bound will hit; it checks that whatever is missing was counted, was no
    hit while others were left, and was older than what remained.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="spool-"))
        self.crashes = 0
        self.given_up: set[int] = set()
        """Numbers of what was shed, of all starts; bodies carry a number of their own."""
        self.kept: dict[bytes, tuple[bool, int, float | None]] = {}
        self.queued: dict[bytes, tuple[bool, int, float | None]] = {}
        self.appended = 0
        self.dead: list[SpoolBench] = []
        self.bench = self._start(self.root / "0")

    def teardown(self) -> None:
        for bench in [*self.dead, self.bench]:
            bench.feed.close()
            bench.spool._file.close()
        shutil.rmtree(self.root)

    def _start(self, folder: Path) -> SpoolBench:
        bench = SpoolBench(folder / "spool.db", max_bytes=ROOM)
        bench.spool.open()
        return bench

    @property
    def now_s(self) -> float:
        return self.bench.clock.now().utc_s

    def _all(self) -> list[Spooled]:
        """What is stored, expired or not."""
        return self.bench.feed.pending(10_000, -1.0)

    @rule(
        hits=st.lists(st.booleans(), min_size=1, max_size=5),
        size=st.sampled_from([10, 2000, 9000]),
        life_s=st.sampled_from([None, 1.0, 60.0]),
    )
    def append(self, hits: list[bool], size: int, life_s: float | None) -> None:
        expires_s = None if life_s is None else self.now_s + life_s
        for hit in hits:
            self.appended += 1
            body = b"%06d" % self.appended + bytes(size)
            self.bench.put(body, hit=hit, expires_s=expires_s)
            self.queued[body] = (hit, self.appended, expires_s)

    @rule()
    def commit(self) -> None:
        before = self.bench.tally.copy()
        assert self.bench.spool.flush(0)
        counted = sum(
            self.bench.tally[name] - before[name] for name in ("spool.shed", "spool.lost_full")
        )
        expected = self.kept | self.queued
        present = {message.body for message in self._all()}
        missing = expected.keys() - present
        assert present <= expected.keys()
        assert len(missing) == counted
        others_left = [expected[body][1] for body in present if not expected[body][0]]
        for body in missing:
            hit, number, _ = expected[body]
            if hit:
                assert not others_left, "a hit was given up while others were kept"
                assert body in self.queued, "a stored hit was given up"
            else:
                assert all(number < other for other in others_left), "not the oldest was given up"
        self.given_up |= {expected[body][1] for body in missing}
        self.kept = {body: what for body, what in expected.items() if body in present}
        self.queued = {}

    @rule()
    def crash(self) -> None:
        """The process dies: another one opens what is in the files at this moment. The queue is lost."""
        self.crashes += 1
        folder = self.root / str(self.crashes)
        shutil.copytree(self.bench.path.parent, folder)
        (folder / "spool.db-shm").unlink(missing_ok=True)
        clock = self.bench.clock
        self.dead.append(self.bench)
        self.bench = self._start(folder)
        self.bench.clock.at = clock.at
        self.queued = {}

    @rule(most=st.integers(1, 5))
    def deliver(self, most: int) -> None:
        batch = self.bench.feed.pending(most, self.now_s)
        self.bench.feed.delivered(batch)
        for message in batch:
            del self.kept[message.body]

    @rule(data=st.data())
    def deliver_out_of_order(self, data: st.DataObject) -> None:
        """Acknowledgements come in any order."""
        batch = self.bench.feed.pending(5, self.now_s)
        if batch:
            message = data.draw(st.sampled_from(batch))
            self.bench.feed.delivered([message, message])
            del self.kept[message.body]

    @rule()
    def expire(self) -> None:
        over = [
            b for b, (_, _, at_s) in self.kept.items() if at_s is not None and at_s <= self.now_s
        ]
        assert self.bench.feed.expire(self.now_s) == len(over)
        for body in over:
            self.given_up.add(self.kept.pop(body)[1])

    @rule(seconds=st.sampled_from([0.5, 30.0]))
    def pass_time(self, seconds: float) -> None:
        self.bench.clock.pass_s(seconds)

    @precondition(lambda self: self.kept)
    @rule()
    def the_uplink_starts_again(self) -> None:
        self.bench.feed.close()

    @invariant()
    def all_that_was_committed_is_there_in_order(self) -> None:
        in_order = sorted(self.kept, key=lambda body: (not self.kept[body][0], self.kept[body][1]))
        assert [message.body for message in self._all()] == in_order

    @invariant()
    def nothing_expired_is_given_out(self) -> None:
        for message in self.bench.feed.pending(10_000, self.now_s):
            assert message.expires_s is None or message.expires_s > self.now_s

    @invariant()
    def every_loss_is_noted(self) -> None:
        """And nothing else is: as many numbers as were given up, and none of what is still there."""
        losses = self.bench.spool.losses()
        assert sum(loss.messages or 0 for loss in losses) == len(self.given_up)
        for message in self._all():
            assert not any(
                loss.boot == message.boot and loss.first <= message.seq <= loss.last
                for loss in losses
            )

    @invariant()
    def the_bound_is_kept(self) -> None:
        assert self.bench.feed.depth().bytes <= ROOM


TestSpoolStates = SpoolMachine.TestCase
TestSpoolStates.settings = settings(max_examples=60, stateful_step_count=40)
