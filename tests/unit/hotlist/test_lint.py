"""What is said of a list before anybody signs it, line by line and without a plate."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from edge_alpr.errors import PolicyError
from edge_alpr.hotlist.lint import lint, sound_entries
from edge_alpr.hotlist.rows import read_rows
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import DAY_S, NOW_S, an_entry, strict_rules

HEADING = "plate,reason_code,case_no,entered_by,created,expires,approved_by"
GOOD = f"stolen_vehicle,2026-0815,officer-1,,{to_text(NOW_S + DAY_S)},"


def remarks(*lines: str, heading: str = HEADING, **options: Any) -> list[tuple[int, str, str]]:
    rows = read_rows("\n".join([heading, *lines]).encode(), NOW_S)
    found = lint(rows, options.pop("rules", strict_rules()), NOW_S, **options)
    assert "EDGE" not in repr(found)
    return [(remark.line, remark.level, remark.code) for remark in found]


def test_a_good_table_and_the_same_as_json_lines_give_the_same_entries() -> None:
    table = read_rows(f"{HEADING}\nEDGE 042,{GOOD}\n".encode(), NOW_S)
    (row,) = table
    assert row.entry is not None
    assert (row.line, row.entry.plate, row.entry.created) == (2, "EDGE042", to_text(NOW_S))
    lines = json.dumps(asdict(row.entry)) + "\n\n"
    (again,) = read_rows(lines.encode(), NOW_S)
    assert again.entry == row.entry
    assert lint(table, strict_rules(), NOW_S) == []
    assert sound_entries(table, []) == [row.entry]


def test_days_are_times_and_columns_may_come_in_any_order_and_case() -> None:
    content = "Expires, Case_No ,PLATE,reason_code\n2026-01-05,7,dk-10.482,stolen_plate\n"
    (row,) = read_rows(content.encode(), NOW_S)
    assert row.entry is not None
    assert (row.entry.plate, row.entry.expires) == ("DK10482", "2026-01-05T00:00:00.000Z")


def test_twins_and_the_same_plate_are_told_by_the_line_they_look_like() -> None:
    found = remarks(f"EDGE042,{GOOD}", f"EDGEO42,{GOOD}", f"EDGE042,{GOOD}")
    assert found == [(3, "look", "twin"), (4, "look", "duplicate")]


def test_what_is_too_broad_is_told() -> None:
    assert remarks(f"AB1,{GOOD}") == [(2, "look", "short")]
    assert remarks(f"D0O0QB8,{GOOD}") == [(2, "look", "looks_like_many")]
    for wide in ("EDGE*", "EDGE?42", "EDGE04%", "ED[GH]E042"):
        assert remarks(f"{wide},{GOOD}") == [(2, "refused", "wildcard")]


def test_a_plate_in_another_field_is_told() -> None:
    line = f"EDGE042,stolen_vehicle,case of EDGE-042,officer-1,,{to_text(NOW_S + DAY_S)},"
    assert remarks(line) == [(2, "look", "plate_elsewhere")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"EDGE042,,7,o,,{to_text(NOW_S + DAY_S)},", "no_reason"),
        (f"EDGE042,investigation,7,o,,{to_text(NOW_S + DAY_S)},", "not_allowed"),
        (f"EDGE042,immigration_status,7,o,,{to_text(NOW_S + DAY_S)},", "prohibited"),
        (f"EDGE042,stolen_vehicle,,o,,{to_text(NOW_S + DAY_S)},", "no_case_no"),
        ("EDGE042,stolen_vehicle,7,o,,,", "no_expiry"),
        ("EDGE042,stolen_vehicle,7,o,2025-12-01,2025-12-30,", "expired"),
        ("EDGE042,stolen_vehicle,7,o,,2027-01-01,", "expires_too_late"),
        ("EDGE042,stolen_vehicle,7,o,,tomorrow,", "malformed"),
        (",stolen_vehicle,7,o,,2026-01-02,", "malformed"),
        ("MÜ42,stolen_vehicle,7,o,,2026-01-02,", "malformed"),
        ("EDGE042,stolen_vehicle,7", "malformed"),
    ],
)
def test_what_a_unit_would_refuse_is_told_with_its_reason(line: str, code: str) -> None:
    assert remarks(f"EDGE001,{GOOD}", line) == [(3, "refused", code)]


def test_json_lines_that_are_none_are_told_by_their_line() -> None:
    good = json.dumps(asdict(an_entry()))
    bad = ["{", "[]", '{"plate": 7}', '{"plate": "EDGE042", "colour": "red"}', "{}"]
    text = "\n".join([good, *bad])
    rows = read_rows(text.encode(), NOW_S)
    assert [row.line for row in rows if row.entry is None] == [2, 3, 4, 5, 6]
    assert "EDGE" not in repr(rows)


def test_more_than_one_person_may_ask_for_needs_a_second_signature() -> None:
    times = [to_text(NOW_S - n * 3600) for n in range(4)]
    lines = [f"EDGE042,stolen_vehicle,7,o-1,{t},{to_text(NOW_S + DAY_S)}," for t in times]
    refused = [found for found in remarks(*lines) if found[1] == "refused"]
    assert refused == [(5, "refused", "repeated")]
    lines[3] += "sergeant"
    assert [f for f in remarks(*lines, approved=True) if f[1] == "refused"] == []
    assert len([f for f in remarks(*lines, approved=False) if f[1] == "refused"]) == 1


@pytest.mark.parametrize("heading", ["EDGE042,stolen", "plate,plate", "case_no", "", "plate,notes"])
def test_a_table_without_its_heading_is_refused_without_quoting_it(heading: str) -> None:
    with pytest.raises(PolicyError, match="line 1: a table begins with") as caught:
        read_rows(f"{heading}\nEDGE043,x\n".encode(), NOW_S)
    assert "EDGE" not in str(caught.value)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(PolicyError, match="line 2: not UTF-8"):
        read_rows(HEADING.encode() + b"\n\xff", NOW_S)
