"""REL-11: a thread that hangs in a running camera half: the watchdog's sign stops, and a new process reads on.

The part of systemd is played: it aborts the process when the sign is missing, and starts it again.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.notify_socket import NotifySocket
from fixtures.eventually import eventually
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = (sys.executable, "-m", "faults.stuck")
_SIGN = "WATCHDOG=1"
_TESTS = Path(__file__).parents[1]


@pytest.fixture
def notify() -> Iterator[NotifySocket]:
    notify = NotifySocket()
    yield notify
    notify.close()


@pytest.mark.parametrize("where", ["vision", "capture"])
def test_a_thread_that_hangs_stops_the_sign_and_a_new_process_reads_on(
    where: str, notify: NotifySocket, tmp_path: Path
) -> None:
    config = write_unit(tmp_path / "unit", "mqtt://127.0.0.1:9", tmp_path)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")]),
        "HANG": str(tmp_path),
        "NOTIFY_SOCKET": notify.address,
        "WATCHDOG_USEC": "900000",
    }
    environment.pop("WATCHDOG_PID", None)

    def since_stuck() -> list[str]:
        return list(
            dropwhile(lambda m: not (m.startswith("STATUS=stuck") and where in m), told_since())
        )

    def told_since() -> list[str]:
        return notify.messages[hung:]

    hung = 0
    with RunningUnit(config, "--only", "camera", program=_PROGRAM, environment=environment) as unit:
        unit.wait_for("vision.frames", 5)
        assert eventually(lambda: _SIGN in notify.messages)
        (tmp_path / where).touch()
        hung = len(notify.messages)
        # Told every quarter of a second; the sign would come with every second one.
        assert eventually(lambda: len(since_stuck()) >= 5), unit.log
        assert _SIGN not in since_stuck()
        unit.signal(signal.SIGABRT)
        assert unit.wait() == -signal.SIGABRT
    (tmp_path / where).unlink()
    hung = len(notify.messages)
    with RunningUnit(config, "--only", "camera", program=_PROGRAM, environment=environment) as unit:
        assert eventually(lambda: _SIGN in told_since()), unit.log
        unit.wait_for("vision.frames", 5)
        unit.signal()
        # The socket is read while it ends: a full one would hold it up.
        assert eventually(lambda: bool(notify.messages) and unit.process.poll() is not None)
        assert unit.wait() == 0
