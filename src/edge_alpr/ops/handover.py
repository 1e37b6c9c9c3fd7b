"""This file hands bytes from one half of a unit to the other: a file in the runtime directory, which is in memory.

Whoever writes replaces it as a whole, so that nobody reads half of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class HandOverFile:
    """One file. Every method may raise `OSError`, but a missing file is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None

    def put(self, content: bytes) -> bool:
        """Write it, for its owner only; False if the same bytes are there already."""
        if self.read(len(content)) == content:
            return False
        temporary = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.replace(self.path)
        return True

    def read(self, most: int) -> bytes | None:
        """What is there, up to one byte more than ``most``; None if there is nothing."""
        try:
            with self.path.open("rb") as file:
                return file.read(most + 1)
        except FileNotFoundError:
            return None

    def changed(self) -> bool:
        """Whether there is a file, and another than at the last question."""
        try:
            facts = self.path.stat()
        except FileNotFoundError:
            self._seen = None
            return False
        mark = facts.st_mtime_ns, facts.st_size, facts.st_ino
        before, self._seen = self._seen, mark
        return mark != before
