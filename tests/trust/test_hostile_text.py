"""T11 of docs/threats.md: what is painted on a plate is never more than letters and digits, wherever it comes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import decode, encode
from edge_alpr.message.document import dump_document
from edge_alpr.message.hotlist import read_entry
from edge_alpr.plates import ALPHABET, normalise
from fakes.events import an_event
from fixtures.doors import ENTRY

if TYPE_CHECKING:
    from fixtures.soak import Publish

SEEDS = (
    "'; DROP TABLE reads;--", '" OR 1=1 --', "ZU 0666',0,0);", "<script>x</script>", "<img src=x>",
    "&lt;b&gt;", "{{7*7}}", "${jndi:ldap://x}", "$(reboot)", "`id`", "%s%s%n", "{0.__class__}", "../../etc/passwd",
    "AB\x00CD", "AB\nCD: alert", "AB\r\nCD", "\x1b[2J", "\u202eABC", "\u0410\u0412\u0421123", "Ａ1234", "A\u0301123",
    "\u200bABC123", "ab123", "AB 123", "AB-123", "+/#", "alpr/v1/#", "=cmd|' /C calc'!A0", "@SUM(1)", "null", "true",
    "NaN", "1e999", "A" * 13, "A" * 5000, "", " ", "🚗🚗🚗", "ÄÖÜ123", "\ufeffABC",
)  # fmt: skip
HOSTILE = [text + tail for text in SEEDS for tail in ("", "'", "<", "\n", "\x00")]
"""200 strings; not one is a plate as a camera reads it."""


def as_event(text: str) -> bytes:
    body = json.loads(encode(an_event()))
    body["plate"]["text"] = text
    return dump_document(body)


def test_none_of_200_hostile_texts_gets_through_a_door(publish: Publish) -> None:
    through = []
    for text in HOSTILE:
        for door in (decode, read_entry):
            entry = dump_document(json.loads(ENTRY) | {"plate": text})
            try:
                door(as_event(text) if door is decode else entry)
            except MessageError:
                continue
            through.append(text)
    publish("T11", "hostile texts", texts=len(HOSTILE), doors=2, through=len(through))
    assert len(HOSTILE) == 200
    assert through == []


def test_what_a_person_typed_keeps_only_letters_and_digits() -> None:
    assert all(set(normalise(text)) <= set(ALPHABET) for text in HOSTILE)


def test_control_a_plate_gets_through_both() -> None:
    assert decode(as_event("MADE0UP")).plate.text == "MADE0UP"
    assert read_entry(ENTRY).plate == "MADE0UP"
