"""JSON as such: what is taken, and what two parsers might read differently."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.errors import MessageError
from edge_alpr.message.document import MAX_BYTES, dump_document, parse_document

flat = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=5)


@given(flat)
def test_parse_is_the_inverse_of_dump(document: dict[str, object]) -> None:
    body = dump_document(document)
    assert parse_document(body) == document
    assert b"\n" not in body


def test_keys_keep_their_order_and_letters_stay_letters() -> None:
    assert dump_document({"b": 1, "a": "é"}) == '{"b":1,"a":"é"}'.encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1} x', "not JSON"),
        (b'{"a":"\xff"}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (json.dumps({}).encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"null", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b'{"a":1,"a":1}', "a key comes twice"),
        (b'{"a":[{"b":1,"b":2}]}', "a key comes twice"),
        (b'{"a":1,"\\u0061":2}', "a key comes twice"),
        (b'{"a":NaN}', "a number that JSON does not have"),
        (b'{"a":-Infinity}', "a number that JSON does not have"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
    ],
)
def test_what_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(MessageError, match=f"^body: {words}"):
        parse_document(body)


def test_too_many_bytes_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(MessageError, match="too many"):
        parse_document(b" " * (MAX_BYTES + 1))


def test_what_json_cannot_say_is_a_bug() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_document({"a": float("nan")})


def test_an_error_never_quotes_the_body() -> None:
    with pytest.raises(MessageError) as caught:
        parse_document(b'{"plate":SECRET7}')
    assert "SECRET7" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", [r'{"a":"\ud800"}', r'{"\udfff":1}', r'{"a":["\uD83D\u0041"]}'])
def test_half_a_character_is_refused_before_it_reaches_anybody(text: str) -> None:
    """One of these, published to a unit's topic, would have ended the collector again and again."""
    with pytest.raises(MessageError, match="half a character"):
        parse_document(text.encode())


def test_a_whole_character_in_two_halves_is_read() -> None:
    assert parse_document(rb'{"a":"\ud83d\ude97"}') == {"a": "\U0001f697"}
