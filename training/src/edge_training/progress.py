"""Shows how far a long run is: a bar that redraws itself on a terminal, a line now and then in a log file."""

from __future__ import annotations

import sys
import time
from typing import TextIO

BAR = 30
"""Characters."""

REDRAW_SECONDS = 0.5
LINES = 20
"""In a file that is no terminal, so many lines for the whole run."""


class Progress:
    """Progress of one run from ``first`` to ``total``. Where it stands is told by `at`."""

    def __init__(self, what: str, total: int, first: int = 0, out: TextIO = sys.stderr) -> None:
        self._what, self._total, self._first, self._out = what, total, first, out
        self._started = self._drawn = time.monotonic()
        self._line = self._nth_line(first)

    def at(self, done: int, note: str = "") -> None:
        """Say that ``done`` of the total are done; cheap enough to be called for each one."""
        now = time.monotonic()
        if self._out.isatty():
            if now - self._drawn >= REDRAW_SECONDS or done >= self._total:
                self._drawn = now
                end = "\n" if done >= self._total else ""
                self._out.write(f"\r\x1b[K{self.text(done, now - self._started, note)}{end}")
                self._out.flush()
        elif self._nth_line(done) > self._line:
            self._line = self._nth_line(done)
            self._out.write(self.text(done, now - self._started, note) + "\n")
            self._out.flush()

    def text(self, done: int, seconds: float, note: str = "") -> str:
        """The line for ``done`` after ``seconds``: bar, share, count, time that is left."""
        share = min(1.0, done / self._total) if self._total else 1.0
        full = round(share * BAR)
        advance = done - self._first
        left = (
            f"{seconds / advance * (self._total - done) / 60:.0f} min left" if advance > 0 else ""
        )
        bar = "#" * full + "." * (BAR - full)
        parts = [f"{self._what} [{bar}] {share:4.0%}", f"{done:,} of {self._total:,}", left, note]
        return "  ".join(part for part in parts if part)

    def _nth_line(self, done: int) -> int:
        return done * LINES // max(1, self._total)
