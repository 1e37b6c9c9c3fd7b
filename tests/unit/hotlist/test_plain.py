"""The plain list of a bench: what it may look like, what is refused and how, and what it matches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import PolicyError
from edge_alpr.hotlist.plain import MOST_BYTES, is_plain, read_plain
from fakes.hotlists import a_list, an_entry
from fakes.sightings import scores_for

if TYPE_CHECKING:
    from edge_alpr.hotlist.match import Hotlist

PATH = Path("lists/wanted.csv")


def plain(*lines: str) -> Hotlist:
    return read_plain(("\n".join(lines) + "\n").encode(), PATH)


def found(hotlist: Hotlist, text: str) -> list[tuple[str, str, str | None]]:
    matches = hotlist.matches(text, scores_for(text))
    return [(match.entry, match.class_, match.reason) for match in matches]


def test_a_list_as_people_write_it() -> None:
    hotlist = plain(
        "plate,reason",
        "# wanted since Monday",
        "",
        "EDGE042,stolen",
        "  ed ge-0.77  ",
        "abc123 , missing person, two children",
        "\r",
    )
    assert (len(hotlist), hotlist.name, hotlist.state) == (3, "wanted", None)
    assert found(hotlist, "ABC123") == [("line 6", "exact", "missing person, two children")]
    assert found(hotlist, "EDGE077") == [("line 5", "exact", None)]
    (match,) = hotlist.matches("EDGE042", scores_for("EDGE042"))
    assert (match.purpose, match.expires_s) == (None, None)


def test_a_windows_file_with_a_mark_is_read() -> None:
    hotlist = read_plain(b"\xef\xbb\xbfEDGE042,stolen\r\nEDGE043\r\n", PATH)
    assert found(hotlist, "EDGE042")[0] == ("line 1", "exact", "stolen")


def test_the_version_follows_the_content() -> None:
    first = plain("EDGE042").version
    assert plain("EDGE042").version == first
    assert plain("EDGE043").version != first


def test_look_alikes_are_found_and_called_confusable() -> None:
    hotlist = plain("EDGE042", "EDGEO42", "XB8")
    assert [f[:2] for f in found(hotlist, "EDGE042")] == [
        ("line 1", "exact"),
        ("line 2", "confusable"),
    ]
    assert [f[0] for f in found(hotlist, "EDGEQ4Z")] == ["line 1", "line 2"]
    assert [f[:2] for f in found(hotlist, "X88")] == [("line 3", "confusable")]
    assert found(hotlist, "EDGE043") == found(hotlist, "EDGE04") == []


def test_every_entry_of_one_plate_is_named() -> None:
    hotlist = plain("EDGE042,stolen", "EDGE042,missing person")
    assert [f[2] for f in found(hotlist, "EDGE042")] == ["stolen", "missing person"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("MÜ123", "only A-Z and 0-9 can be read: write the plate as the camera reads it"),
        ("A", "a plate has 2 to 12 characters, this one 1"),
        ("ABCDEFGHIJKLM", "a plate has 2 to 12 characters, this one 13"),
        (",stolen", "a plate has 2 to 12 characters, this one 0"),
        ("EDGE042 # stolen", "a comment must have a line of its own"),
        ("EDGE042;stolen", "only A-Z and 0-9 can be read"),
        ("EDGE042," + "x" * 201, "a reason has at most 200 characters, this one 201"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(line: str, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        plain("EDGE001", line)
    assert str(caught.value).startswith(f"{PATH}:2: {what}")


def test_all_wrong_lines_are_told_at_once_but_not_thousands() -> None:
    with pytest.raises(PolicyError) as caught:
        plain(*(["A"] * 1000))
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("and 980 more lines")


def test_no_message_and_no_representation_quotes_a_plate() -> None:
    with pytest.raises(PolicyError) as caught:
        plain("SECRET7!", "SECRET7 # x")
    assert "SECRET7" not in str(caught.value).upper()
    hotlist = plain("SECRET7,stolen")
    assert "SECRET7" not in repr(hotlist) + repr(found(hotlist, "SECRET7"))


def test_bytes_that_are_no_text_and_far_too_many_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"wanted\.csv:2: not UTF-8 text: save"):
        read_plain("EDGE001\nM\xfcnchen\n".encode("latin-1"), PATH)
    with pytest.raises(PolicyError, match="larger than 16 MiB"):
        read_plain(b"#" * (MOST_BYTES + 1), PATH)


def test_an_empty_list_matches_nothing() -> None:
    assert len(plain("# nobody")) == 0


def test_a_signed_list_is_not_taken_for_a_plain_one() -> None:
    assert is_plain(b"EDGE042,stolen\n")
    assert not is_plain(a_list(an_entry()))
