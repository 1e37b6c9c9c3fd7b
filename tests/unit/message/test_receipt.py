"""Receipts: they cover what is stored, never what is not, and neither order nor repetition matters."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr import message
from edge_alpr.errors import MessageError
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.receipt import (
    MAX_BITS,
    Held,
    Receipt,
    covered,
    covers,
    make_receipts,
    read_receipt,
    receipt_document,
    receipt_schema,
)
from edge_alpr.message.topics import UnitAddress

GOLDEN = Path(__file__).parents[2] / "golden/receipt-1.0"
MANY = 60_000
"""Messages of three days at 20,000 a day."""

near = st.sets(st.integers(1, 300), max_size=200)
far = st.sets(st.integers(1, MANY), max_size=60)


def receipts(held: Held, news: set[int]) -> list[Receipt]:
    return make_receipts(
        held,
        news,
        address=UnitAddress("o", "s", "u"),
        boot="00c0ffee",
        collector="central",
        at="2026-01-01T00:00:00.000Z",
    )


def said(them: list[Receipt], most: int) -> set[int]:
    """All that the receipts cover, by asking for each number."""
    return {seq for seq in range(1, most + 1) if any(covers(one, seq) for one in them)}


@given(near)
def test_a_receipt_covers_what_is_held_and_nothing_else(have: set[int]) -> None:
    (receipt,) = receipts(Held.of(have), have)
    assert said([receipt], 400) == have
    assert not covers(receipt, 0)
    assert set(range(1, receipt.upto + 1)) | set(covered(receipt)) == have


@given(far, st.data())
def test_all_news_are_covered_however_far_apart(have: set[int], data: st.DataObject) -> None:
    """Live messages are sent before a long backlog: a few receipts say both."""
    news = data.draw(st.sets(st.sampled_from(sorted(have)))) if have else set()
    them = receipts(Held.of(have), news)
    assert all(any(covers(one, seq) for one in them) for seq in news)
    assert all(set(covered(one)) <= have for one in them)
    assert 1 <= len(them) <= 1 + MANY // (MAX_BITS // 2)


def test_a_receipt_behind_a_backlog_says_the_ones_before_it_again() -> None:
    (receipt,) = receipts(Held.of([*range(1, 101), *range(60_001, 60_009)]), {60_008})
    assert (receipt.upto, covered(receipt)) == (100, list(range(60_001, 60_009)))


@given(near, near)
def test_what_was_covered_stays_covered(before: set[int], more: set[int]) -> None:
    """Monotone: so an old receipt that comes late says nothing wrong."""
    held = Held.of(before)
    early = receipts(held, before)
    for seq in more:
        held.add(seq)
    assert said(early, 400) <= said(receipts(held, before | more), 400)


@given(st.lists(st.integers(1, 60), max_size=80), st.randoms())
def test_order_and_repetition_do_not_matter(seqs: list[int], rng: Any) -> None:
    again = [*seqs, *seqs]
    rng.shuffle(again)
    assert Held.of(again) == Held.of(seqs)
    assert receipts(Held.of(again), set(again)) == receipts(Held.of(seqs), set(seqs))


@given(st.lists(st.integers(1, 60), max_size=80))
def test_held_says_what_is_news_and_forgets_the_single_ones_below(seqs: list[int]) -> None:
    held, seen = Held(), set[int]()
    for seq in seqs:
        assert held.add(seq) == (seq not in seen)
        seen.add(seq)
        assert {each for each in range(1, 70) if each in held} == seen
        assert all(each > held.upto + 1 for each in held.above)


@given(near, st.integers(1, 300), st.integers(0, 100))
def test_a_range_is_each_of_its_numbers(have: set[int], first: int, length: int) -> None:
    at_once, one_by_one = Held.of(have), Held.of(have)
    at_once.add_range(first, first + length)
    for seq in range(first, first + length + 1):
        one_by_one.add(seq)
    assert at_once == one_by_one


def test_without_a_hole_a_receipt_is_a_number() -> None:
    (receipt,) = receipts(Held.of(range(1, 1001)), {1000})
    assert (receipt.upto, receipt.start, receipt.bitmap) == (1000, 1001, "")


def test_bits_count_from_the_least_of_the_first_byte() -> None:
    """Pinned, for those who write their own: message 3 is bit 0, message 12 is bit 1 of the second byte."""
    (receipt,) = receipts(Held.of([1, 3, 12]), {3})
    assert (receipt.upto, receipt.start) == (1, 2)
    assert receipt.bitmap == "AgQ"


@pytest.mark.parametrize(("seq", "start"), [(MAX_BITS + 1, 2), (MAX_BITS + 2, MAX_BITS + 2)])
def test_the_last_bit_of_the_first_bitmap_and_the_one_after_it(seq: int, start: int) -> None:
    (receipt,) = receipts(Held.of([1, seq]), {seq})
    assert receipt.start == start
    assert covers(receipt, seq)


def test_numbers_that_are_not_held_are_not_promised() -> None:
    (receipt,) = receipts(Held.of([1, 2]), {1, 2, 7, 70_000})
    assert said([receipt], 100) == {1, 2}


def test_the_longest_receipt_is_short() -> None:
    held = Held.of(range(2, 3 * MAX_BITS))
    (receipt,) = receipts(held, set(range(2, MAX_BITS)))
    assert len(dump_document(receipt_document(receipt))) < 1800


@given(far)
def test_a_receipt_survives_the_way_through_bytes(have: set[int]) -> None:
    for receipt in receipts(Held.of(have), have):
        assert read_receipt(parse_document(dump_document(receipt_document(receipt)))) == receipt


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_receipt_is_read_and_written_the_same(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert json.dumps(receipt_document(read_receipt(document))) == json.dumps(document)


def test_the_golden_receipt_covers_what_it_always_did() -> None:
    document = json.loads((GOLDEN / "holes.json").read_text(encoding="utf-8"))
    receipt = read_receipt(document)
    assert said([receipt], 40) == {*range(1, 8), 9, 10, 17, 25}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"schema": "receipt/2.0"}, "schema"),
        ({"upto": -1}, "upto"),
        ({"upto": "7"}, "upto"),
        ({"start": 0}, "start"),
        ({"start": 7}, "start"),
        ({"bitmap": "A" * 1367}, "bitmap"),
        ({"bitmap": "A"}, "bitmap"),
        ({"bitmap": "A+"}, "bitmap"),
        ({"bitmap": None}, "bitmap"),
        ({"boot": "x"}, "boot"),
        ({"collector": "o/s/u"}, "collector"),
        ({"at": "yesterday"}, "at"),
        ({"proof": {"key": "x", "sig": "y"}}, "proof.key"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(change: dict[str, Any], where: str) -> None:
    document = json.loads((GOLDEN / "holes.json").read_text(encoding="utf-8"))
    with pytest.raises(MessageError, match=f"^{where}: "):
        read_receipt({**document, **change})


def test_the_checked_in_schema_is_fresh_and_bounds_every_string() -> None:
    path = Path(message.__file__).parent / "schemas/receipt-1.0.json"
    schema = receipt_schema()
    assert json.loads(path.read_text(encoding="utf-8")) == schema
    assert schema["$id"] == "urn:edge-alpr:schema:receipt:1.0"
    strings = [each for each in schema["properties"].values() if each.get("type") == "string"]
    assert len(strings) > 5
    assert all("pattern" in each for each in strings)


def test_unknown_fields_and_later_minor_versions_are_read() -> None:
    document = json.loads((GOLDEN / "holes.json").read_text(encoding="utf-8"))
    later = read_receipt({**document, "schema": "receipt/1.3", "weather": "rain"})
    assert later == replace(read_receipt(document), schema="receipt/1.3")
