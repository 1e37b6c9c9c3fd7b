"""The workers' lives: started sink first, ended source first, and no failure or standstill stays unseen."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import SourceError
from edge_alpr.ops.supervisor import EXIT_BUG, EXIT_OK, EXIT_SECOND_SIGNAL, Supervisor, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge_alpr.types import StopSignal
    from fakes.notify_socket import NotifySocket

LONG_S = 60.0


@pytest.fixture(autouse=True)
def _quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_alpr.ops.supervisor.TURN_S", 0.005)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Set at the end of the test: lets go of workers that are stuck on purpose."""
    event = threading.Event()
    yield event
    event.set()


class Diary:
    """What the workers did, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def patient(self, name: str) -> Worker:
        """A worker that works until it is stopped."""

        def run(stop: StopSignal, beat: Callable[[], None]) -> None:
            self.lines.append(f"{name} starts")
            while not stop.wait(0.002):
                beat()
            self.lines.append(f"{name} ends")

        return Worker(name, run, stale_s=LONG_S)

    def doing(self, name: str, work: Callable[[], None], *, stale_s: float = LONG_S) -> Worker:
        """A worker that does one thing and ends."""

        def run(_stop: StopSignal, _beat: Callable[[], None]) -> None:
            self.lines.append(f"{name} starts")
            work()

        return Worker(name, run, stale_s=stale_s)


def wait_for(condition: Callable[[], bool]) -> None:
    """In a worker: until it is so; the test's own time-out bounds it."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.002)


# ------------------------------------------------------------------ the orderly end


