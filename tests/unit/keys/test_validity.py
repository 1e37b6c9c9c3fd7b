"""When a key is believed: bounds in a ring's line, and a revocation that nothing undoes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member, enroll, revoke
from edge_alpr.keys.validity import Validity, parse_time
from fakes.keys import STRANGER_KEY, UNIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

NAME = "o/s/u"
DAY_S = 86_400.0
DOCUMENT = {"schema": "plate.read/1.0", "org": "o", "site": "s", "unit": "u", "seq": 1}


def _member(*words: str) -> Member:
    return Member(NAME, UNIT_KEY.public, Validity.parse(words))


def _refusal(now_s: float, *members: Member) -> str | None:
    """What a checker at ``now_s`` says to a message that the key signed."""
    ring = KeyRing(members, now_s=lambda: now_s)
    try:
        verify_document(sign_document(DOCUMENT, UNIT_KEY), ring)
    except MessageError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-11-23", "not believed before 2026-11-24"),
        ("2026-11-24", None),
        ("2026-11-30T23:59:59Z", None),
        ("2026-12-01", "was believed until 2026-12-01"),
    ],
)
def test_a_key_is_believed_within_its_bounds(now: str, told: str | None) -> None:
    refusal = _refusal(parse_time(now), _member("until=2026-12-01", "from=2026-11-24"))
    assert refusal is None if told is None else told in str(refusal)


def test_a_revoked_key_is_refused_from_that_moment() -> None:
    at_s = parse_time("2026-11-24T10:00:00Z")
    member = _member("revoked=2026-11-24T10:00:00Z")
    assert _refusal(at_s - 0.001, member) is None
    assert "revoked since 2026-11-24T10:00:00.000Z" in str(_refusal(at_s, member))


def test_no_order_of_lines_makes_a_revoked_key_believed() -> None:
    lines = [_member(), _member("until=2027-01-01"), _member("revoked=2026-11-24")]
    for order in itertools.permutations(lines):
        assert "revoked" in str(_refusal(parse_time("2026-11-25"), *order))
        assert _refusal(parse_time("2026-11-23"), *order) is None


def test_the_strictest_of_several_lines_holds() -> None:
    wide, narrow = _member("from=2026-01-01", "until=2028-01-01"), _member("until=2027-01-01")
    (member,) = KeyRing([wide, narrow])
    assert member.validity.words() == [
        "from=2026-01-01T00:00:00.000Z",
        "until=2027-01-01T00:00:00.000Z",
    ]


def test_revoking_adds_a_file_and_leaves_the_others(tmp_path: Path) -> None:
    enroll(tmp_path, _member())
    enroll(tmp_path, Member("o/s/other", STRANGER_KEY.public))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    (added,) = revoke(tmp_path, NAME, 1000 * DAY_S)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path != added} == before
    ring = {member.name: member for member in KeyRing.load(tmp_path)}
    assert ring[NAME].validity.revoked_s == 1000 * DAY_S
    assert ring["o/s/other"].validity == Validity()
    enroll(tmp_path, _member())
    assert KeyRing.load(tmp_path).get(UNIT_KEY.kid) == ring[NAME]


def test_a_revocation_may_be_moved_forward_and_never_back(tmp_path: Path) -> None:
    enroll(tmp_path, _member())
    assert len(revoke(tmp_path, UNIT_KEY.kid, 2000.0)) == 1
    assert revoke(tmp_path, UNIT_KEY.kid, 3000.0) == []
    assert len(revoke(tmp_path, UNIT_KEY.kid, 1000.0)) == 1
    (member,) = KeyRing.load(tmp_path)
    assert member.validity.revoked_s == 1000.0


def test_who_is_not_there_cannot_be_revoked(tmp_path: Path) -> None:
    enroll(tmp_path, _member())
    with pytest.raises(KeyFileError, match="neither a kid nor a name"):
        revoke(tmp_path, "o/s/nobody", 1.0)


@pytest.mark.parametrize(
    "word",
    [
        "until",
        "until=",
        "until=soon",
        "until=2026-02-30",
        "for=2026-01-01",
        "until=2026-01-01T00:00:00",
    ],
)
def test_a_line_with_a_word_that_is_not_understood_is_refused(tmp_path: Path, word: str) -> None:
    """Nobody may be believed for longer because of a slip of the pen."""
    (tmp_path / "one.pub").write_text(f"{_member()} {word}\n")
    with pytest.raises(KeyFileError, match=r"one\.pub:1: "):
        KeyRing.load(tmp_path)


def test_a_word_that_comes_twice_is_refused() -> None:
    with pytest.raises(KeyFileError, match="each once"):
        Validity.parse(["until=2026-01-01", "until=2027-01-01"])


def test_a_line_says_what_was_read_from_it() -> None:
    words = ["from=2026-01-01T00:00:00.000Z", "revoked=2026-06-01T12:00:00.500Z"]
    assert Validity.parse(words).words() == words
