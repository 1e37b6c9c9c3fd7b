"""Reads a plain local hotlist, and tells whether a text is on it: exactly, or but for characters that look alike.

One plate a line, optionally a comma and the reason; ``#`` starts a line of comment; a first line ``plate,reason`` is
taken for a heading. Spaces, dashes and dots in a plate do not count, neither does case. The list stays in memory, and
no message of an error or a log quotes an entry: it is named by its line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from edge_alpr.errors import PolicyError, Problem
from edge_alpr.passes import likeness
from edge_alpr.plates import ALPHABET, LOOK_ALIKES, MAX_LENGTH, Plate, normalise
from edge_alpr.policy.decide import Match

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edge_alpr.types import CharScores

MAX_FILE_BYTES: Final = 16 << 20
_MAX_REASON: Final = 200
_MAX_TOLD: Final = 20
_SEPARATORS: Final = " -.\t·"
_ONE_FOR_ALL: Final = str.maketrans(
    {character: group[0] for group in LOOK_ALIKES for character in group}
)

MatchClass: TypeAlias = Literal["exact", "confusable"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a hotlist."""

    text: str = field(repr=False)
    reason: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Hotlist:
    """Entries that can be looked up in a time that does not depend on their number."""

    name: str
    version: str
    """Changes when the file's content does."""
    _entries: dict[str, list[Entry]] = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, name: str, version: str, entries: Iterable[Entry]) -> Hotlist:
        """A list from entries with normalised texts."""
        by_look: dict[str, list[Entry]] = {}
        for entry in entries:
            by_look.setdefault(_look(entry.text), []).append(entry)
        return cls(name, version, by_look)

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    @property
    def state(self) -> None:
        """Nobody signed it."""
        return

    def matches(self, text: str, scores: CharScores) -> tuple[Match, ...]:
        """The entries that a text may mean, exact ones first, as the policy wants to know them."""
        return tuple(
            Match(
                list=self.name,
                list_version=self.version,
                entry=f"line {entry.line}",
                class_=how,
                purpose=None,
                reason=entry.reason,
                confidence=likeness(entry.text, text, scores),
                expires_s=None,
            )
            for entry, how in self.find(text)
        )

    def find(self, text: str) -> list[tuple[Entry, MatchClass]]:
        """The entries that a normalised text may mean, exact ones first."""
        found = self._entries.get(_look(text), [])
        classed: list[tuple[Entry, MatchClass]] = [
            (entry, "exact" if entry.text == text else "confusable") for entry in found
        ]
        return sorted(classed, key=lambda pair: pair[1] != "exact")


NO_HOTLIST: Final = Hotlist("none", "none")


def load_hotlist(path: Path) -> Hotlist:
    """Read a list.

    Raises:
        PolicyError: it cannot be read, or lines of it are wrong; all of them are named with what to do.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise PolicyError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB: not a hotlist")
        lines = raw.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise PolicyError(f"{path}: the hotlist cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise PolicyError(f"{path}:{row}: not UTF-8 text: save the hotlist as UTF-8") from None
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        parsed = _parse(line, number)
        if isinstance(parsed, Entry):
            entries.append(parsed)
        elif parsed is not None:
            problems.append(Problem(f"{path}:{number}", "", parsed))
    if problems:
        told = [str(problem) for problem in problems[:_MAX_TOLD]]
        if len(problems) > _MAX_TOLD:
            told.append(f"{path}: and {len(problems) - _MAX_TOLD} more lines")
        raise PolicyError("\n".join(told))
    return Hotlist.of(path.stem[:64], hashlib.sha256(raw).hexdigest()[:12], entries)


def _parse(line: str, number: int) -> Entry | str | None:
    """An entry, what is wrong, or None where there is nothing."""
    plate, _, reason = (part.strip() for part in line.partition(","))
    if line.startswith("#") or not line.strip():
        return None
    if number == 1 and (plate.lower(), reason.lower()) == ("plate", "reason"):
        return None
    bare = plate.upper().translate({ord(separator): None for separator in _SEPARATORS})
    if "#" in plate:
        return "a comment must have a line of its own, starting with #"
    if any(character not in ALPHABET for character in bare):
        return (
            "only A-Z and 0-9 can be read: write the plate as the camera reads it (for Ö write O)"
        )
    if not 2 <= len(bare) <= MAX_LENGTH:
        return f"a plate has 2 to {MAX_LENGTH} characters, this one {len(bare)}: one plate a line"
    if len(reason) > _MAX_REASON:
        return f"a reason has at most {_MAX_REASON} characters, this one {len(reason)}: shorten it"
    return Entry(Plate(normalise(bare)), reason or None, number)


def _look(text: str) -> str:
    """The text with each character written as the first of those that look like it."""
    return text.translate(_ONE_FOR_ALL)
