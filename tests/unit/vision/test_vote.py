"""Voting: properties that hold for any reads, and the cases by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_alpr.plates import ALPHABET, edit_distance
from edge_alpr.types import PlateRead
from edge_alpr.vision.vote import VoteSettings, align, calibrated, vote
from strategies.reads import make_read, reads, similar_reads, texts

if TYPE_CHECKING:
    from edge_alpr.passes import Vote

SETTINGS = VoteSettings()
NOTHING = PlateRead("", np.zeros((0, 36), np.float32), 0.0)


def vote_on(*ballots: PlateRead, settings: VoteSettings = SETTINGS) -> Vote:
    outcome = vote(ballots, settings)
    assert outcome is not None
    return outcome


@given(similar_reads(), st.randoms(use_true_random=False))
def test_the_order_of_the_reads_does_not_matter(ballots: list[PlateRead], random: object) -> None:
    shuffled = list(ballots)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = vote(ballots, SETTINGS), vote(shuffled, SETTINGS)
    if one is None or other is None:
        assert one is other
        return
    assert (one.scores == other.scores).all()
    assert replace(one, scores=other.scores) == other


def test_reads_of_equal_text_and_score_are_equal_in_any_order() -> None:
    """Sums of floats depend on their order to the last digit: these three differ only in what else they saw."""
    chance = np.random.default_rng(8)
    ballots = []
    for _ in range(3):
        rest = chance.dirichlet(np.ones(36), 2) * 0.3
        rest[[0, 1], [ALPHABET.index("A"), ALPHABET.index("B")]] += 0.7
        ballots.append(PlateRead("AB", rest.astype(np.float32), 0.5))
    outcomes = [vote_on(*order) for order in itertools.permutations(ballots)]
    assert len({outcome.confidence for outcome in outcomes}) == 1
    assert len({outcome.alternatives for outcome in outcomes}) == 1


@given(similar_reads())
def test_confidence_never_falls_by_another_read_that_agrees(ballots: list[PlateRead]) -> None:
    """The new read says the winner's text and is at least as sure of each character as any other."""
    before = vote(ballots, SETTINGS)
    assume(before is not None)
    assert before is not None
    surest = max(float(read.scores.max()) for read in ballots)
    after = vote_on(*ballots, make_read(before.text, surest))
    assert after.text == before.text
    assert after.confidence >= before.confidence - 1e-6
    assert after.agree == before.agree + 1


@given(similar_reads())
def test_what_a_vote_says_fits_together(ballots: list[PlateRead]) -> None:
    outcome = vote(ballots, SETTINGS)
    assume(outcome is not None)
    assert outcome is not None
    assert set(outcome.text) <= set(ALPHABET)
    assert outcome.scores.shape == (len(outcome.text), len(ALPHABET))
    assert outcome.scores.sum(axis=1) == pytest.approx(np.ones(len(outcome.text)), abs=1e-4)
    assert [ALPHABET[k] for k in outcome.scores.argmax(axis=1)] == list(outcome.text)
    assert 0 <= outcome.confidence <= 1
    assert outcome.reads == len(ballots)
    assert outcome.agree == sum(read.text == outcome.text for read in ballots)
    chances = [chance for _, chance in outcome.alternatives]
    assert chances == sorted(chances, reverse=True)
    assert len(chances) <= SETTINGS.max_alternatives
    assert all(chance + outcome.confidence <= 1 + 1e-6 for chance in chances)
    assert outcome.text not in {text for text, _ in outcome.alternatives}


@given(reads())
def test_one_read_is_believed_as_it_is(read: PlateRead) -> None:
    outcome = vote_on(read)
    assert outcome.text == read.text
    assert (outcome.reads, outcome.agree) == (1, 1)
    assert outcome.confidence == pytest.approx(float(read.scores.max(axis=1).prod()), rel=1e-3)


