"""This file holds what the checks ask the machine: its clock, its files below a root, and its programs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge_alpr.ops.clock import ClockQuality, SystemClock, clock_quality
from edge_alpr.types import Clock

PROGRAM_S: Final = 10.0
"""So long a program may take to answer."""


def answer_of(*words: str) -> str | None:
    """What a program prints; None if it is missing, fails, or does not answer in time."""
    try:
        done = subprocess.run(words, capture_output=True, timeout=PROGRAM_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A machine. Tests give another root, clock, and answers."""

    root: Path = Path("/")
    """Where ``sys``, ``proc`` and ``run`` are."""
    clock: Clock = field(default_factory=SystemClock)
    kernel_clock: Callable[[], ClockQuality] = clock_quality
    ask: Callable[..., str | None] = answer_of
    look_s: float = 3.0
    """For how long the camera is looked through."""
    echo_s: float = 10.0
    """For how long a collector's receipt is waited for."""
    time_server: str | None = None
    """``host[:port]`` to compare the clock with, instead of what the time service names."""

    def read(self, path: str) -> str | None:
        """The text of a small file below the root; None if there is none that can be read."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip("\0 \n")
        except OSError:
            return None
