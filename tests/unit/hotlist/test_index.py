"""Looking texts up by numbers finds exactly what comparing them character by character finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.hotlist.index import Index, fold_looks
from edge_alpr.plates import ALPHABET, LOOK_ALIKES, MAX_LENGTH, edit_distance

texts = st.text(ALPHABET, min_size=1, max_size=MAX_LENGTH)
short = st.text("0OQ1IAB8", min_size=1, max_size=4)


def alike(a: str, b: str) -> bool:
    return len(a) == len(b) and all(
        x == y or any(x in group and y in group for group in LOOK_ALIKES)
        for x, y in zip(a, b, strict=True)
    )


@given(st.lists(short, max_size=8), short)
def test_it_finds_what_a_comparison_of_each_finds(plates: list[str], text: str) -> None:
    index = Index(plates)
    equal, look_alike = index.alike(text)
    assert equal == [n for n, plate in enumerate(plates) if plate == text]
    assert look_alike == [n for n, p in enumerate(plates) if p != text and alike(p, text)]
    near = [
        n
        for n, plate in enumerate(plates)
        if edit_distance(fold_looks(plate), fold_looks(text)) == 1
    ]
    assert sorted(index.near(text)) == near


@given(texts, st.data())
def test_every_single_edit_of_every_length_is_near(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    other = data.draw(st.sampled_from(ALPHABET))
    edits = {text[:place] + text[place + 1 :], text[:place] + other + text[place + 1 :]}
    edits.add(text[:place] + other + text[place:])
    wanted = {e for e in edits if 1 <= len(e) <= MAX_LENGTH and fold_looks(e) != fold_looks(text)}
    index = Index(sorted(wanted))
    assert sorted(index.near(text)) == list(range(len(wanted)))


@given(texts, texts)
def test_different_texts_are_never_taken_for_equal(a: str, b: str) -> None:
    equal, look_alike = Index([a]).alike(b)
    assert (equal == [0]) is (a == b)
    assert (look_alike == [0]) is (a != b and alike(a, b))


@pytest.mark.parametrize("text", ["0", "00", "Z" * 12, "0" * 12, "9"])
def test_the_longest_and_the_smallest_are_found(text: str) -> None:
    assert Index([text]).alike(text) == ([0], [])


def test_no_plate_is_in_no_list() -> None:
    empty = Index([])
    assert (len(empty), empty.alike("EDGE042"), empty.near("EDGE042")) == (0, ([], []), [])


def test_an_entry_costs_twenty_bytes() -> None:
    assert Index(["EDGE042", "EDGE043"]).bytes == 40
