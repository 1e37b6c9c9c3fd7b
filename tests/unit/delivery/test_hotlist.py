"""The plain local list: what it may look like, what is refused and how, and what it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.delivery.hotlist import MAX_FILE_BYTES, NO_HOTLIST, Entry, Hotlist, load_hotlist
from edge_alpr.errors import PolicyError
from edge_alpr.plates import ALPHABET, LOOK_ALIKES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

texts = st.text(ALPHABET, min_size=2, max_size=12)


def found(hotlist: Hotlist, text: str) -> list[tuple[int, str]]:
    return [(entry.line, how) for entry, how in hotlist.find(text)]


def test_a_list_as_people_write_it(write_list: Callable[..., Path]) -> None:
    path = write_list(
        "plate,reason",
        "# wanted since Monday",
        "",
        "EDGE042,stolen",
        "  ed ge-0.77  ",
        "abc123 , missing person, two children",
        "\r",
    )
    hotlist = load_hotlist(path)
    assert len(hotlist) == 3
    assert hotlist.name == "wanted"
    (entry, how) = hotlist.find("ABC123")[0]
    assert (entry.reason, entry.line, how) == ("missing person, two children", 6, "exact")
    assert found(hotlist, "EDGE077") == [(5, "exact")]
    assert hotlist.find("EDGE077")[0][0].reason is None


def test_a_windows_file_with_a_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbfEDGE042,stolen\r\nEDGE043\r\n")
    hotlist = load_hotlist(path)
    assert found(hotlist, "EDGE042") == [(1, "exact")]
    assert hotlist.find("EDGE042")[0][0].reason == "stolen"


def test_the_version_follows_the_content(write_list: Callable[..., Path]) -> None:
    first = load_hotlist(write_list("EDGE042")).version
    assert load_hotlist(write_list("EDGE042")).version == first
    assert load_hotlist(write_list("EDGE043")).version != first


def test_look_alikes_are_found_and_called_confusable(write_list: Callable[..., Path]) -> None:
    hotlist = load_hotlist(write_list("EDGE042", "EDGEO42", "XB8"))
    assert found(hotlist, "EDGE042") == [(1, "exact"), (2, "confusable")]
    assert found(hotlist, "EDGEO42") == [(2, "exact"), (1, "confusable")]
    assert found(hotlist, "EDGEQ4Z") == [(1, "confusable"), (2, "confusable")]
    assert found(hotlist, "X88") == [(3, "confusable")]
    assert found(hotlist, "EDGE043") == []
    assert found(hotlist, "EDGE04") == []


def test_every_entry_of_one_plate_is_named(write_list: Callable[..., Path]) -> None:
    hotlist = load_hotlist(write_list("EDGE042,stolen", "EDGE042,missing person"))
    assert [entry.reason for entry, _ in hotlist.find("EDGE042")] == ["stolen", "missing person"]


@given(texts, texts)
def test_a_match_means_equal_or_alike_at_every_place(listed: str, read: str) -> None:
    hotlist = Hotlist.of("l", "v", [Entry(listed, None, 1)])
    alike = len(listed) == len(read) and all(
        a == b or any(a in group and b in group for group in LOOK_ALIKES)
        for a, b in zip(listed, read, strict=True)
    )
    expected = [(1, "exact" if listed == read else "confusable")] if alike else []
    assert found(hotlist, read) == expected


@given(texts, st.data())
def test_any_exchange_of_look_alikes_is_found(listed: str, data: st.DataObject) -> None:
    groups = {character: group for group in LOOK_ALIKES for character in group}
    read = "".join(data.draw(st.sampled_from(groups.get(c, c))) for c in listed)
    hotlist = Hotlist.of("l", "v", [Entry(listed, None, 1)])
    assert len(found(hotlist, read)) == 1


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
def test_a_wrong_line_is_named_with_what_to_do(
    write_list: Callable[..., Path], line: str, what: str
) -> None:
    path = write_list("EDGE001", line)
    with pytest.raises(PolicyError) as caught:
        load_hotlist(path)
    assert str(caught.value).startswith(f"{path}:2: {what}")


def test_all_wrong_lines_are_told_at_once_but_not_thousands(
    write_list: Callable[..., Path],
) -> None:
    with pytest.raises(PolicyError) as caught:
        load_hotlist(write_list(*(["A"] * 1000)))
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("and 980 more lines")


def test_no_message_and_no_representation_quotes_a_plate(write_list: Callable[..., Path]) -> None:
    with pytest.raises(PolicyError) as caught:
        load_hotlist(write_list("SECRET7!", "SECRET7 # x"))
    assert "SECRET7" not in str(caught.value).upper()
    hotlist = load_hotlist(write_list("SECRET7,stolen"))
    assert "SECRET7" not in repr(hotlist) + repr(hotlist.find("SECRET7"))


def test_an_absent_file_a_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"absent\.csv: the hotlist cannot be read: No such file"):
        load_hotlist(tmp_path / "absent.csv")
    with pytest.raises(PolicyError, match="cannot be read"):
        load_hotlist(tmp_path)
    latin = tmp_path / "latin.csv"
    latin.write_bytes("EDGE001\nM\xfcnchen\n".encode("latin-1"))
    with pytest.raises(PolicyError, match=r"latin\.csv:2: not UTF-8 text: save"):
        load_hotlist(latin)


def test_a_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(PolicyError, match="larger than 16 MiB"):
        load_hotlist(path)


def test_an_empty_list_matches_nothing(write_list: Callable[..., Path]) -> None:
    assert len(load_hotlist(write_list("# nobody"))) == 0
    assert NO_HOTLIST.find("EDGE042") == []
