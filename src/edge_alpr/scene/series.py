"""Makes up plate texts by the syntax of a region, from blocks that the region never gave to anybody.

Every series leans on a letter or number that its authority leaves out (named beside it), or belongs to a place that
does not exist. That is meant to keep a rendered plate from being somebody's; no register was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Without I, O and Q, which most authorities avoid beside 1 and 0."""


@dataclass(frozen=True, slots=True)
class Series:
    """How one region's plates are written.

    ``lines`` are templates, one a line of the plate: ``#`` is a digit, ``@`` a letter, ``[XYZ]`` one of these, anything
    else itself. ``|`` is the place of a German seal.
    """

    region: str
    lines: tuple[str, ...]
    letters: str = _LETTERS


SERIES: Final[dict[str, Series]] = {
    series.region: series
    for series in (
        Series("eu-de", ("X[KRW]|@[ACEHKLMNRT] ####",)),  # no district begins with X
        Series("eu-fr", ("U[ABCDEFGH]-###-@@",), "ABCDEFGHJKLMNPRSTVWXYZ"),  # U is left out
        Series("eu-es", ("#### [AEU]@@",), "BCDFGHJKLMNPRSTVWXYZ"),  # vowels are left out
        Series("eu-nl", ("[AEU]@-###-@",), "BDFGHJKLNPRSTVXZ"),  # vowels are left out
        Series("eu-pl", ("X@ ###@@",), "ACEFGHJKLMNPRSTUVWXY"),  # no voivodeship has the letter X
        Series("gb", ("@@[349][89] @@@",), "ABCDEFGHJKLMNPRSTUVWXY"),  # age marks of years to come
        # States that were proposed and never came to be; the plate names them.
        Series("us-franklin", ("#@@@###",)),
        Series("us-lincoln", ("@@@-####",)),
        Series("us-absaroka", ("### @@@",)),
        Series("br", ("[XYZ]@@#@##",)),  # blocks after the last one handed to a state
        Series("in", ("XN##", "@@####")),  # no state has the code XN
        Series("my", ("X@@ ####",)),  # no state or territory has the letter X
    )
}
"""All regions by name."""


def make_lines(region: str, rng: np.random.Generator) -> tuple[str, ...]:
    """The lines of one made-up plate, with the spaces, dashes and ``|`` of its template.

    Raises:
        KeyError: if there is no such region in `SERIES`.
    """
    series = SERIES[region]
    return tuple(_fill(line, series.letters, rng) for line in series.lines)


def _fill(template: str, letters: str, rng: np.random.Generator) -> str:
    text: list[str] = []
    rest = template
    while rest:
        head, rest = rest[0], rest[1:]
        if head == "[":
            choice, _, rest = rest.partition("]")
            text.append(_one_of(choice, rng))
        elif head == "#":
            text.append(_one_of("0123456789", rng))
        elif head == "@":
            text.append(_one_of(letters, rng))
        else:
            text.append(head)
    return "".join(text)


def _one_of(characters: str, rng: np.random.Generator) -> str:
    return characters[int(rng.integers(len(characters)))]
