"""This file looks after standard input, output and error: closed, full, or with names on them that are no UTF-8."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from edge_alpr.ops.logs import mask_plates


def open_streams() -> None:
    """Make all three usable.

    A stream that whoever started us has closed goes nowhere, as otherwise the next file that is opened would take its
    number, and what is printed would end up in the spool. A character that an output cannot show is shown escaped.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(
                os.open(os.devnull, os.O_RDWR), True
            )  # takes the lowest free number: this
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the process's life
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """Standard output cannot be written: what still waits for it goes nowhere, so that the end is not disturbed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(words: str, *, masked: bool) -> None:
    """Words on standard error, if it can be written; ``masked`` blots out what looks like a plate."""
    with contextlib.suppress(OSError):
        print(mask_plates(words) if masked else words, file=sys.stderr, flush=True)
