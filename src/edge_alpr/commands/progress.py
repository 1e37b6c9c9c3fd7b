"""This file draws a progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
WIDTH = 30


def progress(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Yield the items, and show on standard error how many of them are done."""
    if not sys.stderr.isatty() or total < 2:
        yield from items
        return
    for done, item in enumerate(items):
        filled = WIDTH * done // total
        bar = "█" * filled + "·" * (WIDTH - filled)
        print(f"\r{what} {bar} {done}/{total}", end="", file=sys.stderr, flush=True)
        yield item
    print(f"\r{' ' * (len(what) + WIDTH + 24)}\r", end="", file=sys.stderr, flush=True)
