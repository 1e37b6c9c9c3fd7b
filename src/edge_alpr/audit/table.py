"""Holds the entries of logs as rows that can be asked: which, how many, how much, by what. For `recompute`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row: TypeAlias = dict[str, Any]
"""An entry's facts, with what it is found by: ``@kind``, ``@at``, ``@log``, ``@n``."""


class Table:
    """Rows that can be asked."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def of(self, *kinds: str) -> Table:
        return Table(row for row in self.rows if row["@kind"] in kinds)

    def where(self, holds: Callable[[Row], bool]) -> Table:
        return Table(row for row in self.rows if holds(row))

    def has(self, *names: str) -> Table:
        return Table(row for row in self.rows if all(name in row for name in names))

    def sum(self, name: str) -> int:
        return sum(row.get(name) or 0 for row in self.rows)

    def values(self, name: str) -> set[Any]:
        return {row[name] for row in self.rows if name in row}

    def last_by(self, name: str) -> Table:
        """The last row for each value of a fact; rows are in the order of time."""
        return Table({row[name]: row for row in self.rows}.values())

    def group(self, name: str, weigh: Callable[[Row], int] = lambda _: 1) -> dict[str, int]:
        """A count for each value of a fact, none of them 0."""
        labels = sorted({str(row.get(name, "unnamed")) for row in self.rows})
        sums = {
            label: sum(weigh(row) for row in self.rows if str(row.get(name, "unnamed")) == label)
            for label in labels
        }
        return {label: amount for label, amount in sums.items() if amount > 0}

    def merge(self, name: str) -> dict[str, int]:
        """The sum of a fact that is a tally."""
        tallies = [row[name] for row in self.rows if name in row]
        labels = sorted({label for tally in tallies for label in tally})
        sums = {label: sum(tally.get(label, 0) for tally in tallies) for label in labels}
        return {label: amount for label, amount in sums.items() if amount > 0}

    def __len__(self) -> int:
        return len(self.rows)
