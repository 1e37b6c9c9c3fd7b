"""models/README.md says what the cards say."""

from __future__ import annotations

import json

from evaluation.cards import MODELS, page


def test_the_page_is_the_one_the_cards_give() -> None:
    cards = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(MODELS.glob("*.card.json"))
    ]
    assert (MODELS / "README.md").read_text(encoding="utf-8") == page(cards) + "\n"
