"""models/README.md says what the cards say."""

from __future__ import annotations

import json
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
