"""This file lets the reads of one pass vote, character by character: looks -> one text with a confidence.

The reads are aligned to the one that agrees best with all others (Needleman and Wunsch 1970, on the texts); per
position their distributions are averaged, weighted by their scores; a read that has no character there votes for
"nothing". No single frame can decide against several that agree. Pure functions; no state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from edge_alpr.plates import ALPHABET, edit_distance
from edge_alpr.types import PlateRead, Vote

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_WEIGHT = 0.01
"""Even a read without any score of its own is a witness of the plate's length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteSettings:
    """Letting the reads of one vehicle vote."""

    ambiguous_ratio: Annotated[float, Ge(0), Le(1)] = 0.25
    """A result is called ambiguous when its best alternative has at least this share of its confidence."""
    max_alternatives: Annotated[int, Ge(0)] = 3
    """How many other texts are reported beside the best one."""


def vote(reads: Sequence[PlateRead], settings: VoteSettings) -> Vote | None:
    """One result from the reads of one plate, in any order; None if none of them has a text."""
    # Sorted, so that sums of floats do not depend on the order in which the frames came.
    ballots = sorted((r for r in reads if r.text), key=lambda r: (r.text, r.score))
    if not ballots:
        return None
    weights = np.array([max(r.score, MIN_WEIGHT) for r in ballots])
    shares = weights / weights.sum()
    reference = _reference([r.text for r in ballots], shares)
    table, presence = _tally(reference, ballots, shares)
    scores = table / table.sum(axis=1, keepdims=True)
    keep = presence >= 0.5
    text = "".join(ALPHABET[k] for k in scores[keep].argmax(axis=1))
    if not text:
        return None
    certainty = np.where(keep, presence * scores.max(axis=1), 1 - presence)
    confidence = float(np.prod(certainty))
    alternatives = _alternatives(scores[keep], confidence, settings.max_alternatives)
    ambiguous = bool(alternatives) and alternatives[0][1] >= settings.ambiguous_ratio * confidence
    agree = sum(r.text == text for r in ballots)
    return Vote(
        text,
        scores[keep].astype(np.float32),
        confidence,
        alternatives,
        ambiguous,
        len(ballots),
        agree,
    )


def _reference(texts: list[str], shares: NDArray[np.float64]) -> str:
    """The text with the smallest weighted edit distance to all: the one the others are laid beside."""
    distances = {
        a: float(sum(s * edit_distance(a, b) for b, s in zip(texts, shares, strict=True)))
        for a in set(texts)
    }
    return min(distances, key=lambda t: (round(distances[t], 9), t))


def _tally(
    reference: str, ballots: Sequence[PlateRead], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted sums of distributions ``(L, 36)`` and the share of reads that have a character there ``(L,)``."""
    table = np.full((len(reference), len(ALPHABET)), 1e-9)
    presence = np.zeros(len(reference))
    for read, share in zip(ballots, shares, strict=True):
        for position, index in enumerate(align(reference, read.text)):
            if index is not None:
                table[position] += share * read.scores[index]
                presence[position] += share
    return table, np.minimum(presence, 1.0)


def align(reference: str, text: str) -> list[int | None]:
    """For each character of ``reference`` the index of its partner in ``text``, or None (global alignment)."""
    rows, columns = len(reference) + 1, len(text) + 1
    cost = np.zeros((rows, columns), np.int32)
    cost[:, 0] = np.arange(rows)
    cost[0] = np.arange(columns)
    for i in range(1, rows):
        for j in range(1, columns):
            cost[i, j] = min(
                cost[i - 1, j - 1] + (reference[i - 1] != text[j - 1]),
                cost[i - 1, j] + 1,
                cost[i, j - 1] + 1,
            )
    partners: list[int | None] = [None] * len(reference)
    i, j = len(reference), len(text)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + (reference[i - 1] != text[j - 1]):
            i, j = i - 1, j - 1
            partners[i] = j
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return partners


def _alternatives(
    scores: NDArray[np.float64], confidence: float, most: int
) -> tuple[tuple[str, float], ...]:
    """The texts that differ in one character, best first."""
    order = np.argsort(-scores, axis=1, kind="stable")
    best = [ALPHABET[k] for k in order[:, 0]]
    found = []
    for position, (first, second) in enumerate(order[:, :2]):
        chance = confidence * float(scores[position, second] / scores[position, first])
        text = "".join([*best[:position], ALPHABET[second], *best[position + 1 :]])
        found.append((text, chance))
    found.sort(key=lambda item: (-item[1], item[0]))
    return tuple((text, chance) for text, chance in found[:most] if chance >= 0.001)
