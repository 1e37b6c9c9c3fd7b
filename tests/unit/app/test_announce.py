"""When gaps and clocks are told, and that a telling which is lost is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_alpr.app.announce import Announcer
from edge_alpr.errors import SpoolError
from edge_alpr.ops.clock import ClockQuality
from edge_alpr.types import Loss, Moment
from fakes.manual_time import ManualClock, ManualStop

if TYPE_CHECKING:
    from collections.abc import Sequence

BOOT = "00c0ffee"
UNSYNCED = ClockQuality(synced=False, error_ms=None)
SYNCED = ClockQuality(synced=True, error_ms=7.0)


class _World:
    """A spool and the messages that are made, of which ``stored_through`` says how far they are stored."""

    boot = BOOT

    def __init__(self, quality: ClockQuality = SYNCED) -> None:
        self.clock = ManualClock()
        self.quality = quality
        self.stored_through = 0
        self.known: list[Loss] = []
        self.gaps: list[list[Loss]] = []
        self.clocks: list[tuple[float, float | None]] = []
        self.shifts: list[float] = []
        self.failing = False
        notices: Any = _Notices(self)
        self.announcer = Announcer(self, notices, self.clock, lambda: self.quality)

    def losses(self) -> list[Loss]:
        self._check()
        return list(self.known)

    def announced(self, told: Sequence[Loss]) -> None:
        self._check()
        self.known = [loss for loss in self.known if loss not in told]

    def shift_expiry(self, by_s: float) -> None:
        self._check()
        self.shifts.append(by_s)

    def set_clock(self, by_s: float) -> None:
        at = self.clock.at
        self.clock.at = Moment(at.mono_s, at.utc_s + by_s)

    def look(self, after_s: float = 10.0) -> None:
        self.clock.pass_s(after_s)
        self.announcer.look()

    def _check(self) -> None:
        if self.failing:
            raise SpoolError("broken by the test")


class _Notices:
    """Makes numbers instead of messages."""

    def __init__(self, world: _World) -> None:
        self._world = world
        self._seq = 0

    def gap(self, losses: list[Loss], _now: Moment) -> int:
        self._world.gaps.append(losses)
        return self._next()

    def clock(self, _now: Moment, offset_s: float, error_ms: float | None) -> int:
        self._world.clocks.append((offset_s, error_ms))
        return self._next()

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def test_a_loss_is_told_once_and_forgotten_when_the_telling_is_stored() -> None:
    world = _World()
    world.known = [Loss(BOOT, 5, 7, "room")]
    world.look()
    world.look()
    assert world.gaps == [[Loss(BOOT, 5, 7, "room")]]
    assert world.known != [], "not yet: it may still be lost"
    world.stored_through = 1
    world.look()
    assert world.known == []
    world.look()
    assert len(world.gaps) == 1


def test_a_telling_that_was_given_up_itself_is_repeated() -> None:
    world = _World()
    world.known = [Loss(BOOT, 5, 9, "room")]
    world.look()
    world.known.append(Loss(BOOT, 1, 1, "room"))
    world.stored_through = 1
    world.look()
    assert world.gaps[1] == [Loss(BOOT, 5, 9, "room"), Loss(BOOT, 1, 1, "room")]


def test_a_spool_that_sheds_all_the_time_is_told_every_ten_seconds() -> None:
    world = _World()
    for second in range(60):
        world.known.append(Loss(BOOT, 2 * second + 1, 2 * second + 1, "room"))
        world.stored_through = 1000
        world.known = [loss for loss in world.known if loss.first > 10]  # not its own numbers
        world.look(1.0)
    assert 5 <= len(world.gaps) <= 7


def test_nothing_lost_is_nothing_told() -> None:
    world = _World()
    for _ in range(5):
        world.look()
    assert (world.gaps, world.clocks, world.shifts) == ([], [], [])


def test_a_clock_that_becomes_known_is_told_with_what_it_was_set_by() -> None:
    world = _World(UNSYNCED)
    world.look()
    world.set_clock(5000.0)
    world.look()
    assert world.clocks == [], "set, but not known to be right"
    world.quality = SYNCED
    world.look()
    world.look()
    assert world.clocks == [(5000.0, 7.0)]
    assert world.shifts == [5000.0]


def test_a_clock_that_was_known_at_the_start_is_not_told() -> None:
    world = _World(SYNCED)
    world.set_clock(100.0)
    world.look()
    assert world.clocks == []


def test_a_clock_that_is_lost_and_found_is_told_again() -> None:
    world = _World(UNSYNCED)
    for quality in (SYNCED, UNSYNCED, SYNCED):
        world.quality = quality
        world.look()
    assert world.clocks == [(0.0, 7.0), (0.0, 7.0)]
    assert world.shifts == [], "hardly set"


def test_a_spool_that_fails_is_asked_again_and_the_shift_is_made_up_for() -> None:
    world = _World(UNSYNCED)
    world.known = [Loss(BOOT, 5, 7, "room")]
    world.failing = True
    world.quality = SYNCED
    world.set_clock(100.0)
    world.look()
    world.look()
    assert (world.gaps, world.shifts) == ([], [])
    world.failing = False
    world.look()
    assert world.shifts == [100.0]
    assert len(world.gaps) == len(world.clocks) == 1


def test_its_loop_beats_and_ends_when_told() -> None:
    world = _World()
    beats: list[float] = []
    stop = ManualStop(world.clock)

    def beat() -> None:
        beats.append(world.clock.now().mono_s)
        if len(beats) == 3:
            stop.set()

    world.announcer.run(stop, beat)
    assert len(beats) == 3
