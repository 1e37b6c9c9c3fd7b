"""Turns what the databases say of a pass into a `Kept`, and a verdict into its columns; both ask for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_alpr.message.kept import Kept, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COLUMNS: Final = 15
"""Ten of ``passes``, then five of ``verdicts``, which are null where nobody said anything."""


def kept_of(row: Sequence[Any], time: Callable[[Any], str]) -> Kept:
    """A pass. ``time`` writes what a database gives for a time as messages do."""
    unit, name, camera, captured, plate, hit, test, end, stored, body = row[:10]
    verdict, person, at, subject, signed = row[10:COLUMNS]
    return Kept(
        unit=unit,
        id=name,
        camera=camera,
        captured=time(captured),
        plate=plate,
        hit=bool(hit),
        test=bool(test),
        delete_after=None if end is None else time(end),
        stored=time(stored),
        body=body,
        said=None if verdict is None else Said(verdict, person, time(at), subject, signed),
    )


def verdict_row(kept: Kept, said: Said) -> tuple[str, ...]:
    """In the order of the table."""
    return kept.unit, kept.id, said.verdict, said.person, said.at, said.subject, said.signed
