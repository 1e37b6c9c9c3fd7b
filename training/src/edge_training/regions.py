"""Where a plate may be from: the reader's classes of region, and what a label admits of them.

A label is a class itself (``de``, ``us-tx``), a group whose member nobody knows (``us``, ``eu``), or empty where
nothing is known. Learning "one of these" needs no more than the sum of their probabilities, so that a photograph
labelled "somewhere in Europe" teaches as much as it says and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from edge_training.texts import SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Sequence

EUROPEAN: Final = frozenset(
    {syntax.country for syntax in SYNTAXES if syntax.style == "eu"} | {"gb"}
)

REGIONS: Final = tuple(sorted({syntax.country for syntax in SYNTAXES} - {"us"}))
"""The classes: ISO 3166-1 countries, and ISO 3166-2 subdivisions of the United States; lower case."""

LABEL_BYTES: Final = 6

OTHER_NAMES: Final = {"us-u s virgin islands": "us-vi"}
"""What data sets call a region, where it is not its code."""


def as_label(region: str | None) -> str:
    """A data set's name of a region as a label; empty if it names none that is known."""
    name = OTHER_NAMES.get(region or "", region or "")
    return name if name in REGIONS or name in GROUPS else ""


GROUPS: Final = {
    "us": tuple(name.startswith("us-") for name in REGIONS),
    "eu": tuple(name in EUROPEAN for name in REGIONS),
    "": (True,) * len(REGIONS),
}

_MASKS: Final[dict[str, NDArray[np.bool_]]] = {
    name: np.array(mask) for name, mask in GROUPS.items()
} | {name: np.arange(len(REGIONS)) == k for k, name in enumerate(REGIONS)}


def admitted(labels: Sequence[str]) -> NDArray[np.bool_]:
    """``(N, len(REGIONS))``: the classes that each label leaves open. An empty label leaves all.

    Raises:
        KeyError: no label.
    """
    return np.stack([_MASKS[label] for label in labels])
