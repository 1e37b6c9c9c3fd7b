"""What a read matches, how near, how likely, and what is told of the entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.hotlist.list import read_list
from edge_alpr.hotlist.match import MOST_MATCHES, NO_HOTLIST
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.plates import ALPHABET, Plate
from fakes.hotlists import NOW_S, a_list, an_entry, strict_rules, terms
from fakes.sightings import scores_for

if TYPE_CHECKING:
    from edge_alpr.policy.rules import Rules


def with_edits() -> Rules:
    rules = strict_rules()
    return replace(
        rules, hit=replace(rules.hit, classes=frozenset({"exact", "confusable", "edit"}))
    )


def test_a_hit_names_list_line_and_purpose_and_not_the_plate() -> None:
    entry = an_entry(region="US-IL", expected_make="Ford", expected_colour="red")
    accepted = read_list(a_list(an_entry("OTHER77"), entry), terms(), NOW_S)
    (match,) = accepted.hotlist.matches(Plate("EDGE042"), scores_for("EDGE042"))
    assert (match.list, match.list_version, match.entry) == ("city-police", "7", "line 2")
    assert (match.class_, match.purpose, match.confidence) == ("exact", "stolen_vehicle", 1.0)
    assert match.reason == "stolen vehicle; case 2026-0815; plate of US-IL; expect red Ford"
    assert entry.expires is not None
    assert match.expires_s == to_seconds(entry.expires)
    assert "EDGE042" not in repr(match) + repr(accepted)


def test_a_look_alike_is_as_likely_as_the_pixels_say() -> None:
    hotlist = read_list(a_list(an_entry("EDGE042")), terms(), NOW_S).hotlist
    scores = scores_for("EDGEO42")
    scores[4, ALPHABET.index("O")], scores[4, ALPHABET.index("0")] = 0.6, 0.3
    (match,) = hotlist.matches("EDGEO42", scores)
    assert match.class_ == "confusable"
    assert match.confidence == pytest.approx(0.3 / 0.6, abs=1e-4)


def test_edits_count_only_where_the_rules_count_them() -> None:
    document = a_list(an_entry("EDGE042"))
    strict = read_list(document, terms(), NOW_S).hotlist
    assert strict.matches("EDGE043", scores_for("EDGE043")) == ()
    loose = read_list(document, terms(with_edits()), NOW_S).hotlist
    for text, expected in (
        ("EDGE043", None),
        ("EDGE42", 0.1),
        ("EDGE0421", 0.1),
        ("EDQE042", None),
    ):
        (match,) = loose.matches(text, scores_for(text))
        assert match.class_ == "edit"
        assert expected is None or match.confidence == pytest.approx(expected)
    assert loose.matches("EDG04", scores_for("EDG04")) == ()


def test_exact_comes_before_confusable_before_edit_and_fifty_are_enough() -> None:
    entries = [an_entry("EDGE043")] * 30 + [an_entry("EDGEO42")] * 30 + [an_entry("EDGE042")] * 5
    hotlist = read_list(a_list(*entries), terms(with_edits()), NOW_S).hotlist
    matches = hotlist.matches("EDGE042", scores_for("EDGE042"))
    assert [match.class_ for match in matches] == ["exact"] * 5 + ["confusable"] * 30 + [
        "edit"
    ] * 15
    assert len(matches) == MOST_MATCHES


@pytest.mark.parametrize("text", ["", "A" * 13, "EDGE-42", "ÖDGE042"])
def test_what_no_plate_can_say_matches_nothing(text: str) -> None:
    hotlist = read_list(a_list(an_entry()), terms(with_edits()), NOW_S).hotlist
    assert hotlist.matches(text, scores_for("EDGE042")) == ()


def test_without_a_list_nothing_matches() -> None:
    assert NO_HOTLIST.matches("EDGE042", scores_for("EDGE042")) == ()
    assert (len(NO_HOTLIST), NO_HOTLIST.state) == (0, None)


def test_entries_that_were_left_out_do_not_shift_the_lines() -> None:
    entries = an_entry("EDGE001", case_no=None), an_entry("EDGE002"), an_entry("EDGE003")
    hotlist = read_list(a_list(*entries), terms(), NOW_S).hotlist
    for line, plate in ((2, "EDGE002"), (3, "EDGE003")):
        (match,) = hotlist.matches(plate, scores_for(plate))
        assert (match.entry, match.reason) == (f"line {line}", "stolen vehicle; case 2026-0815")
