"""Keeps the custodian's daily keys in a folder: makes those of the days ahead, and destroys each when its time is over.

Of each day there are two files: ``2026-11-24.key``, the private key, and ``2026-11-24.epoch``, one line with the public
key, ``until=`` and, once it is done, ``destroyed=``. The line stays, so that a day whose key is gone is never given
another one. A promise once made is only ever shortened: units may hold a bundle with the earlier end.

The folder belongs on a disk where what is overwritten is gone, and into no backup: docs/sealing.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import erase, read_public, write_new, write_over
from edge_alpr.keys.sealing import SealKey, SealPublic
from edge_alpr.keys.validity import parse_time
from edge_alpr.message.epochs import MOST_DAYS
from edge_alpr.message.timestamps import to_text
from edge_alpr.seal.envelope import Epoch
from edge_alpr.seal.epochs import DAY_S, Epochs, day_of, day_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AHEAD_DAYS: Final = 35
"""A month of days and some to bring the next bundle."""
State: TypeAlias = Literal["ahead", "in use", "held", "due", "destroyed", "missing"]
"""To come; today's; past and still opening; over and still there; gone as it should; gone before its time."""


@dataclass(frozen=True, slots=True)
class Held:
    """One day of the folder."""

    epoch: Epoch
    destroyed_s: float | None
    state: State


class Custody:
    """The keys in ``folder``, which is made for its owner alone if it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def issue(
        self, custodian: str, now_s: float, *, retain_s: float, days: int = AHEAD_DAYS
    ) -> Epochs:
        """The keys of today and of ``days`` - 1 days after it, made where they are missing.

        Args:
            custodian: ``custodian/name``.
            now_s: UTC seconds.
            retain_s: how long after a day's beginning its key is destroyed.
            days: 1 to `message.epochs.MOST_DAYS`.

        Raises:
            KeyFileError: a file cannot be written, a number makes no sense, or no day is left that could be issued.
        """
        if not 1 <= days <= MOST_DAYS or retain_s < DAY_S:
            raise KeyFileError(
                f"epochs are issued for 1 to {MOST_DAYS} days ahead and kept for a day at least"
            )
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyFileError(f"{self._folder}: {error.strerror}") from None
        wanted = [day_of(now_s + n * DAY_S) for n in range(days)]
        epochs = [epoch for day in wanted if (epoch := self._issued(day, retain_s)) is not None]
        if not epochs:
            raise KeyFileError(f"{self._folder}: the keys of all these days are destroyed")
        return Epochs(custodian, epochs)

    def destroy(self, now_s: float, told: Callable[[Held], None] = lambda _: None) -> list[Held]:
        """Destroy the keys whose time is over; returns what was destroyed, each as it is now.

        ``told`` hears of each once its key is gone and before that is noted: cut off in between, it hears of it again.

        Raises:
            KeyFileError: a file cannot be overwritten; those before it are destroyed.
        """
        done = []
        for path in self._lines():
            if b" destroyed=" in read_public(path):
                continue  # most of them, after a while
            held = self._read(path, now_s)
            if held.state in {"due", "missing"} and now_s >= held.epoch.until_s:
                erase(self._key_file(held.epoch.day))
                gone = Held(held.epoch, now_s, "destroyed")
                told(gone)
                write_over(self._line_file(held.epoch.day), _line(gone), 0o644)
                done.append(gone)
        return done

    def key(self, day: str) -> SealKey | None:
        """The private key of a UTC day; None if it is not there (any more).

        Raises:
            KeyFileError: it is there and cannot be used.
        """
        path = self._key_file(day)
        return SealKey.load(path) if path.exists() else None

    def days(self, now_s: float) -> list[Held]:
        """All days that were ever issued here, the earliest first.

        Raises:
            KeyFileError: the folder or a line cannot be read.
        """
        return [self._read(each, now_s) for each in self._lines()]

    def _lines(self) -> list[Path]:
        try:
            return sorted(each for each in self._folder.iterdir() if each.suffix == ".epoch")
        except OSError as error:
            raise KeyFileError(f"{self._folder}: {error.strerror}") from None

    def _issued(self, day: str, retain_s: float) -> Epoch | None:
        line_file, key_file = self._line_file(day), self._key_file(day)
        until_s = day_start(day) + retain_s
        if line_file.exists():
            known = self._read(line_file, day_start(day))
            if known.destroyed_s is not None or not key_file.exists():
                return None
            if until_s < known.epoch.until_s:
                known = Held(Epoch(day, known.epoch.key, until_s), None, known.state)
                write_over(line_file, _line(known), 0o644)
            return known.epoch
        if key_file.exists():  # cut off between its two files
            key = SealKey.load(key_file)
        else:
            key = SealKey.generate()
            key.save(key_file)
        epoch = Epoch(day, key.public, until_s)
        write_new(line_file, _line(Held(epoch, None, "ahead")), 0o644)
        return epoch

    def _read(self, path: Path, now_s: float) -> Held:
        day = path.stem
        words = read_public(path).decode("utf-8", errors="replace").split()
        named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        try:
            start_s = day_start(day)
            epoch = Epoch(day, SealPublic.parse(words[0]), parse_time(named["until"]))
        except (ValueError, KeyError, IndexError, KeyFileError):
            raise KeyFileError(f"{path}: expected `x25519:... until=...`") from None
        if "destroyed" in named:
            return Held(epoch, parse_time(named["destroyed"]), "destroyed")
        if not self._key_file(day).exists():
            return Held(epoch, None, "missing")
        if now_s >= epoch.until_s:
            return Held(epoch, None, "due")
        if now_s >= start_s + DAY_S:
            return Held(epoch, None, "held")
        return Held(epoch, None, "in use" if now_s >= start_s else "ahead")

    def _key_file(self, day: str) -> Path:
        return self._folder / f"{day}.key"

    def _line_file(self, day: str) -> Path:
        return self._folder / f"{day}.epoch"


def _line(held: Held) -> bytes:
    line = f"{held.epoch.key} until={to_text(held.epoch.until_s)}"
    if held.destroyed_s is not None:
        line += f" destroyed={to_text(held.destroyed_s)}"
    return f"{line}\n".encode()
