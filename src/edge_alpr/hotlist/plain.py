"""Reads a plain list, which nobody signed and which matches on a bench only: one plate a line.

Optionally a comma and the reason follow; ``#`` starts a line of comment; a first line ``plate,reason`` is taken for a
heading. Spaces, dashes and dots in a plate do not count, neither does case. No message quotes an entry: it is named by
its line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import PolicyError, Problem
from edge_alpr.hotlist.index import Index
from edge_alpr.hotlist.match import Hotlist, Listed
from edge_alpr.plates import ALPHABET, MAX_LENGTH, Plate, normalise

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 16 << 20
_MOST_REASON: Final = 200
_MOST_TOLD: Final = 20
_SEPARATORS: Final = " -.\t·"


@dataclass(frozen=True, slots=True)
class _Line:
    text: str = field(repr=False)
    reason: str | None
    number: int


def is_plain(content: bytes) -> bool:
    """Whether a file is a plain list and not a signed one, which begins with a JSON object."""
    return not content.startswith(b"{")


def read_plain(content: bytes, path: Path, *, edits: bool = False) -> Hotlist:
    """The list in the bytes of ``path``.

    Raises:
        PolicyError: lines of it are wrong; all of them are named, with what to do.
    """
    if len(content) > MOST_BYTES:
        raise PolicyError(f"{path}: larger than {MOST_BYTES >> 20} MiB: not a hotlist")
    try:
        rows = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        place = content[: error.start].count(b"\n") + 1
        raise PolicyError(f"{path}:{place}: not UTF-8 text: save the hotlist as UTF-8") from None
    lines: list[_Line] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, 1):
        parsed = _parse(row, number)
        if isinstance(parsed, _Line):
            lines.append(parsed)
        elif parsed is not None:
            problems.append(Problem(f"{path}:{number}", "", parsed))
    if problems:
        told = [str(problem) for problem in problems[:_MOST_TOLD]]
        if len(problems) > _MOST_TOLD:
            told.append(f"{path}: and {len(problems) - _MOST_TOLD} more lines")
        raise PolicyError("\n".join(told))

    def listed(n: int) -> Listed:
        return Listed(text=lines[n].text, purpose=None, reason=lines[n].reason, expires_s=None)

    return Hotlist(
        path.stem[:64] or "plain",
        hashlib.sha256(content).hexdigest()[:12],
        None,
        Index(line.text for line in lines),
        listed,
        lines=[line.number for line in lines],
        edits=edits,
    )


def _parse(row: str, number: int) -> _Line | str | None:
    """A line, what is wrong with it, or None where there is nothing."""
    plate, _, reason = (part.strip() for part in row.partition(","))
    if row.startswith("#") or not row.strip():
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
    if len(reason) > _MOST_REASON:
        return f"a reason has at most {_MOST_REASON} characters, this one {len(reason)}: shorten it"
    return _Line(Plate(normalise(bare)), reason or None, number)
