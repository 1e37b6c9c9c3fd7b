"""Goes through the entry lines of a list, keeps those that count, and notes why the others do not."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from edge_alpr.errors import MessageError
from edge_alpr.hotlist.index import Index
from edge_alpr.hotlist.limits import EntryRules, Repeats, asked_by
from edge_alpr.hotlist.refusal import EntryReason
from edge_alpr.hotlist.stored import StoredLines
from edge_alpr.message.hotlist import read_entry
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Sound(NamedTuple):
    """An entry that counts as far as it can be said of it alone."""

    line: int
    span: tuple[int, int]
    plate: str
    purpose: str
    asked_by: int
    created_s: float
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The entries that count, in the order of the list, and the reasons of the others."""

    index: Index = field(repr=False)
    stored: StoredLines = field(repr=False)
    lines: array[int] = field(repr=False)
    """Which entry of the list each is, counted from 1."""
    purposes: Mapping[str, int]
    """How many there are, by what they are for."""
    asked_by: array[int] = field(repr=False)
    created_s: array[float] = field(repr=False)
    """For `limits.Repeats.remember`."""
    refused: Mapping[int, EntryReason] = field(repr=False)
    """The others, counted from 1, and why."""


def gather(document: bytes, start: int, end: int, rules: EntryRules, repeats: Repeats) -> Gathered:
    """The entries in the lines of ``document`` from ``start`` to ``end``."""
    sound: list[_Sound] = []
    refused: dict[int, EntryReason] = {}
    for line, (begin, stop) in enumerate(_lines(document, start, end), 1):
        try:
            entry = read_entry(document[begin:stop])
        except MessageError:
            refused[line] = "malformed"
            continue
        if (reason := rules.refusal(entry)) is not None:
            refused[line] = reason
            continue
        sound.append(
            _Sound(
                line,
                (begin, stop),
                entry.plate,
                entry.reason_code,
                asked_by(entry),
                to_seconds(entry.created),
                rules.is_approved(entry),
            )
        )
    over = repeats.too_many(
        [each.asked_by for each in sound],
        [each.created_s for each in sound],
        [each.approved for each in sound],
        rules.max_repeats,
    )
    refused.update((sound[n].line, "repeated") for n in over)
    kept = [each for n, each in enumerate(sound) if n not in over]
    return Gathered(
        index=Index(each.plate for each in kept),
        stored=StoredLines(document, [each.span for each in kept], complete=not refused),
        lines=array("i", (each.line for each in kept)),
        purposes=Counter(each.purpose for each in kept),
        asked_by=array("q", (each.asked_by for each in kept)),
        created_s=array("d", (each.created_s for each in kept)),
        refused=refused,
    )


def _lines(document: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = document.find(b"\n", start, end)
        yield start, stop
        start = stop + 1
