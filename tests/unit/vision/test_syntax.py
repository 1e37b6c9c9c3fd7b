"""A region's syntax puts one open text before another, and never invents one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.passes import SyntaxMatch
from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_alpr.types import PlateRead
from edge_alpr.vision.syntax import SYNTAXES, Regions, mean_regions, shift, weigh
from edge_alpr.vision.vote import VoteSettings, vote
from strategies.reads import texts

BRAZIL: Regions = (("BR", 0.9),)


def read_of(
    text: str, doubts: dict[int, tuple[str, float]], regions: Regions = BRAZIL
) -> PlateRead:
    """A read that is certain but for ``doubts``: place -> (other character, its score)."""
    scores = np.zeros((len(text), len(ALPHABET)), np.float32)
    scores[range(len(text)), [ALPHABET.index(c) for c in text]] = 1.0
    for place, (other, score) in doubts.items():
        scores[place, ALPHABET.index(text[place])] = 1 - score
        scores[place, ALPHABET.index(other)] = score
    return PlateRead(text, scores, float(scores.max(axis=1).prod()), regions=regions)


def test_a_digit_among_letters_gives_way_where_the_pixels_leave_it_open() -> None:
    outcome = vote([read_of("AB01234", {2: ("O", 0.3)})], VoteSettings())
    assert outcome is not None
    assert outcome.text == "ABO1234"
    assert outcome.alternatives[0][0] == "AB01234"
    assert outcome.scores.argmax(axis=1)[2] == ALPHABET.index("0"), "the pixels' opinion stays"
    assert outcome.agree == 0, "no read said so by itself"


def test_what_the_pixels_rule_out_is_not_written() -> None:
    outcome = vote([read_of("AB01234", {})], VoteSettings())
    assert outcome is not None
    assert outcome.text == "AB01234"


@pytest.mark.parametrize(
    ("text", "regions", "expected"),
    [
        ("ABC1234", BRAZIL, SyntaxMatch("BR", match=True)),
        ("1BC1234", BRAZIL, SyntaxMatch("BR", match=False)),
        ("ABC1234", (("BR", 0.4),), None),
        ("ABC1234", (("DE", 0.9),), None),
        ("ABC1234", (), None),
    ],
)
def test_a_vote_says_whether_its_text_suits_a_region_that_is_likely_and_known(
    text: str, regions: Regions, expected: SyntaxMatch | None
) -> None:
    outcome = vote([read_of(text, {}, regions)], VoteSettings())
    assert outcome is not None
    assert outcome.syntax == expected


def test_without_a_region_nothing_moves() -> None:
    doubtful = {2: ("O", 0.3)}
    outcome = vote([read_of("AB01234", doubtful, ())], VoteSettings())
    assert outcome is not None
    assert outcome.text == "AB01234"
    assert outcome.ambiguous


def test_an_unlikely_region_moves_little() -> None:
    outcome = vote([read_of("AB01234", {2: ("O", 0.3)}, (("BR", 0.3),))], VoteSettings())
    assert outcome is not None
    assert outcome.text == "AB01234"


def test_two_texts_that_both_fit_stay_ambiguous() -> None:
    """Q or O in a letter's place: no syntax can tell."""
    outcome = vote([read_of("ABO1234", {2: ("Q", 0.4)})], VoteSettings())
    assert outcome is not None
    assert outcome.ambiguous
    assert outcome.text == "ABO1234"


def test_a_close_decision_is_ambiguous_and_a_clear_one_is_not() -> None:
    close = vote([read_of("AB01234", {2: ("O", 0.1)})], VoteSettings())
    clear = vote([read_of("ABO1234", {2: ("0", 0.3)})], VoteSettings())
    assert close is not None
    assert clear is not None
    assert close.ambiguous
    assert not clear.ambiguous


@given(texts, st.integers(0, 5), st.sampled_from("0O1I8B5S2ZQD"), st.floats(0.05, 0.45))
def test_the_syntax_adds_no_certainty(text: str, place: int, other: str, score: float) -> None:
    place %= len(text)
    if text[place] == other:
        return
    plain = vote([read_of(text, {place: (other, score)}, ())], VoteSettings())
    shifted = vote([read_of(text, {place: (other, score)})], VoteSettings())
    assert plain is not None
    assert shifted is not None
    sums = [o.confidence + sum(c for _, c in o.alternatives) for o in (plain, shifted)]
    assert sums[0] == pytest.approx(sums[1])
    assert {plain.text, *dict(plain.alternatives)} == {shifted.text, *dict(shifted.alternatives)}
    assert all(shifted.confidence >= c for _, c in shifted.alternatives)


def test_a_shorter_text_is_not_put_in_place_of_the_read_one() -> None:
    read = read_of("ABCD1234", {})
    outcome = vote([read, read_of("ABC1234", {}, ())], VoteSettings())
    assert outcome is not None
    assert shift(outcome, [read], 0.25).text == outcome.text


def test_weights_lie_between_the_syntaxs_and_one() -> None:
    assert weigh("ABC1234", BRAZIL) == 1.0
    assert weigh("AB01234", BRAZIL) == pytest.approx(1 - 0.9 * 0.98)
    assert weigh("AB01234", (("US-TX", 0.9),)) == 1.0


def test_regions_of_several_reads_are_averaged() -> None:
    found = mean_regions([(("BR", 0.8),), (("BR", 0.4), ("AR", 0.4))])
    assert dict(found) == pytest.approx({"BR": 0.6, "AR": 0.2})
    assert found[0][0] == "BR", "the likeliest comes first"


@pytest.mark.parametrize("country", list(SYNTAXES))
def test_every_syntax_is_one(country: str) -> None:
    syntax = SYNTAXES[country]
    assert re.fullmatch("[A-Z]{2}", country)
    assert 0 < syntax.others < 1
    for pattern in syntax.patterns:
        assert re.fullmatch("[@#]+", pattern)
        assert 3 <= len(pattern) <= MAX_LENGTH
        assert syntax.fits(pattern.replace("@", "X").replace("#", "7"))
