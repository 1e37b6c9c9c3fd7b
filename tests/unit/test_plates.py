"""Plate texts: normalisation, folding, masking and the distance between two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.plates import ALPHABET, LOOK_ALIKES, edit_distance, fold, mask, normalise
from strategies.reads import texts


def test_the_alphabet_has_each_digit_and_letter_once() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 36


@given(st.text())
def test_normalising_leaves_only_the_alphabet_and_is_done_once(text: str) -> None:
    once = normalise(text)
    assert set(once) <= set(ALPHABET)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("written", "expected"),
    [("dk 10-482", "DK10482"), (" A·B\n1 ", "AB1"), ("", ""), ("Ä-1", "1"), ("straße", "STRASSE")],
)
def test_normalising_by_example(written: str, expected: str) -> None:
    assert normalise(written) == expected


@given(texts)
def test_folding_joins_only_what_it_says(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert not set(folded) & set("OI")
    assert fold(folded) == folded
    assert all(
        a == b or (a, b) in {("O", "0"), ("I", "1")} for a, b in zip(text, folded, strict=True)
    )


@given(texts)
def test_a_masked_plate_shows_one_character_and_the_length(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert masked[0] == text[0]
    assert set(masked[1:]) <= {"*"}


def test_masking_nothing_gives_nothing() -> None:
    assert mask("") == ""


@given(texts, texts, texts)
def test_edit_distance_is_a_distance(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("AB12", "AB12", 0),
        ("AB12", "A812", 1),
        ("AB12", "B12", 1),
        ("AB12", "BA12", 2),
        ("", "AB", 2),
    ],
)
def test_edit_distance_by_hand(a: str, b: str, expected: int) -> None:
    assert edit_distance(a, b) == expected


def test_look_alikes_are_groups_of_different_characters() -> None:
    for group in LOOK_ALIKES:
        assert len(group) > 1
        assert len(set(group)) == len(group)
        assert set(group) <= set(ALPHABET)
