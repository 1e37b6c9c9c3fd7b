"""Plate texts: normalisation, folding, masking and the distance between two."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.hotlist.match import Listed
from edge_alpr.passes import Vote
from edge_alpr.plates import (
    ALPHABET,
    LOOK_ALIKES,
    MAX_LENGTH,
    Plate,
    edit_distance,
    fold,
    mask,
    normalise,
    reveal,
)
from edge_alpr.types import PlateRead
from strategies.reads import texts

if TYPE_CHECKING:
    from collections.abc import Callable


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


# ------------------------------------------------------------------ a plate shows itself masked

plates = st.text(ALPHABET, min_size=2, max_size=MAX_LENGTH).filter(lambda text: len(set(text)) > 1)

SHOWN: dict[str, Callable[[str], str]] = {
    "str": str,
    "repr": repr,
    "f-string": lambda plate: f"saw {plate}",
    "f-string with width": lambda plate: f"saw {plate:<14}|",
    "f-string with !r": lambda plate: f"saw {plate!r}",
    "percent s": lambda plate: "saw %s" % plate,  # noqa: UP031
    "percent r": lambda plate: "saw %r" % (plate,),  # noqa: UP031
    "format": "saw {}".format,
    "in a list": lambda plate: str([plate]),
    "in a dict": lambda plate: str({plate: plate}),
    "in an exception": lambda plate: "".join(traceback.format_exception(ValueError(plate))),
    "a missing key": lambda plate: "".join(traceback.format_exception(KeyError(plate))),
    "a read": lambda plate: repr(read_of(plate)),
    "a vote": lambda plate: repr(vote_of(plate)),
    "a hotlist's entry": lambda plate: repr(Listed(plate, None, None, None)),
}


def read_of(text: str) -> PlateRead:
    return PlateRead(text, np.eye(len(ALPHABET), dtype=np.float32)[: len(text)], 0.9)


def vote_of(text: str) -> Vote:
    scores = np.eye(len(ALPHABET), dtype=np.float32)[: len(text)]
    return Vote(text, scores, 0.9, ((text, 0.1),), ambiguous=False, reads=3, agree=3)


@given(plates)
@pytest.mark.parametrize("way", SHOWN)
def test_a_plate_cannot_be_shown_by_accident(way: str, text: str) -> None:
    for plate in (Plate(text), read_of(text).text, vote_of(text).alternatives[0][0]):
        assert text not in SHOWN[way](plate)


def test_a_plate_is_masked_in_a_log_line_and_on_paper(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("edge_alpr").warning("saw %s and %r", Plate("AAAA"), Plate("12345"))
    print(Plate("ABC"))
    assert caplog.messages == ["saw A*** and '1****'"]
    assert capsys.readouterr().out == "A**\n"


@given(plates, plates)
def test_but_for_that_a_plate_is_its_text(a: str, b: str) -> None:
    assert Plate(a) == a
    assert (Plate(a) < Plate(b)) == (a < b)
    assert hash(Plate(a)) == hash(a)
    assert [*Plate(a)] == [*a]
    assert len(Plate(a)) == len(a)
    assert edit_distance(Plate(a), Plate(b)) == edit_distance(a, b)
    assert json.loads(json.dumps(Plate(a))) == a
    assert type(reveal(Plate(a))) is str
    assert reveal(Plate(a)) == reveal(a) == a
    assert Plate(Plate(a)) == a
