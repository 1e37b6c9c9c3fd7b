"""Which lists are believed and count, and which entries of them, each refusal by its word."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.hotlist.limits import Repeats
from edge_alpr.hotlist.list import read_list
from edge_alpr.hotlist.refusal import ENTRY_WORDS, RefusedListError
from edge_alpr.hotlist.write import approved_list
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.hotlist import MOST_ENTRIES, digest_of, entry_line
from edge_alpr.message.timestamps import to_text
from edge_alpr.policy.purposes import PROHIBITED
from fakes.hotlists import (
    CHIEF_KEY,
    DAY_S,
    NOW_S,
    POLICE_KEY,
    a_list,
    an_entry,
    strict_rules,
    terms,
)
from fakes.keys import STRANGER_KEY, UNIT_KEY

if TYPE_CHECKING:
    from edge_alpr.hotlist.list import Terms


def why(document: bytes, asked: Terms | None = None, now_s: float = NOW_S, **more: Any) -> str:
    with pytest.raises(RefusedListError) as caught:
        read_list(document, asked or terms(), now_s, **more)
    assert "EDGE" not in str(caught.value)
    return caught.value.reason


def edited_head(document: bytes, key: Any = POLICE_KEY, **changes: Any) -> bytes:
    line, _, rest = document.partition(b"\n")
    return dump_document(sign_document({**parse_document(line), **changes}, key)) + b"\n" + rest


def test_a_signed_list_for_us_counts() -> None:
    accepted = read_list(a_list(an_entry(), an_entry("EDGE043")), terms(), NOW_S)
    assert (len(accepted.hotlist), accepted.refused, accepted.approver) == (2, {}, None)
    state = accepted.hotlist.state
    assert state is not None
    assert (state.signed, state.issued_s, state.expires_s) == (True, NOW_S, NOW_S + DAY_S)


@pytest.mark.parametrize("scope", ["o", "o/s", "o/s/u"])
def test_a_list_may_be_for_all_of_us_or_for_one(scope: str) -> None:
    assert len(read_list(a_list(an_entry(), scope=scope), terms(), NOW_S).hotlist) == 1


@pytest.mark.parametrize("scope", ["p", "o/t", "o/s/v", "o/s/u2"])
def test_a_list_for_others_is_refused(scope: str) -> None:
    assert why(a_list(an_entry(), scope=scope)) == "not_for_us"


def test_a_list_that_nobody_or_a_stranger_signed_is_refused() -> None:
    document = a_list(an_entry())
    head, _, rest = document.partition(b"\n")
    bare = {k: v for k, v in json.loads(head).items() if k != "proof"}
    assert why(json.dumps(bare).encode() + b"\n" + rest) == "unsigned"
    assert why(json.dumps({**bare, "proof": None}).encode() + b"\n" + rest) == "unsigned"
    assert why(a_list(an_entry(), key=STRANGER_KEY)) == "not_believed"
    assert why(a_list(an_entry(), key=CHIEF_KEY)) == "not_believed"  # in the city-police's name
    assert why(a_list(an_entry(), authority="chief")) == "not_believed"
    assert why(a_list(an_entry(), key=UNIT_KEY)) == "not_believed"


def test_a_list_has_its_time() -> None:
    document = a_list(an_entry())
    read_list(document, terms(), NOW_S - 299)
    assert why(document, now_s=NOW_S - 301) == "not_yet"
    read_list(document, terms(), NOW_S + DAY_S - 1)
    assert why(document, now_s=NOW_S + DAY_S) == "stale"
    assert why(a_list(an_entry(), hours=24.1)) == "too_long"
    assert why(document, terms(strict_rules(max_age_h=23.0))) == "too_long"


def test_an_older_number_is_refused() -> None:
    read_list(a_list(an_entry()), terms(), NOW_S, least=lambda _: 7)
    assert why(a_list(an_entry()), least=lambda _: 8) == "rolled_back"


def test_a_list_for_one_policy_counts_under_that_one_only() -> None:
    mine, other = (f"sha256:{digit * 64}" for digit in "12")
    document = a_list(an_entry(), policy_sha256=mine)
    read_list(document, terms(policy_sha256=mine), NOW_S)
    assert why(document, terms(policy_sha256=other)) == "other_policy"
    assert why(document) == "other_policy"


def test_entries_that_were_not_signed_are_refused() -> None:
    document = a_list(an_entry(), an_entry("EDGE043"))
    lines = document.splitlines(keepends=True)
    assert why(b"".join(lines[:2])) == "damaged"
    assert why(b"".join([lines[0], lines[2], lines[1]])) == "damaged"
    assert why(document.replace(b"EDGE043", b"EDGE044")) == "damaged"
    assert why(document[:-1]) == "damaged"
    assert why(b"".join([*lines, entry_line(an_entry("EDGE044"))])) == "not_believed"
    assert why(edited_head(document, count=3)) == "damaged"
    assert why(edited_head(document, count=MOST_ENTRIES + 1)) == "damaged"


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(place: int, change: int) -> None:
    document = bytearray(a_list(an_entry()))
    document[place % len(document)] ^= change
    try:
        read_list(bytes(document), terms(), NOW_S)
    except RefusedListError:
        return
    # What JSON takes for the same: a space that is another space, nothing else.
    assert json.loads(bytes(document).split(b"\n")[0]) == json.loads(
        a_list(an_entry()).split(b"\n")[0]
    )


@given(st.binary(max_size=300))
def test_whatever_comes_is_refused_in_words(junk: bytes) -> None:
    assert why(junk) in {"damaged", "unsigned", "not_believed"}


def refused(*entries: Any, asked: Terms | None = None, approved: bool = False) -> dict[int, str]:
    document = a_list(*entries)
    if approved:
        document = approved_list(document, CHIEF_KEY, approver="chief", now_s=NOW_S)
    return dict(read_list(document, asked or terms(), NOW_S).refused)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reason_code": "parking"}, "not_allowed"),
        ({"reason_code": "investigation"}, "not_allowed"),
        *(({"reason_code": code}, "prohibited") for code in sorted(PROHIBITED)),
        ({"case_no": None}, "no_case_no"),
        ({"expires": None}, "no_expiry"),
        ({"expires": to_text(NOW_S - 3600 + 30 * DAY_S + 1)}, "expires_too_late"),
        ({"expires": to_text(NOW_S)}, "expired"),
        ({"created": to_text(NOW_S + 301)}, "not_yet"),
    ],
)
def test_an_entry_is_refused_for_its_reason_and_the_others_count(
    changes: dict[str, Any], reason: str
) -> None:
    accepted = read_list(a_list(an_entry("EDGE001"), an_entry(**changes)), terms(), NOW_S)
    assert (accepted.refused, accepted.reasons) == ({2: reason}, {reason: 1})
    assert len(accepted.hotlist) == 1
    assert reason in ENTRY_WORDS


@pytest.mark.parametrize(
    ("wanted", "without", "reason"),
    [
        ("offence_class", {"offence_class": None}, "no_offence_class"),
        ("person", {"entered_by": None}, "no_person"),
        ("organisation", {"agency": None}, "no_organisation"),
        ("warrant", {}, "no_warrant"),
        ("written_declaration", {}, "cannot_state"),
        ("second_signature", {}, "not_approved"),
    ],
)
def test_what_the_rules_want_of_every_entry(
    wanted: str, without: dict[str, Any], reason: str
) -> None:
    asked = terms(strict_rules(require=frozenset({wanted})))
    assert refused(an_entry(**without), asked=asked) == {1: reason}


@pytest.mark.parametrize(
    "line",
    [
        entry_line(an_entry()).replace(b'"region"', b'"regiom"'),
        entry_line(an_entry()).replace(b'"region":null,', b""),
        entry_line(an_entry()).replace(b'"region":null', b'"case_no":null'),
        entry_line(an_entry("EDGE042")).replace(b"EDGE042", b"edge042"),
        entry_line(an_entry("EDGE042")).replace(b"EDGE042", b"E"),
        entry_line(an_entry("EDGE042")).replace(b"EDGE042", b"EDGE*"),
        b"[]\n",
        b"\n",
        b"\xff\n",
    ],
)
def test_a_line_that_is_no_entry_is_left_out(line: bytes) -> None:
    # Signed all the same: whoever makes lists may use other tools than ours.
    assert line != entry_line(an_entry())
    document = edited_head(a_list(), count=1, sha256=digest_of(line)) + line
    assert read_list(document, terms(), NOW_S).refused == {1: "malformed"}


def test_a_second_signature_is_another_persons_over_this_very_list() -> None:
    asked = terms(strict_rules(second_signature=True))
    entry = an_entry(approved_by="sergeant-2")
    assert refused(entry, asked=asked) == {1: "not_approved"}
    assert refused(entry, asked=asked, approved=True) == {}
    assert refused(an_entry(), asked=asked, approved=True) == {1: "not_approved"}
    self_approved = an_entry(approved_by="officer-1")
    assert refused(self_approved, asked=asked, approved=True) == {1: "not_approved"}
    first, other = a_list(entry), a_list(entry, seq=8)
    approval = approved_list(other, CHIEF_KEY, approver="chief", now_s=NOW_S)[len(other) :]
    assert why(first + approval, asked) == "not_believed"
    stranger = approved_list(first, STRANGER_KEY, approver="chief", now_s=NOW_S)
    assert why(stranger, asked) == "not_believed"


def test_nobody_approves_a_list_of_ones_own() -> None:
    with pytest.raises(RefusedListError, match="another must approve it"):
        approved_list(a_list(an_entry()), POLICE_KEY, approver="chief", now_s=NOW_S)
    with pytest.raises(RefusedListError, match="another must approve it"):
        approved_list(a_list(an_entry()), CHIEF_KEY, approver="city-police", now_s=NOW_S)


def test_a_list_without_entries_takes_the_one_before_away() -> None:
    assert len(read_list(a_list(), terms(), NOW_S).hotlist) == 0


def test_plates_of_entries_that_do_not_count_are_not_kept() -> None:
    accepted = read_list(
        a_list(an_entry("EDGE001", reason_code="personal"), an_entry("EDGE002")), terms(), NOW_S
    )
    stored = accepted.gathered.stored
    held = b"".join(value for value in vars(stored).values() if isinstance(value, bytes))
    assert b"EDGE002" in held
    assert b"EDGE001" not in held


def test_repeats_across_lists_are_remembered_as_long_as_we_run() -> None:
    repeats = Repeats()
    for day in range(3):
        now_s = NOW_S + day * DAY_S
        entry = an_entry(created=to_text(now_s - 60), expires=to_text(now_s + DAY_S))
        accepted = read_list(
            a_list(entry, seq=day + 1, now_s=now_s), terms(), now_s, repeats=repeats
        )
        assert accepted.refused == {}
        repeats.remember(accepted.gathered.asked_by, accepted.gathered.created_s, now_s)
    now_s = NOW_S + 3 * DAY_S
    entry = an_entry(created=to_text(now_s - 60), expires=to_text(now_s + DAY_S))
    fourth = a_list(entry, replace(entry, entered_by="officer-2"), seq=4, now_s=now_s)
    assert read_list(fourth, terms(), now_s, repeats=repeats).refused == {1: "repeated"}
    later_s = now_s + 30 * DAY_S
    entry = an_entry(created=to_text(later_s - 60), expires=to_text(later_s + DAY_S))
    late = a_list(entry, seq=5, now_s=later_s)
    repeats.remember([], [], later_s)
    assert read_list(late, terms(), later_s, repeats=repeats).refused == {}
