"""Finds what is wrong with the entries of a list before anybody signs it: what a unit would refuse, and what harms.

A misread plate has stopped the wrong people at gunpoint. So what looks like another entry, like very many plates, or
like part of a plate is told here, where somebody can still look it up.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from edge_alpr.hotlist.index import fold_looks
from edge_alpr.hotlist.limits import EntryRules, Repeats, asked_by
from edge_alpr.hotlist.refusal import ENTRY_WORDS
from edge_alpr.hotlist.rows import NO_REASON
from edge_alpr.message.hotlist import MOST_ENTRIES
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.plates import LOOK_ALIKES, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge_alpr.hotlist.rows import Row
    from edge_alpr.message.hotlist import Entry
    from edge_alpr.policy.rules import Rules

SHORT: Final = 4
"""Texts with fewer characters are part of many plates, and of lettering that is no plate."""
MANY: Final = 1000
"""So many texts that look like an entry are too many for a person to rule out."""

Level: TypeAlias = Literal["refused", "look"]

_ALIKE: Final = {character: len(group) for group in LOOK_ALIKES for character in group}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about one line. Holds no plate."""

    line: int
    level: Level
    """``refused``: a unit leaves the entry out. ``look``: it counts, and somebody should look at it again."""
    code: str
    words: str


def lint(
    rows: Sequence[Row], rules: Rules, now_s: float, *, approved: bool = False
) -> list[Remark]:
    """All that is to be said, in the order of the lines.

    Args:
        rows: as `rows.read_rows` gives them.
        rules: of the units that the list is for.
        now_s: UTC seconds.
        approved: whether the list will bear a second signature.
    """
    remarks = [*_refused(rows, rules, now_s, approved=approved), *_to_look_at(rows)]
    return sorted(remarks, key=lambda remark: (remark.line, remark.code))


def sound_entries(rows: Sequence[Row], remarks: Sequence[Remark]) -> list[Entry]:
    """The entries that no unit under these rules would leave out."""
    refused = {remark.line for remark in remarks if remark.level == "refused"}
    return [row.entry for row in rows if row.entry is not None and row.line not in refused]


def _refused(
    rows: Sequence[Row], rules: Rules, now_s: float, *, approved: bool
) -> Iterator[Remark]:
    each = EntryRules(rules, now_s, approved=approved)
    sound: list[tuple[int, Entry]] = []
    for row in rows:
        if row.entry is None:
            code = "wildcard" if row.wildcard else "malformed"
            yield Remark(row.line, "refused", code, row.wrong)
        elif row.entry.reason_code == NO_REASON:
            yield Remark(row.line, "refused", "no_reason", "no reason_code")
        elif (reason := each.refusal(row.entry)) is not None:
            yield Remark(row.line, "refused", reason, ENTRY_WORDS[reason])
        else:
            sound.append((row.line, row.entry))
    over = Repeats().too_many(
        [asked_by(entry) for _, entry in sound],
        [to_seconds(entry.created) for _, entry in sound],
        [each.is_approved(entry) for _, entry in sound],
        rules.lists.max_repeats,
    )
    for n in sorted(over):
        yield Remark(sound[n][0], "refused", "repeated", ENTRY_WORDS["repeated"])
    for line, _ in sound[MOST_ENTRIES:]:
        yield Remark(line, "refused", "too_many", f"a list has at most {MOST_ENTRIES} entries")


def _to_look_at(rows: Sequence[Row]) -> Iterator[Remark]:
    by_look: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        if row.entry is None:
            continue
        plate = row.entry.plate
        by_look[fold_looks(plate)].append((row.line, plate))
        yield from _about_one(row.line, row.entry)
    for alike in by_look.values():
        first_line, first = alike[0]
        spelt: dict[str, int] = {first: first_line}
        for line, plate in alike[1:]:
            if plate in spelt:
                told = f"the same plate as in line {spelt[plate]}"
                yield Remark(line, "look", "duplicate", told)
            else:
                told = f"looks like line {first_line}, but for characters such as O and 0: which is it?"
                yield Remark(line, "look", "twin", told)
                spelt[plate] = line


def _about_one(line: int, entry: Entry) -> Iterator[Remark]:
    plate = entry.plate
    if len(plate) < SHORT:
        told = f"{len(plate)} characters are part of many plates"
        yield Remark(line, "look", "short", told)
    alike = math.prod(_ALIKE.get(character, 1) for character in plate)
    if alike > MANY:
        told = f"{alike} texts look like it: a hit will seldom be this vehicle"
        yield Remark(line, "look", "looks_like_many", told)
    others = (entry.case_no, entry.offence_class, entry.entered_by, entry.agency, entry.approved_by)
    if len(plate) > SHORT and any(plate in normalise(other) for other in others if other):
        told = "another field repeats the plate; those fields are told and logged in clear"
        yield Remark(line, "look", "plate_elsewhere", told)
