"""This file lets the reads of one pass vote, character by character: looks -> one text with a confidence.

The reads are aligned to the one that agrees best with all others (Needleman and Wunsch 1970, on the texts). Each of its
characters, and each gap between them, is one place to vote on: the reads' distributions are averaged, weighted by
their scores; a read that has no character there votes for "nothing". No single frame can decide against several that
agree, and doubt about the length is doubt like any other. Pure functions; no state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Le

from edge_alpr.passes import Vote
from edge_alpr.plates import ALPHABET, edit_distance
from edge_alpr.vision.syntax import mean_regions, shift, written_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge_alpr.types import PlateRead

PASS_ODDS = 4.0
"""The reads of a pass are one another's check: what they agree on is likelier than their scores say."""
MIN_WEIGHT = 0.01
"""Even a read without any score of its own is a witness of the plate's length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteSettings:
    """Letting the reads of one vehicle vote."""

    ambiguous_ratio: Annotated[float, Ge(0), Le(1)] = 0.25
    """A result is called ambiguous when its best alternative has at least this share of its confidence."""
    max_alternatives: Annotated[int, Ge(0), Le(20)] = 3
    """How many other texts are reported beside the best one."""


def vote(reads: Sequence[PlateRead], settings: VoteSettings) -> Vote | None:
    """One result from the reads of one plate, in any order; None if none of them has a text."""
    # Sorted, so that sums of floats do not depend on the order in which the frames came.
    ballots = sorted(
        (r for r in reads if r.text), key=lambda r: (r.text, r.score, r.scores.tobytes())
    )
    if not ballots:
        return None
    weights = np.array([max(r.score, MIN_WEIGHT) for r in ballots])
    shares = weights / weights.sum()
    reference = _reference([r.text for r in ballots], shares)
    table, presence = _tally(reference, ballots, shares)
    # Rounded to what is told, before anything is decided by it: two that are equal there must be equal here.
    scores = (table / table.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    keep = presence >= 0.5
    said = [
        ALPHABET[k] if kept else "" for k, kept in zip(scores.argmax(axis=1), keep, strict=True)
    ]
    text = "".join(said)
    if not text:
        return None
    certainty = np.where(keep, presence * scores.max(axis=1), 1 - presence)
    confidence = float(np.prod(certainty))
    rivals = _rivals(said, scores, presence, certainty)
    alternatives = tuple(
        (other, confidence * ratio)
        for other, ratio in rivals[: settings.max_alternatives]
        if confidence * ratio >= 0.001
    )
    ambiguous = bool(alternatives) and alternatives[0][1] >= settings.ambiguous_ratio * confidence
    agree = sum(r.text == text for r in ballots)
    outcome = Vote(
        text,
        scores[keep].astype(np.float32),
        confidence,
        alternatives,
        ambiguous,
        len(ballots),
        agree,
    )
    outcome = shift(outcome, ballots, settings.ambiguous_ratio)
    regions = mean_regions([ballot.regions for ballot in ballots])
    return replace(outcome, syntax=written_as(outcome.text, regions))


def calibrated(outcome: Vote) -> Vote:
    """The vote of a pass with a confidence that is right as often as it says; alternatives share what is left.

    Logistic calibration (Platt 1999) on 106 generated passes of photographed plates gave ``1.38 + 1.05 * logit``: the
    slope is as good as 1, so it is one factor on the odds. ``edge-alpr eval --passes`` shows how well it holds.
    """
    odds = PASS_ODDS * outcome.confidence / max(1 - outcome.confidence, 1e-6)
    confidence = odds / (1 + odds)
    left = (1 - confidence) / max(1 - outcome.confidence, 1e-6)
    others = tuple((text, chance * min(left, 1.0)) for text, chance in outcome.alternatives)
    return replace(outcome, confidence=confidence, alternatives=others)


def _reference(texts: list[str], shares: NDArray[np.float64]) -> str:
    """The text with the smallest weighted edit distance to all: the one the others are laid beside."""
    several = sorted(set(texts))
    if len(several) == 1:
        return several[0]
    apart = {(a, b): edit_distance(a, b) for a in several for b in several}
    distances = {
        a: sum(float(s) * apart[a, b] for b, s in zip(texts, shares, strict=True)) for a in several
    }
    return min(distances, key=lambda t: (round(distances[t], 9), t))


def _tally(
    reference: str, ballots: Sequence[PlateRead], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted sums of distributions ``(2 L + 1, 36)`` and the share of reads that have a character there.

    Places with odd numbers are the L characters of the reference, those with even numbers the gaps around them.
    """
    table = np.full((2 * len(reference) + 1, len(ALPHABET)), 1e-9)
    presence = np.zeros(len(table))
    # Most reads of a pass say the same: each text is laid beside the reference once.
    aligned = {
        text: _places(align(reference, text), len(text)) for text in {read.text for read in ballots}
    }
    for read, share in zip(ballots, shares, strict=True):
        found = aligned[read.text]
        places = list(found)
        table[places] += share * read.scores[list(found.values())]
        presence[places] += share
    return table, np.minimum(presence, 1.0)


def _places(partners: Sequence[int | None], length: int) -> dict[int, int]:
    """Which character of a text of ``length`` votes at which place; of several in one gap the first."""
    position_of = {index: position for position, index in enumerate(partners) if index is not None}
    found: dict[int, int] = {}
    place = 0
    for index in range(length):
        if index in position_of:
            place = 2 * position_of[index] + 1
        elif place % 2:
            place += 1
        found.setdefault(place, index)
    return found


def align(reference: str, text: str) -> list[int | None]:
    """For each character of ``reference`` the index of its partner in ``text``, or None (global alignment)."""
    if reference == text:
        return list(range(len(text)))
    cost = [list(range(len(text) + 1))]
    for i, wanted in enumerate(reference, 1):
        row, above = [i], cost[-1]
        for j, found in enumerate(text, 1):
            row.append(min(above[j - 1] + (wanted != found), above[j] + 1, row[j - 1] + 1))
        cost.append(row)
    partners: list[int | None] = [None] * len(reference)
    i, j = len(reference), len(text)
    while i and j:
        if cost[i][j] == cost[i - 1][j - 1] + (reference[i - 1] != text[j - 1]):
            i, j = i - 1, j - 1
            partners[i] = j
        elif cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return partners


def _rivals(
    said: list[str],
    scores: NDArray[np.float64],
    presence: NDArray[np.float64],
    certainty: NDArray[np.float64],
) -> list[tuple[str, float]]:
    """The texts that differ in one place, best first, each with its chance as a ratio to that of the winner."""
    ratios: dict[str, float] = {}
    order = np.argsort(-scores, axis=1, kind="stable")
    for place, (first, second) in enumerate(order[:, :2]):
        if said[place]:
            options = [
                (ALPHABET[second], presence[place] * scores[place, second]),
                ("", 1 - presence[place]),
            ]
        else:
            options = [(ALPHABET[first], presence[place] * scores[place, first])]
        for other, chance in options:
            text = "".join([*said[:place], other, *said[place + 1 :]])
            ratios[text] = max(ratios.get(text, 0.0), float(chance / certainty[place]))
    return sorted(((t, r) for t, r in ratios.items() if t), key=lambda item: (-item[1], item[0]))
