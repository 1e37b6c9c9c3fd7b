"""Shows the demo's outcome: a line for each read as it is stored, the table at the end, and the picture sheet."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.commands.demo.children import DemoError
from edge_alpr.scene.sheet import BAD, DOUBTFUL, GOOD, Tile, draw_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_alpr.commands.demo.verdict import Outcome, Read, Verdict
    from edge_alpr.types import Colour

_GREEN, _YELLOW, _RED, _PLAIN = "\033[32m", "\033[33m", "\033[31m", "\033[0m"
_TABLE: Final = "{:<10}  {:<10}  {:<8} {:>6}  {:<11}  {:<5}  {:>8}  {:>6}  {:>9}"


def print_head() -> None:
    print()
    print(
        f"{'stored':<10}  {'confidence':>10}  {'plate':>6}  {'frames':>6}  {'last frame to store':>19}"
    )


def print_read(read: Read, known: bool) -> None:
    """One read, as it comes; green if it is exactly the text of a pass."""
    text = f"{read.text:<10}"
    print(
        f"{_paint(text, _GREEN if known else _YELLOW)}  {read.confidence:>10.2f}  "
        f"{read.plate_px:>3.0f} px  {read.frames:>6}  {read.latency_s:>17.2f} s",
        flush=True,
    )


def print_table(outcome: Outcome) -> None:
    """Truth against read, one line a pass, and what else was read."""
    print()
    print(
        _TABLE.format(
            "truth", "read", "verdict", "conf.", "region", "light", "plate", "frames", "latency"
        )
    )
    for verdict in outcome.verdicts:
        read, truth = verdict.read, verdict.truth
        colour = _RED if read is None else _YELLOW if verdict.wrong else _GREEN
        line = _TABLE.format(
            truth.text,
            "-" if read is None else read.text,
            verdict.words,
            "" if read is None else f"{read.confidence:.2f}",
            truth.region,
            truth.light,
            f"{truth.best_width_px:.0f} px",
            "" if read is None else read.frames,
            "" if read is None else f"{read.latency_s:.2f} s",
        )
        print(_paint(line, colour))
    for text, reads in (("read again", outcome.again), ("no such plate", outcome.strays)):
        for read in reads:
            print(f"{'-':<10}  {read.text:<10}  {text}  {read.confidence:.2f}")


def summarise(outcome: Outcome) -> str:
    """``9 of 10 passes right, 1 missing; median 0.61 s from last frame to store``."""
    verdicts = outcome.verdicts
    right = sum(verdict.wrong == 0 for verdict in verdicts)
    missing = sum(verdict.read is None for verdict in verdicts)
    told = (
        (len(verdicts) - right - missing, "with a wrong character"),
        (missing, "missing"),
        (len(outcome.again), "read twice"),
        (len(outcome.strays), "read that did not drive by"),
    )
    words = f"{right} of {len(verdicts)} passes right"
    words += "".join(f", {count} {what}" for count, what in told if count)
    latencies = [verdict.read.latency_s for verdict in verdicts if verdict.read is not None]
    if latencies:
        words += f"; median {float(np.median(latencies)):.2f} s from last frame to store"
    return words


def write_sheet(path: Path, clip: Path, verdicts: Sequence[Verdict], subtitle: str) -> None:
    """The picture sheet as PNG: the best frame of every pass, outlined and captioned.

    Raises:
        DemoError: the clip cannot be read again, or the sheet cannot be written.
    """
    frames = _frames(clip, {verdict.frame for verdict in verdicts})
    tiles = [_tile(verdict, frames[verdict.frame]) for verdict in verdicts]
    sheet = draw_sheet("edge-alpr demo", subtitle, tiles)
    if not cv2.imwrite(str(path), sheet):
        raise DemoError(f"{path}: cannot be written")


def _tile(verdict: Verdict, picture: Colour) -> Tile:
    truth, read = verdict.truth, verdict.read
    place = f"{truth.region}  {truth.light}"
    if read is None:
        corners = truth.corners[truth.best_frame]
        return Tile(picture, corners, "not read", f"truth {truth.text}  {place}", BAD)
    note = f"truth {truth.text}  {place}  conf {read.confidence:.2f}  {read.latency_s:.2f} s"
    return Tile(picture, read.corners, read.text, note, DOUBTFUL if verdict.wrong else GOOD)


def _frames(clip: Path, wanted: set[int]) -> dict[int, Colour]:
    capture = cv2.VideoCapture(str(clip))
    found: dict[int, Colour] = {}
    try:
        for number in range(max(wanted, default=-1) + 1):
            there, picture = capture.read()
            if not there:
                break
            if number in wanted:
                found[number] = picture.astype(np.uint8, copy=False)
    finally:
        capture.release()
    if missing := wanted - found.keys():
        raise DemoError(f"{clip}: frames {sorted(missing)} cannot be read again")
    return found


def _paint(text: str, colour: str) -> str:
    return f"{colour}{text}{_PLAIN}" if sys.stdout.isatty() else text
