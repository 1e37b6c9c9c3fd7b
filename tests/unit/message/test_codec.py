"""Bytes of an event: the round trip, the golden messages, and what is refused in which words."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import decode, encode
from edge_alpr.message.document import MAX_BYTES
from strategies.events import plate_events

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent

GOLDEN = Path(__file__).parents[2] / "golden" / "plate.read-1.0"
MESSAGES = sorted(GOLDEN.glob("*.json"))


def compact(message: Any) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.fixture
def message() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GOLDEN / "hit.json").read_text())
    return loaded


def test_there_are_golden_messages() -> None:
    assert {path.stem for path in MESSAGES} >= {"hit", "bench", "everything"}


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_a_golden_message_is_decoded_and_encoded_to_the_same_bytes(path: Path) -> None:
    """Fails when a field is renamed, moved, dropped or written differently: that needs a new version."""
    body = compact(json.loads(path.read_text()))
    assert encode(decode(body)) == body


@given(plate_events())
def test_decode_is_the_inverse_of_encode_and_the_body_small_and_one_line(event: PlateEvent) -> None:
    body = encode(event)
    assert decode(body) == event
    assert len(body) < MAX_BYTES
    assert b"\n" not in body


def test_unknown_fields_are_ignored_at_any_depth(message: dict[str, Any]) -> None:
    """A minor version may add fields."""
    known = decode(compact(message))
    message["weather"] = {"rain": True}
    message["plate"]["chars"][0]["font"] = "fe"
    assert decode(compact(message)) == known


def test_a_later_minor_version_is_read(message: dict[str, Any]) -> None:
    message["schema"] = "plate.read/1.7"
    assert decode(compact(message)).schema == "plate.read/1.7"


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("schema",), "plate.read/2.0", "schema"),
        (("id",), "0f0f0f0f-0000-4000-8000-000000000000", "id"),
        (("seq",), 0, "seq"),
        (("seq",), "7", "seq"),
        (("seq",), True, "seq"),
        (("boot",), "B7C1", "boot"),
        (("unit",), "Unit/1", "unit"),
        (("unit",), "unit-1\n", "unit"),
        (("test",), 0, "test"),
        (("plate", "text"), "ab 12", "plate.text"),
        (("plate", "confidence"), 1.01, "plate.confidence"),
        (("plate", "chars"), [{}], "plate.chars.0.c"),
        (("read", "box"), [0, 0, 1], "read.box.3"),
        (("time", "captured"), "2026-11-24T02:13:39.412+00:00", "time.captured"),
        (("time", "captured"), "2026-02-30T02:13:39.412Z", "time.captured"),
        (("hits",), None, "hits"),
        (("policy", "sha256"), "sha256:", "policy.sha256"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(
    message: dict[str, Any], path: tuple[str, ...], value: object, where: str
) -> None:
    inner = message
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(MessageError, match=f"^{where}: "):
        decode(compact(message))


def test_a_missing_field_is_refused_even_if_it_could_be_null(message: dict[str, Any]) -> None:
    """Null says unknown; absent says that the sender is not of this version."""
    del message["vehicle"]
    with pytest.raises(MessageError, match=r"^vehicle: Field required$"):
        decode(compact(message))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(message: dict[str, Any], number: str) -> None:
    message["plate"]["confidence"] = 0.123456
    body = compact(message).replace(b"0.123456", number.encode())
    with pytest.raises(MessageError, match=r"plate\.confidence"):
        decode(body)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_what_is_not_an_event_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(MessageError, match=r"^body: "):
        decode(body)


def test_too_many_bytes_are_refused_before_they_are_parsed(message: dict[str, Any]) -> None:
    message["padding"] = "x" * MAX_BYTES
    with pytest.raises(MessageError, match="too many"):
        decode(compact(message))


def test_many_problems_are_told_in_one_short_line() -> None:
    with pytest.raises(MessageError, match=r"schema: Field required; .*and \d+ more$") as caught:
        decode(b"{}")
    assert len(str(caught.value)) < 300


def test_an_error_never_quotes_the_plate(message: dict[str, Any]) -> None:
    message["plate"]["text"] = "SECRET7*"
    message["plate"]["chars"] = "SECRET7*"
    with pytest.raises(MessageError) as caught:
        decode(compact(message))
    assert "SECRET7" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.binary(max_size=300))
def test_any_bytes_are_either_an_event_or_a_message_error(body: bytes) -> None:
    with pytest.raises(MessageError):
        decode(body)


@given(st.data())
def test_one_flipped_byte_never_escapes_as_another_error(data: st.DataObject) -> None:
    body = bytearray(compact(json.loads((GOLDEN / "everything.json").read_text())))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MessageError):
        decode(bytes(body))