@given(texts, st.integers(1, 6))
def test_reads_without_a_text_do_not_vote(text: str, empty: int) -> None:
    one = vote_on(make_read(text, 0.9))
    other = vote_on(make_read(text, 0.9), *[NOTHING] * empty)
    assert (one.text, one.confidence, one.reads) == (other.text, other.confidence, other.reads)


def test_nothing_comes_of_nothing() -> None:
    assert vote([], SETTINGS) is None
    assert vote([NOTHING, NOTHING], SETTINGS) is None


def test_one_read_cannot_decide_against_several() -> None:
    outcome = vote_on(*[make_read("AB12CD", 0.9)] * 3, make_read("AB12CO", 0.99))
    assert outcome.text == "AB12CD"
    assert (outcome.reads, outcome.agree) == (4, 3)


def test_characters_are_voted_one_by_one() -> None:
    """No read has the whole text; each position has a majority."""
    outcome = vote_on(make_read("XB12", 0.9), make_read("AX12", 0.9), make_read("AB1X", 0.9))
    assert (outcome.text, outcome.agree) == ("AB12", 0)


def test_a_character_that_most_missed_is_left_out_and_one_that_most_saw_stays() -> None:
    long, short = make_read("AB12C", 0.9), make_read("AB12", 0.9)
    assert vote_on(long, short, short).text == "AB12"
    assert vote_on(long, long, short).text == "AB12C"


def test_doubt_about_the_length_is_doubt() -> None:
    """Two equally good reads of different length: the result is at best even money, whichever is taken."""
    outcome = vote_on(make_read("AB12", 0.99), make_read("AB12C", 0.985))
    assert {outcome.text, outcome.alternatives[0][0]} == {"AB12", "AB12C"}
    assert outcome.confidence < 0.6
    assert outcome.ambiguous


def test_a_rival_is_an_alternative_and_makes_the_vote_ambiguous() -> None:
    outcome = vote_on(make_read("AB1", 0.95), make_read("AB1", 0.95), make_read("A81", 0.95))
    assert outcome.text == "AB1"
    assert outcome.alternatives[0][0] == "A81"
    assert outcome.ambiguous
    assert not vote_on(make_read("AB1", 0.99)).ambiguous


def test_no_alternatives_are_given_when_none_are_wanted() -> None:
    outcome = vote_on(make_read("AB1", 0.5), settings=VoteSettings(max_alternatives=0))
    assert outcome.alternatives == ()
    assert not outcome.ambiguous


@given(texts, texts)
def test_alignment_is_in_order_and_costs_the_edit_distance(reference: str, text: str) -> None:
    partners = align(reference, text)
    used = [p for p in partners if p is not None]
    assert len(partners) == len(reference)
    assert used == sorted(set(used))
    assert all(0 <= p < len(text) for p in used)
    replaced = sum(reference[n] != text[p] for n, p in enumerate(partners) if p is not None)
    missing, extra = len(reference) - len(used), len(text) - len(used)
    assert replaced + missing + extra == edit_distance(reference, text)


def test_alignment_by_hand() -> None:
    assert align("AB12", "B12") == [None, 0, 1, 2]
    assert align("AB12", "AB12") == [0, 1, 2, 3]
    assert align("AB", "AXB") == [0, 2]


@given(similar_reads())
def test_calibration_keeps_the_order_and_the_sum(ballots: list[PlateRead]) -> None:
    outcome = vote(ballots, SETTINGS)
    assume(outcome is not None)
    assert outcome is not None
    told = calibrated(outcome)
    assert (told.text, told.ambiguous) == (outcome.text, outcome.ambiguous)
    assert outcome.confidence <= told.confidence <= 1
    assert [text for text, _ in told.alternatives] == [text for text, _ in outcome.alternatives]
    assert all(told.confidence + chance <= 1 + 1e-6 for _, chance in told.alternatives)


def test_even_odds_become_four_to_one() -> None:
    told = calibrated(replace(vote_on(make_read("AB12", 0.9)), confidence=0.5))
    assert told.confidence == pytest.approx(0.8)
