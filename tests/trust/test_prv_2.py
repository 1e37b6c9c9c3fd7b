"""PRV-2: no text of a plate is in memory for longer than the policy's cap, and after a stall nothing older gets out."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.eventually import eventually
from fixtures.soak import SOAK
from fixtures.unit import RunningUnit, write_unit
from trust.planted_unit import TESTS

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.recordings import Stills
    from fixtures.soak import Count, Publish

pytestmark = pytest.mark.model

NOBODY = "mqtt://127.0.0.1:9"
CAP_S = 3.0 if SOAK else 1.2
"""The shortest cap stalls soonest; a soak takes the law's."""


def stall(
    folder: Path, stills: Stills, cap_s: float | None, stalls: int, stall_s: float
) -> list[dict[str, Any]]:
    """What a unit noted that was stopped for ``stall_s`` so many times, under a bench policy with a cap."""
    folder.mkdir()
    policy = {} if cap_s is None else {"ram_s": cap_s}
    config = write_unit(folder, NOBODY, stills.play_to(folder / "road", 1), policy=policy)
    notes = folder / "notes"
    notes.touch()
    environment = {
        **os.environ,
        "NOTES": str(notes),
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
    }
    program = (sys.executable, "-m", "trust.stalled")

    def noted(what: str) -> list[dict[str, Any]]:
        lines = notes.read_text(encoding="utf-8").split("\n")[:-1]
        return [each for line in lines if (each := json.loads(line))["what"] == what]

    with RunningUnit(config, "--only", "camera", program=program, environment=environment) as unit:
        for _ in range(stalls):
            before = len(noted("decision"))

            def goes_on(least: int = before + 2) -> bool:
                return len(noted("decision")) >= least or unit.process.poll() is not None

            assert eventually(goes_on), unit.log
            # A plate's text is in memory now: it is stopped between a look and its decision.
            assert eventually(lambda: noted("memory")[-1]["age_s"] > 0.0 or goes_on(10**9))
            unit.signal(signal.SIGSTOP)
            time.sleep(stall_s)
            unit.signal(signal.SIGCONT)
        before = len(noted("decision"))
        assert eventually(lambda: goes_on(before + 2)), unit.log
        unit.signal()
        unit.wait()
    return [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]


def out(notes: list[dict[str, Any]]) -> list[float]:
    """The ages of what was let out."""
    return [
        each["age_s"] for each in notes if each["what"] == "decision" and each["action"] != "drop"
    ]


def test_after_a_stall_nothing_older_than_the_cap_is_read_or_gets_out(
    stills_folder: Stills, tmp_path: Path, count: Count, publish: Publish
) -> None:
    stalls, stall_s = (1, 600.0) if SOAK else (2, 1.7)
    notes = stall(tmp_path / "unit", stills_folder, CAP_S, stalls, stall_s)
    looked = [each["age_s"] for each in notes if each["what"] == "frame"]
    memory = sorted(each["age_s"] for each in notes if each["what"] == "memory")
    publish(
        "PRV-2",
        f"stopped {stalls} times for {stall_s:g} s, cap {CAP_S:g} s",
        frames=len(looked),
        oldest_frame_looked_at_s=round(max(looked), 3),
        let_out=len(out(notes)),
        oldest_let_out_s=round(max(out(notes)), 3),
        let_out_over_the_cap=sum(age > CAP_S for age in out(notes)),
        longest_in_memory_s=round(memory[-1], 3),
    )
    assert len(out(notes)) >= 2
    assert [age for age in looked if age > CAP_S] == []
    assert [age for age in out(notes) if age > CAP_S] == []
    if SOAK:  # on a machine with nothing else to do, by the clock on the wall
        assert memory[-1] <= CAP_S


def test_control_without_the_cap_what_was_in_memory_before_the_stall_gets_out(
    stills_folder: Stills, tmp_path: Path, publish: Publish
) -> None:
    """A bench policy allows 180 s."""
    notes = stall(tmp_path / "unit", stills_folder, None, 2, CAP_S + 0.5)
    late = [age for age in out(notes) if age > CAP_S]
    publish("PRV-2", "control: no cap", let_out=len(out(notes)), over_the_cap=len(late))
    assert late