def test_a_worker_that_hangs_in_its_driver_is_left_behind_and_that_is_no_failure(
    release: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary()
    taking = threading.Event()  # what the sink waits for: the source's mailbox

    def take(_stop: StopSignal, _beat: Callable[[], None]) -> None:
        taking.wait()
        diary.lines.append("sink ends")

    hanging = diary.doing("camera", lambda: wait_for(release.is_set))
    hanging.stop_s, hanging.abandon = 0.01, taking.set
    ended = diary.doing("over", lambda: wait_for(lambda: "camera starts" in diary.lines))
    supervisor = Supervisor([Worker("sink", take, stale_s=LONG_S), hanging, ended])
    assert supervisor.run() == EXIT_OK
    assert supervisor.left_behind
    assert "sink ends" in diary.lines
    assert "camera hangs; it is left behind" in caplog.text


def test_a_worker_that_ends_in_time_is_not_left_behind() -> None:
    diary = Diary()
    patient, ended = diary.patient("camera"), diary.doing("over", lambda: None)
    patient.abandon = lambda: diary.lines.append("abandoned")
    supervisor = Supervisor([patient, ended])
    assert supervisor.run() == EXIT_OK
    assert not supervisor.left_behind
    assert "abandoned" not in diary.lines


def test_a_worker_is_woken_once_its_stop_signal_is_set() -> None:
    diary = Diary()
    woken = threading.Event()
    seen: list[bool] = []
    sleeper = diary.doing("sleeper", lambda: wait_for(woken.is_set))

    def interrupt() -> None:
        seen.append(sleeper.stop.is_set())
        woken.set()

    sleeper.interrupt = interrupt
    assert Supervisor([sleeper, diary.doing("over", lambda: None)]).run() == EXIT_OK
    assert seen == [True]


def test_when_a_recording_is_over_the_workers_end_source_first() -> None:
    diary = Diary()
    workers = [
        diary.patient("uplink"),
        diary.patient("spool"),
        diary.patient("vision"),
        diary.doing("source", lambda: wait_for(lambda: len(diary.lines) == 4)),
    ]
    assert Supervisor(workers).run() == EXIT_OK
    assert sorted(diary.lines[:4]) == [
        "source starts",
        "spool starts",
        "uplink starts",
        "vision starts",
    ]
    assert diary.lines[4:] == ["vision ends", "spool ends", "uplink ends"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_workers_source_first(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    diary = Diary()
    workers = [diary.patient("sink"), diary.patient("source")]

    def kill() -> None:
        wait_for(lambda: len(diary.lines) == 2)
        os.kill(os.getpid(), number)

    killer = threading.Thread(target=kill)
    before = signal.getsignal(number)
    killer.start()
    assert Supervisor(workers).run() == EXIT_OK
    killer.join()
    assert diary.lines[2:] == ["source ends", "sink ends"]
    assert signal.getsignal(number) is before, "the handler of before must be put back"
    assert f"{number.name}: finishing what is in hand" in capfd.readouterr().err


def test_the_signals_handler_takes_no_lock_that_its_own_thread_may_hold() -> None:
    """It interrupts the main thread anywhere, also inside the event's wait: a lock there would never come free."""
    supervisor = Supervisor([])
    with supervisor._woken._cond:  # type: ignore[attr-defined]
        supervisor._on_signal(signal.SIGTERM, None)
    assert supervisor._signals == 1


def test_a_worker_is_left_until_its_work_is_settled() -> None:
    """The recording is over, but the uplink still has three messages: it is stopped after the last."""
    diary = Diary()
    left = [3]

    def run(stop: StopSignal, beat: Callable[[], None]) -> None:
        while not stop.wait(0.002):
            beat()
            if left[0] and "source starts" in diary.lines:
                left[0] -= 1
        diary.lines.append(f"uplink ends with {left[0]} left")

    uplink = Worker("uplink", run, stale_s=LONG_S, settled=lambda: left[0] == 0)
    assert Supervisor([uplink, diary.doing("source", lambda: None)]).run() == EXIT_OK
    assert diary.lines == ["source starts", "uplink ends with 0 left"]


def test_a_signal_ends_the_wait_for_what_will_not_settle() -> None:
    diary = Diary()
    asked: list[bool] = []

    def settled() -> bool:
        asked.append(True)
        if len(asked) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return False

    sink = diary.patient("sink")
    sink.settled = settled
    assert Supervisor([sink, diary.doing("source", lambda: None)]).run() == EXIT_OK
    assert diary.lines[-1] == "sink ends"


# ------------------------------------------------------------------ failures


def test_a_workers_failure_ends_all_and_gives_70(caplog: pytest.LogCaptureFixture) -> None:
    diary = Diary()

    def fail() -> None:
        raise SourceError("clip.mp4: no such file")

    workers = [diary.patient("sink"), diary.doing("source", fail)]
    assert Supervisor(workers).run() == EXIT_BUG == 70
    assert diary.lines[-1] == "sink ends"
    (record,) = caplog.records
    assert record.getMessage() == "source failed: clip.mp4: no such file"
    assert record.exc_info is None, "a known error needs no traceback"


@pytest.mark.parametrize("bug", [ZeroDivisionError("by a bug"), SystemExit(0), KeyboardInterrupt()])
def test_a_workers_bug_ends_all_and_gives_70_with_its_traceback(
    bug: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary()

    def fail() -> None:
        raise bug

    workers = [diary.patient("sink"), diary.doing("source", fail)]
    assert Supervisor(workers).run() == EXIT_BUG
    assert diary.lines[-1] == "sink ends"
    (record,) = caplog.records
    assert record.levelno == logging.CRITICAL
    assert record.getMessage() == "source failed by a bug"
    assert record.exc_info is not None
    assert record.exc_info[1] is bug


def test_after_a_failure_nothing_waits_to_be_settled() -> None:
    diary = Diary()

    def fail() -> None:
        raise SourceError("gone")

    sink = diary.patient("sink")
    sink.settled = lambda: False
    assert Supervisor([sink, diary.doing("source", fail)]).run() == EXIT_BUG


def test_a_worker_that_does_not_end_in_time_is_named_and_gives_70(
    release: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary()

    def run(_stop: StopSignal, _beat: Callable[[], None]) -> None:
        release.wait(LONG_S)

    stuck = Worker("vision", run, stale_s=LONG_S, stop_s=0.02)
    workers = [diary.patient("sink"), stuck, diary.doing("source", lambda: None)]
    assert Supervisor(workers).run() == EXIT_BUG
    assert diary.lines[-1] == "sink ends", "the others are ended all the same"
    assert "vision did not end within" in caplog.text


# ------------------------------------------------------------------ what systemd is told


def before_the_end(messages: list[str]) -> list[str]:
    return messages[: messages.index("STOPPING=1\nSTATUS=stopping")]


def test_systemd_hears_of_the_start_the_life_and_the_end(notify: NotifySocket) -> None:
    diary = Diary()
    seen = lambda: "WATCHDOG=1" in notify.messages  # noqa: E731
    workers = [diary.patient("sink"), diary.doing("source", lambda: wait_for(seen))]
    Supervisor(workers).run()
    told = before_the_end(notify.messages)
    assert told[0] == "READY=1\nSTATUS=running"
    assert "WATCHDOG=1" in told


def test_a_stuck_worker_stops_the_watchdogs_sign_and_is_named(notify: NotifySocket) -> None:
    diary = Diary()
    seen = lambda: notify.messages.count("STATUS=stuck: vision") >= 3  # noqa: E731
    workers = [diary.patient("sink"), diary.doing("vision", lambda: wait_for(seen), stale_s=0.0)]
    Supervisor(workers).run()
    told = before_the_end(notify.messages)
    assert "STATUS=stuck: vision" in told
    assert "WATCHDOG=1" not in told


def test_a_worker_that_moves_again_gets_its_sign_again(
    notify: NotifySocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock is moved by hand, so that nothing depends on how fast the test runs."""
    now = [1000.0]
    monkeypatch.setattr("edge_alpr.ops.supervisor.time.monotonic", lambda: now[0])

    def run(_stop: StopSignal, beat: Callable[[], None]) -> None:
        wait_for(lambda: "WATCHDOG=1" in notify.messages)
        now[0] += 100
        wait_for(lambda: "STATUS=stuck: vision" in notify.messages)
        signs = notify.messages.count("WATCHDOG=1")
        beat()
        wait_for(lambda: notify.messages.count("WATCHDOG=1") > signs)

    assert Supervisor([Worker("vision", run, stale_s=50.0)]).run() == EXIT_OK


# ------------------------------------------------------------------ the second signal

STUBBORN = """
import threading
from edge_alpr.ops.supervisor import Supervisor, Worker

def run(stop, beat):
    print("started", flush=True)
    threading.Event().wait()

Supervisor([Worker("stubborn", run, stale_s=600, stop_s=600)]).run()
"""


def test_the_second_signal_leaves_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGTERM)
        assert process.stderr.readline() == "SIGTERM: finishing what is in hand\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == "second signal: leaving at once\n"
        assert process.wait(LONG_S) == EXIT_SECOND_SIGNAL == 130


def test_a_signal_is_heeded_though_nobody_reads_standard_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_number: int, _words: bytes) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(os, "write", broken)
    supervisor = Supervisor([])
    supervisor._on_signal(signal.SIGTERM, None)
    assert supervisor._signals == 1
