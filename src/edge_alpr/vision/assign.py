"""This file pairs rows with columns: as many pairs as are allowed, and of those ways the one that costs least.

Shortest augmenting paths with potentials (Kuhn 1955; Jonker and Volgenant 1987, Computing 38), written out for the
handful of plates in one frame, where a library would cost more to import than it saves. Against taking the nearest pair
first it pays where it matters: two plates of unknown speed, one behind the other, of which the second now stands where
the first was. Pure function; O(n^3) for n plates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DEAR = 1e6
"""Costs more than all allowed pairs together: a pair that is not allowed is taken only where a row needs a partner."""


def assign(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The best pairs of row and column, in order of rows.

    Args:
        costs: one row each, all of the same length; 0 or more, ``inf`` for a pair that is not allowed.
    """
    if not costs or not costs[0]:
        return []
    turned = len(costs) > len(costs[0])
    table = [list(column) for column in zip(*costs, strict=True)] if turned else costs
    partners = _solve([[min(cost, DEAR) for cost in row] for row in table])
    pairs = [(row, column) for row, column in enumerate(partners) if table[row][column] < math.inf]
    return sorted((column, row) for row, column in pairs) if turned else pairs


def _solve(costs: list[list[float]]) -> list[int]:
    """The column of each row, for at most as many rows as columns."""
    rows, columns = len(costs), len(costs[0])
    row_price = [0.0] * rows
    column_price = [0.0] * (columns + 1)
    owner: list[int | None] = [None] * (columns + 1)  # the last column is where each new row starts
    for row in range(rows):
        owner[columns] = row
        column = columns
        least = [math.inf] * columns
        came_from = [columns] * columns
        tried = [False] * (columns + 1)
        while (holder := owner[column]) is not None:
            tried[column] = True
            step, nearest = math.inf, columns
            for other in range(columns):
                if tried[other]:
                    continue
                cost = costs[holder][other] - row_price[holder] - column_price[other]
                if cost < least[other]:
                    least[other], came_from[other] = cost, column
                if least[other] < step:
                    step, nearest = least[other], other
            for other in range(columns + 1):
                if not tried[other]:
                    if other < columns:
                        least[other] -= step
                    continue
                column_price[other] -= step
                held = owner[other]
                if held is not None:
                    row_price[held] += step
            column = nearest
        while column != columns:
            owner[column] = owner[came_from[column]]
            column = came_from[column]
        owner[columns] = None
    found = [0] * rows
    for column, holder in enumerate(owner[:columns]):
        if holder is not None:
            found[holder] = column
    return found
