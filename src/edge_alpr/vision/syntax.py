"""This file weighs texts by how a region writes its plates: text + regions -> factor; vote + reads -> vote.

A syntax never rewrites. It may put one of the texts that the pixels leave open before another: the two differ by a
look-alike, and the factors below say by how much. The characters' own distributions stay as the pixels gave them, the
text that lost stays among the alternatives, and a result that a syntax turned round is ambiguous unless it wins
clearly. Pure functions; no state.

The syntaxes are those of normal plates, from general knowledge of each country's issues. A country that sells chosen
texts has a mild factor; one that is not listed has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge_alpr.passes import SyntaxMatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge_alpr.passes import Vote
    from edge_alpr.types import PlateRead

Regions = tuple[tuple[str, float], ...]
"""ISO 3166 codes with scores, best first, as in `types.PlateRead`."""


LIKELY: Final = 0.5
"""A region with a smaller score is not spoken of."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a country writes its plates: ``@`` is a letter, ``#`` a digit."""

    patterns: tuple[str, ...]
    others: float
    """0..1: how likely a text of another pattern is there, compared with one that fits."""

    def fits(self, text: str) -> bool:
        """Whether ``text`` follows one of the patterns."""
        return _shape(text) in self.patterns


def _rows(table: str) -> dict[str, Syntax]:
    rows = (line.split() for line in table.strip().splitlines())
    return {country: Syntax(tuple(patterns), float(others)) for country, others, *patterns in rows}


SYNTAXES: Final[Mapping[str, Syntax]] = _rows("""
AR 0.10 @@###@@ @@@###
BR 0.02 @@@#### @@@#@##
ES 0.10 ####@@@ @####@@ @@####@ @@####@@
FI 0.20 @@@### @@@## @@@# @@### @@##
FR 0.10 @@###@@ ####@@## ###@@@## ###@@##
GB 0.20 @@##@@@ @###@@@ @@@###@ @##@@@ @@@##@ @@@####
GR 0.10 @@@####
HR 0.20 @@####@@ @@###@@ @@####@ @@###@
HU 0.20 @@@### @@@@###
IN 0.10 @@##@@#### @@##@#### @@#@@#### @@##@@@####
IT 0.10 @@###@@
LT 0.20 @@@###
NL 0.10 ##@@@@ ##@@@# #@@@## @@###@ @###@@ @@@@## @@##@@ #@@###
NO 0.10 @@##### @@####
PT 0.10 ####@@ ##@@## @@#### @@##@@
RO 0.20 @@##@@@ @##@@@ @###@@@
SE 0.20 @@@### @@@##@
SK 0.20 @@###@@
TR 0.20 ##@@@### ##@@### ##@#### ##@@@## ##@@####
UA 0.10 @@####@@
""")


def weigh(text: str, regions: Regions) -> float:
    """How well ``text`` suits the regions that its plate may be from, 0..1; 1 where nothing is known.

    The chance of the text under each region, weighed by the region's score; what the scores leave over is a region
    without a syntax.
    """
    factor = 1.0
    for name, score in regions:
        syntax = SYNTAXES.get(name)
        if syntax is not None and not syntax.fits(text):
            factor -= score * (1 - syntax.others)
    return max(factor, 0.0)


def written_as(text: str, regions: Regions) -> SyntaxMatch | None:
    """Whether the likeliest region writes its plates like ``text``; None if it is unlikely or its syntax not known."""
    name, score = max(regions, key=lambda region: region[1], default=("", 0.0))
    syntax = SYNTAXES.get(name)
    if syntax is None or score < LIKELY:
        return None
    return SyntaxMatch(name, syntax.fits(text))


def mean_regions(reads: Sequence[Regions]) -> Regions:
    """The regions of several reads of one plate, each read alike, best first."""
    sums: dict[str, float] = {}
    for regions in reads:
        for name, score in regions:
            sums[name] = sums.get(name, 0.0) + score / len(reads)
    return tuple(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def shift(outcome: Vote, reads: Sequence[PlateRead], ambiguous_ratio: float) -> Vote:
    """The vote with its text and alternatives weighed; the sum of their confidences stays as it was.

    What a syntax takes from one text it gives to the others, and not more than that: it has not seen the plate.

    Args:
        outcome: from the reads alone.
        reads: those behind it.
        ambiguous_ratio: as in `vote.VoteSettings`.
    """
    regions = mean_regions([read.regions for read in reads])
    options = ((outcome.text, outcome.confidence), *outcome.alternatives)
    weighed = [(text, confidence * weigh(text, regions)) for text, confidence in options]
    whole, total = sum(c for _, c in options), sum(c for _, c in weighed)
    if total <= 0 or len({weigh(text, regions) for text, _ in options}) == 1:
        return outcome
    ranked = sorted(((text, c * whole / total) for text, c in weighed), key=lambda item: -item[1])
    (text, confidence), *others = ranked
    if len(text) != len(outcome.text):
        return outcome  # the distributions belong to the characters that were seen
    return replace(
        outcome,
        text=text,
        confidence=confidence,
        alternatives=tuple(others),
        ambiguous=others[0][1] >= ambiguous_ratio * confidence,
        agree=sum(read.text == text for read in reads),
    )


def _shape(text: str) -> str:
    return re.sub("[A-Z]", "@", re.sub("[0-9]", "#", text))
