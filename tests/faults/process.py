"""Runs `faults.passing` to its end, under whatever makes its life hard, and keeps what it said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from edge_alpr.spool.feed import SpoolFeed
from fakes.tally import Tally
from faults.recorded import TESTS

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Said:
    """What a process claimed."""

    boot: str = ""
    safe: int = 0
    """All its messages up to this number are stored, or counted as given up."""
    safe_at_s: list[tuple[float, int]] = field(default_factory=list)
    """Monotonic seconds of each claim that was more than the one before."""
    counts: dict[str, Any] = field(default_factory=dict)
    """At an orderly end."""


class Passing:
    """A process while inside ``with``; leaving kills it."""

    def __init__(self, spool: Path, *options: str, under: tuple[str, ...] = ()) -> None:
        self.said = Said()
        command = [*under, sys.executable, "-m", "faults.passing", str(spool), *options]
        self._process = subprocess.Popen(
            command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._listener = threading.Thread(target=self._listen, name="passing")
        self._listener.start()

    def wait(self) -> int:
        """Its exit status."""
        status = self._process.wait(timeout=300)
        self._listener.join()
        return status

    def kill(self) -> None:
        self._process.kill()
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.kill()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        with self._process.stdout as out, self._process.stderr:
            for line in out:
                match line.split(maxsplit=1):
                    case ["boot", rest]:
                        self.said.boot = rest.split()[0]
                    case ["safe", number] if int(number) > self.said.safe:
                        self.said.safe = int(number)
                        self.said.safe_at_s.append((time.monotonic(), self.said.safe))
                    case ["end", counts]:
                        self.said.counts = json.loads(counts)


def stored_of(spool: Path, boot: str) -> set[int]:
    """The numbers of a boot's messages that can be delivered."""
    feed = SpoolFeed(spool, count=Tally())
    try:
        return {m.seq for m in feed.pending(1_000_000, 0.0) if m.boot == boot}
    finally:
        feed.close()
