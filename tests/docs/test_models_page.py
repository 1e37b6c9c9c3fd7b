"""models/README.md says what the cards say."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from evaluation.cards import COLUMNS, MODELS, columns_of, page

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.card.json")), ids=lambda path: path.stem)
def test_every_column_is_explained(path: Path) -> None:
    metrics = json.loads(path.read_text(encoding="utf-8"))["metrics"]
    assert [name for name in columns_of(metrics) if name not in COLUMNS] == []


def test_the_page_is_the_one_the_cards_give() -> None:
    cards = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(MODELS.glob("*.card.json"))
    ]
    assert (MODELS / "README.md").read_text(encoding="utf-8") == page(cards) + "\n"


def test_the_figures_in_the_readme_are_the_readers() -> None:
    metrics = json.loads((MODELS / "reader.card.json").read_text(encoding="utf-8"))["metrics"]
    readme = (MODELS.parent / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| .*\(`([\w-]+)`\) \| (\d+) \| (\d+) % \|$", readme, re.MULTILINE)
    assert len(told) == 4
    for name, plates, right in told:
        assert (int(plates), int(right)) == (
            metrics[name]["n"],
            round(100 * metrics[name]["folded"]),
        )
