"""The contract of lists: the shipped schemas are those of the types, and take what we write and nothing more."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.errors import MessageError
from edge_alpr.message.hotlist import entry_line, entry_schema, head_schema, read_entry
from fakes.hotlists import a_list, an_entry

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("name", "make"), [("hotlist-1.0", head_schema), ("hotlist.entry-1.0", entry_schema)]
)
def test_the_shipped_schema_is_that_of_the_types(
    name: str, make: Callable[[], dict[str, Any]]
) -> None:
    shipped = (files("edge_alpr.message") / f"schemas/{name}.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == make(), "make docs"


def test_what_is_written_passes_the_schemas_and_what_is_not_ours_does_not() -> None:
    head, entry, *_ = a_list(an_entry(region="US-IL", expected_make="Ford")).split(b"\n")
    Draft202012Validator(head_schema()).validate(json.loads(head))
    validator = Draft202012Validator(entry_schema())
    validator.validate(json.loads(entry))
    for spoilt in ({**json.loads(entry), "remark": "x"}, {"plate": "EDGE042"}):
        assert not validator.is_valid(spoilt)
        with pytest.raises(MessageError):
            read_entry(json.dumps(spoilt, separators=(",", ":")).encode())


def test_a_line_is_read_as_it_was_written() -> None:
    entry = an_entry(approved_by="sergeant", expires=None)
    assert read_entry(entry_line(entry).rstrip(b"\n")) == entry


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"{", b'{"plate":"EDGE043",'),
        (b"{", b'{"note":null,'),
        (b'"plate":', b'"plate" :'),
        (b'"region":null,', b""),
    ],
)
def test_a_line_that_two_parsers_could_read_differently_is_none(old: bytes, new: bytes) -> None:
    line = entry_line(an_entry()).rstrip(b"\n")
    with pytest.raises(MessageError, match="each of the 12 fields once") as caught:
        read_entry(line.replace(old, new))
    assert "EDGE" not in str(caught.value)
