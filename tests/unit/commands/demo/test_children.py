"""Child processes of the demo: their death is told, and none outlives it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from edge_alpr.commands.demo import children
from edge_alpr.commands.demo.children import Child, DemoError

if TYPE_CHECKING:
    from pathlib import Path

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_child_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('the camera is upside down'); sys.exit(3)"
    with Child("the unit", python(code), tmp_path / "log") as child:
        child.process.wait(30)
        with pytest.raises(DemoError, match=r"the unit ended with status 3(.|\n)*upside down"):
            child.check()


def test_a_child_that_runs_is_no_error_and_is_ended(tmp_path: Path) -> None:
    with Child("the unit", python("import time; time.sleep(60)"), tmp_path / "log") as child:
        child.check()
        assert child.running()
    assert child.process.returncode == -signal.SIGTERM


def test_a_child_is_ended_when_an_error_passes(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError),
        Child("x", python("import time; time.sleep(60)"), tmp_path / "log") as child,
    ):
        raise RuntimeError
    assert not child.running()
    with pytest.raises(ProcessLookupError):
        os.kill(child.process.pid, 0)


def test_a_child_that_will_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "END_S", 0.05)
    with Child("x", python(STUBBORN), tmp_path / "log", listen=True) as child:
        assert child.process.stdout is not None
        assert child.process.stdout.readline() == "ready\n"
    assert child.process.returncode == -signal.SIGKILL


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="cannot start the broker"):
        Child("the broker", [str(tmp_path / "nothing")], tmp_path / "log")
