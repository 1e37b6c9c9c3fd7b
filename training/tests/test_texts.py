"""Every text on a plate is one that the reader can say and the firmware believes."""

from __future__ import annotations

import pytest

from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_training.chance import Chance
from edge_training.texts import CODES, STYLES, SYNTAXES, Syntax, choose_text, fill


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: f"{s.country}:{s.pattern}")
def test_every_syntax_can_be_filled(syntax: Syntax) -> None:
    written = fill(Chance(1), syntax)
    assert 3 <= len(written.text) <= MAX_LENGTH
    assert set(written.text) <= set(ALPHABET)
    assert len(written.separators) == len(written.groups) - 1
    assert all(written.groups), "no group is empty"


def test_a_pattern_is_followed_to_the_letter() -> None:
    written = fill(Chance(4), Syntax("eu", "xx", "{cz}#-A@*##", letters="X"))
    first, second, third = written.groups
    assert written.separators == ("-", "*")
    assert first[:-1] in CODES["cz"]
    assert first[-1].isdigit()
    assert second == "AX"
    assert third.isdigit()


def test_letters_that_a_country_does_not_issue_never_come() -> None:
    spanish = next(s for s in SYNTAXES if s.country == "es" and s.pattern == "#### @@@")
    seen = {c for k in range(300) for c in fill(Chance(9, k), spanish).groups[1]}
    assert not seen & set("AEIOUQ")
    assert len(seen) > 15


@pytest.mark.parametrize("style", list(STYLES))
def test_free_texts_are_mixed_in(style: str) -> None:
    texts = [choose_text(Chance(2, k), style) for k in range(600)]
    free = sum(not text.national for text in texts) / len(texts)
    assert 0.03 < free < 0.16
    assert all(3 <= len(text.text) <= MAX_LENGTH for text in texts)
