"""The camera's service is started again, whatever becomes of the page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fixtures.eventually import eventually

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMCTL = """#!/bin/sh
case "$1" in
  is-active) test -e "$FAKE/running" ;;
  stop) rm "$FAKE/running" ;;
  start) touch "$FAKE/running" ;;
esac
"""
PAGE = """
import os, signal
from edge_alpr.aim.pause import paused_service
with paused_service("x.service") as ran:
    print(ran, os.path.exists(os.environ["FAKE"] + "/running"), flush=True)
    if {kill}:
        os.kill(os.getpid(), signal.SIGKILL)
    if {fail}:
        raise RuntimeError("a bug")
"""


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A systemctl that keeps one service's state in a file."""
    (tmp_path / "systemctl").write_text(SYSTEMCTL, encoding="utf-8")
    (tmp_path / "systemctl").chmod(0o755)
    return tmp_path


def page(fake: Path, *, kill: bool = False, fail: bool = False) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"FAKE": str(fake), "PATH": f"{fake}:{os.environ['PATH']}"}
    code = PAGE.format(kill=kill, fail=fail)
    words = [sys.executable, "-c", code]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def test_a_service_that_runs_is_stopped_and_started_again(fake: Path) -> None:
    (fake / "running").touch()
    done = page(fake)
    assert (done.returncode, done.stdout) == (0, "True False\n")
    assert (fake / "running").exists()


def test_it_is_started_again_after_a_bug_of_the_page(fake: Path) -> None:
    (fake / "running").touch()
    assert page(fake, fail=True).returncode == 1
    assert (fake / "running").exists()


def test_it_is_started_again_when_the_page_is_killed(fake: Path) -> None:
    (fake / "running").touch()
    assert page(fake, kill=True).returncode == -signal.SIGKILL
    assert eventually((fake / "running").exists)


def test_a_service_that_does_not_run_is_left_alone(fake: Path) -> None:
    assert page(fake).stdout == "False False\n"
    assert not (fake / "running").exists()
