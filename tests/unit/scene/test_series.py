"""Made-up plate texts: by the syntax of their region, and never from a block in use."""

from __future__ import annotations

import re

import numpy as np
import pytest

from edge_alpr.plates import ALPHABET, MAX_LENGTH, normalise
from edge_alpr.scene.series import SERIES, make_lines

SYNTAX = {
    "eu-de": r"X[KRW][A-Z][A-Z]\d{4}",
    "eu-fr": r"U[A-H]\d{3}[A-Z]{2}",
    "eu-es": r"\d{4}[AEU][A-Z]{2}",
    "eu-nl": r"[AEU][A-Z]\d{3}[A-Z]",
    "eu-pl": r"X[A-Z]\d{3}[A-Z]{2}",
    "gb": r"[A-Z]{2}[349][89][A-Z]{3}",
    "us-franklin": r"\d[A-Z]{3}\d{3}",
    "us-lincoln": r"[A-Z]{3}\d{4}",
    "us-absaroka": r"\d{3}[A-Z]{3}",
    "br": r"[XYZ][A-Z]{2}\d[A-Z]\d{2}",
    "in": r"XN\d{2}[A-Z]{2}\d{4}",
    "my": r"X[A-Z]{2}\d{4}",
}


@pytest.mark.parametrize("region", SERIES)
def test_texts_follow_their_region_and_stay_in_its_unused_blocks(region: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        text = normalise("".join(make_lines(region, rng)))
        assert re.fullmatch(SYNTAX[region], text), text
        assert set(text) <= set(ALPHABET)
        assert len(text) <= MAX_LENGTH


@pytest.mark.parametrize("region", SERIES)
def test_confusing_letters_are_left_out(region: str) -> None:
    rng = np.random.default_rng(2)
    texts = "".join("".join(make_lines(region, rng)) for _ in range(300))
    assert not set("IOQ") & set(texts)


def test_the_same_seed_gives_the_same_text_and_another_seed_another() -> None:
    first, again, other = (make_lines("gb", np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert first == again != other


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(KeyError):
        make_lines("atlantis", np.random.default_rng(0))
