"""Runs the demo's other processes, and makes sure that none of them outlives it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final, Self

from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

END_S: Final = 8.0
"""How long a process may take to end in order before it is killed."""

_TOLD_LINES: Final = 12


class DemoError(EdgeAlprError):
    """The demo cannot go on: something it needs is missing, or a process of it has died."""


class Child:
    """One process; a context manager that ends it. Its standard error goes to a log file."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, *, listen: bool = False
    ) -> None:
        """Start it.

        Args:
            name: what it is called in errors.
            command: program and arguments.
            log: file for its standard error, and for its standard output unless ``listen``.
            listen: make its standard output readable as `output`.

        Raises:
            DemoError: the program cannot be started.
        """
        self.name, self._log = name, log
        with log.open("wb") as out:
            try:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE if listen else out,
                    stderr=out,
                    text=listen,
                )
            except OSError as error:
                raise DemoError(f"cannot start {name} ({command[0]}): {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def running(self) -> bool:
        return self.process.poll() is None

    def check(self) -> None:
        """Raise `DemoError`, with the last lines of its log, if it has ended by itself."""
        if not self.running():
            raise self.died()

    def died(self) -> DemoError:
        """The error that says how it ended and what it said last."""
        said = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = "\n".join(f"    {line}" for line in said[-_TOLD_LINES:]) or "    (nothing)"
        return DemoError(
            f"{self.name} ended with status {self.process.poll()}; its last words in {self._log}:\n{last}"
        )

    def end(self) -> None:
        """Ask it to end, wait, kill it if need be. Does nothing if it has ended."""
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def ourselves(
    verb: str, folder: Path, *arguments: str, listen: bool = False, log: str | None = None
) -> Child:
    """A command of this program as a process of its own; its log is called after the verb, or as ``log`` says."""
    command = [sys.executable, "-m", "edge_alpr", verb, *arguments]
    return Child(f"edge-alpr {verb}", command, folder / f"{log or verb}.log", listen=listen)
