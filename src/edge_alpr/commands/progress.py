"""This file draws a progress bar on a terminal, and says now and then how far it is where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
WIDTH = 30


def progress(items: Iterable[T], total: int, what: str, *, steps: int = 0) -> Iterator[T]:
    """Yield the items, and show on standard error how many of them are done.

    Where that is no terminal, ``steps`` lines are written on the way instead of a bar: none by default, since what
    a script writes should not be full of them.
    """
    if not sys.stderr.isatty() or total < 2:
        yield from _in_lines(items, total, what, steps)
        return
    for done, item in enumerate(items):
        filled = WIDTH * done // total
        bar = "█" * filled + "·" * (WIDTH - filled)
        print(f"\r{what} {bar} {done}/{total}", end="", file=sys.stderr, flush=True)
        yield item
    print(f"\r{' ' * (len(what) + WIDTH + 24)}\r", end="", file=sys.stderr, flush=True)


def _in_lines(items: Iterable[T], total: int, what: str, steps: int) -> Iterator[T]:
    told = 0
    for done, item in enumerate(items, 1):
        yield item
        if told < done * steps // total:
            told = done * steps // total
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)
