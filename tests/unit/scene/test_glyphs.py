"""The stroke alphabet: complete, sized as asked, and no two characters alike."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from edge_alpr.plates import ALPHABET
from edge_alpr.scene.glyphs import draw_text_mask


@pytest.mark.parametrize("character", ALPHABET + "-")
def test_every_character_is_drawn_with_ink(character: str) -> None:
    mask = draw_text_mask(character, 40)
    assert mask.dtype == np.uint8
    assert mask.shape[0] == 40
    assert mask.max() == 255
    assert 0.05 < (mask > 127).mean() < 0.85


@pytest.mark.parametrize("character", ALPHABET)
def test_letters_fill_their_height(character: str) -> None:
    mask = draw_text_mask(character, 60)
    rows = np.flatnonzero((mask > 127).any(axis=1))
    assert rows[0] <= 1
    assert rows[-1] >= 58


def test_no_two_characters_look_alike() -> None:
    """At a plate's usual size in a picture every pair differs in a good part of the ink."""
    drawn = {c: draw_text_mask(c, 24).astype(np.int16) for c in ALPHABET}
    for a, b in itertools.combinations(ALPHABET, 2):
        width = max(drawn[a].shape[1], drawn[b].shape[1])
        one, two = (
            cv2.copyMakeBorder(drawn[c], 0, 0, 0, width - drawn[c].shape[1], 0) for c in (a, b)
        )
        assert np.abs(one - two).sum() > 0.10 * max(one.sum(), two.sum()), (a, b)


def test_text_is_wider_than_its_parts_and_has_gaps() -> None:
    mask = draw_text_mask("HH", 50)
    ink = (mask > 127).any(axis=0)
    assert not ink.all()
    assert mask.shape[1] > 2 * draw_text_mask("H", 50).shape[1] - 1


def test_space_leaves_room_and_lower_case_is_raised() -> None:
    assert draw_text_mask("a b", 30).shape[1] > draw_text_mask("AB", 30).shape[1]
    assert np.array_equal(draw_text_mask("ab", 30), draw_text_mask("AB", 30))


def test_weight_and_stretch_change_the_ink() -> None:
    plain = draw_text_mask("E8", 40)
    assert (draw_text_mask("E8", 40, weight=19) > 127).mean() > (plain > 127).mean()
    assert draw_text_mask("E8", 40, stretch=0.7).shape[1] < plain.shape[1]


def test_empty_text_is_one_empty_column() -> None:
    assert draw_text_mask("", 20).shape == (20, 1)
    assert draw_text_mask("", 20).max() == 0


@pytest.mark.parametrize("text", ["Ä", "A_B", "A\nB"])
def test_a_character_without_glyph_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="no glyph"):
        draw_text_mask(text, 20)


def test_too_small_a_height_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        draw_text_mask("A", 3)


def test_drawing_twice_gives_the_same_and_does_not_share_memory() -> None:
    first = draw_text_mask("X1", 20)
    first[:] = 0
    assert draw_text_mask("X1", 20).max() == 255
