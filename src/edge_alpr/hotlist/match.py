"""Looks a read up in a list: equal, equal but for look-alikes, or one edit away. Under a millisecond for 100,000."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge_alpr.hotlist.index import Index
from edge_alpr.passes import likeness
from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_alpr.policy.decide import ListState, Match
from edge_alpr.policy.purposes import Prohibited, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.policy.rules import MatchClass
    from edge_alpr.types import CharScores

MOST_MATCHES: Final = 50
"""As many hits as an event holds."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the line of an entry says, read anew each time it is matched."""

    text: str = field(repr=False)
    purpose: Purpose | Prohibited | None
    """None in a plain list."""
    reason: str | None
    """For the person who looks."""
    expires_s: float | None
    """UTC seconds after which it does not match."""


class Hotlist:
    """The entries of one list. Does not change; what is matched names an entry by its line, never by its plate."""

    def __init__(
        self,
        name: str,
        version: str,
        state: ListState | None,
        index: Index,
        listed: Callable[[int], Listed],
        *,
        lines: Sequence[int] | None = None,
        edits: bool = False,
    ) -> None:
        """
        Args:
            name: of the list; like ``version`` it holds nothing of a plate.
            version: changes with the content.
            state: None where there is no list at all.
            index: of the entries' plates.
            listed: gives the n-th of them.
            lines: the line of each as people count; None for 1, 2, 3 ...
            edits: whether texts one edit away are looked for.
        """
        self.name, self.version, self.state = name, version, state
        self._index, self._listed, self._lines, self._edits = index, listed, lines, edits

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        return f"Hotlist({self.name!r}, {self.version!r}, {len(self)} entries)"

    def called(self, name: str, version: str, state: ListState | None) -> Hotlist:
        """The same entries under another name."""
        return Hotlist(
            name,
            version,
            state,
            self._index,
            self._listed,
            lines=self._lines,
            edits=self._edits,
        )

    def matches(self, text: str, scores: CharScores, /) -> tuple[Match, ...]:
        """The entries that a read may mean: exact ones first, then confusable, then edits, each the likelier first.

        Args:
            text: of 1 to `plates.MAX_LENGTH` characters of `plates.ALPHABET`; anything else matches nothing.
            scores: one row a character.

        Returns:
            At most `MOST_MATCHES`, each with how likely the plate says what the entry does were the text certain.
        """
        if not 1 <= len(text) <= MAX_LENGTH or not _CHARACTERS.issuperset(text):
            return ()
        equal, alike = self._index.alike(text)
        near = self._index.near(text) if self._edits else []
        classes: tuple[tuple[MatchClass, list[int]], ...] = (
            ("exact", equal),
            ("confusable", alike),
            ("edit", near),
        )
        found: list[Match] = []
        for class_, entries in classes:
            chosen = entries[: MOST_MATCHES - len(found)]
            of_class = [self._match(n, class_, text, scores) for n in chosen]
            found += sorted(of_class, key=lambda match: -match.confidence)
        return tuple(found)

    def _match(self, n: int, class_: MatchClass, text: str, scores: CharScores) -> Match:
        entry = self._listed(n)
        same_length = len(entry.text) == len(text)
        return Match(
            list=self.name,
            list_version=self.version,
            entry=f"line {n + 1 if self._lines is None else self._lines[n]}",
            class_=class_,
            purpose=entry.purpose,
            reason=entry.reason,
            confidence=likeness(entry.text, text, scores) if same_length else _doubt(scores),
            expires_s=entry.expires_s,
        )


def _doubt(scores: CharScores) -> float:
    """How unsure the reader was where it was least sure: there it may have seen a character too many, or too few."""
    return min(max(1.0 - float(scores.max(axis=1).min()), 0.0), 1.0)


def _nothing(_: int) -> Listed:
    raise IndexError("an empty list has no entries")


_CHARACTERS: Final = frozenset(ALPHABET)
NO_HOTLIST: Final = Hotlist("none", "none", None, Index(()), _nothing)
