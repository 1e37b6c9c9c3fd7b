"""Signed documents: what a signature survives, what breaks it, and whose word is taken for what."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.document import dump_document, parse_document
from fakes.keys import COLLECTOR_KEY, RING, STRANGER_KEY, UNIT_KEY

GOLDEN = Path(__file__).parents[2] / "golden"
GOLDEN_RING = KeyRing(
    [
        Member("example/route-53-n/unit-0042", UNIT_KEY.public),
        Member("central", COLLECTOR_KEY.public),
    ]
)
SIGNED = [
    GOLDEN / "plate.read-1.0/hit.json",
    GOLDEN / "plate.read-1.0/everything.json",
    *sorted((GOLDEN / "receipt-1.0").glob("*.json")),
]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
documents = st.dictionaries(st.text(max_size=8), values, max_size=6).map(
    lambda fields: {**fields, "schema": "test/1.0", "org": "o", "site": "s", "unit": "u"}
)


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same value with the keys of every object in another order."""
    if isinstance(value, dict):
        pairs = [(name, shuffled(each, rng)) for name, each in value.items()]
        rng.shuffle(pairs)
        return dict(pairs)
    return [shuffled(each, rng) for each in value] if isinstance(value, list) else value


@given(documents)
def test_what_is_signed_verifies_after_a_way_through_bytes(document: dict[str, Any]) -> None:
    body = dump_document(sign_document(document, UNIT_KEY))
    assert verify_document(parse_document(body), RING) == Member("o/s/u", UNIT_KEY.public)


@given(documents, st.integers())
def test_order_and_layout_do_not_matter(document: dict[str, Any], seed: int) -> None:
    signed = sign_document(document, UNIT_KEY)
    other = json.dumps(shuffled(signed, random.Random(seed)), indent=3, ensure_ascii=True)
    assert sign_document(shuffled(document, random.Random(seed)), UNIT_KEY) == signed
    assert verify_document(parse_document(other.encode()), RING).name == "o/s/u"


@given(documents, st.data())
def test_a_changed_byte_breaks_it_unless_it_says_the_same(
    document: dict[str, Any], data: st.DataObject
) -> None:
    """``1.0`` and ``1e0`` are one number; whatever is another value is refused."""
    signed = sign_document(document, UNIT_KEY)
    body = bytearray(dump_document(signed))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        changed = parse_document(bytes(body))
        verify_document(changed, RING)
    except MessageError:
        return
    assert rfc8785.dumps(changed) == rfc8785.dumps(signed)


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.stem)
def test_golden_messages_are_signed_as_they_always_were(path: Path) -> None:
    """Ed25519 has no chance in it: another canonical form or another encoding shows here."""
    message = json.loads(path.read_text(encoding="utf-8"))
    key = COLLECTOR_KEY if message["schema"].startswith("receipt/") else UNIT_KEY
    assert sign_document(message, key) == message
    assert verify_document(message, GOLDEN_RING).key == key.public


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.stem)
def test_no_byte_of_a_golden_message_can_be_changed(path: Path) -> None:
    message = json.loads(path.read_text(encoding="utf-8"))
    body = dump_document(message)
    whole = rfc8785.dumps(message)
    rng = random.Random(1)
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1 << rng.randrange(8)
        try:
            document = parse_document(bytes(changed))
            verify_document(document, GOLDEN_RING)
        except MessageError:
            continue
        assert rfc8785.dumps(document) == whole, f"byte {place}"


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """The example of its section 3.2.2, with a schema; section 3.2.4 lists the canonical bytes."""
    document = {
        "schema": "rfc8785",
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    canonical = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"schema":"rfc8785","string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    proof = sign_document(document, UNIT_KEY)["proof"]
    assert proof == {"key": UNIT_KEY.kid, "sig": UNIT_KEY.sign(canonical.encode())}


def event(**changes: Any) -> dict[str, Any]:
    return {"schema": "test/1.0", "org": "o", "site": "s", "unit": "u", "seq": 1, **changes}


def receipt(**changes: Any) -> dict[str, Any]:
    return event(**{"schema": "receipt/1.0", "collector": "central", **changes})


def test_a_collectors_receipt_is_believed() -> None:
    assert verify_document(sign_document(receipt(), COLLECTOR_KEY), RING).name == "central"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (event(), "not signed"),
        (event(proof=None), "not signed"),
        (event(proof="x"), "expected {key, sig}"),
        (event(proof={"key": UNIT_KEY.kid}), "expected {key, sig}"),
        (event(proof={"key": 7, "sig": "x"}), "expected {key, sig}"),
        (event(proof={"key": UNIT_KEY.kid, "sig": "x"}), "does not fit"),
        (sign_document(event(), STRANGER_KEY), "not enrolled"),
        (sign_document(event(unit="v"), UNIT_KEY), "not for the sender"),
        (sign_document(event(), COLLECTOR_KEY), "not for the sender"),
        (sign_document(event(collector="central"), COLLECTOR_KEY), "not for the sender"),
        (sign_document(receipt(), UNIT_KEY), "not for the sender"),
        (sign_document(receipt(collector="other"), COLLECTOR_KEY), "not for the sender"),
        ({**sign_document(event(), UNIT_KEY), "seq": 2}, "does not fit"),
        ({**sign_document(event(), UNIT_KEY), "more": None}, "does not fit"),
        ({**sign_document(receipt(), COLLECTOR_KEY), "schema": "receipt/1.1"}, "does not fit"),
        ({**sign_document(event(), UNIT_KEY), "seq": 2**53}, "no canonical form"),
        ({**sign_document(event(), UNIT_KEY), "more": "\ud800"}, "no canonical form"),
    ],
)
def test_whose_word_is_not_taken(document: dict[str, Any], words: str) -> None:
    with pytest.raises(MessageError, match=f"^proof: .*{words}"):
        verify_document(document, RING)


def test_signing_again_replaces_the_proof() -> None:
    once = sign_document(event(), UNIT_KEY)
    assert sign_document(once, UNIT_KEY) == once
    assert sign_document(sign_document(event(), STRANGER_KEY), UNIT_KEY) == once


def test_a_document_that_names_no_schema_is_not_signed() -> None:
    """A signature must be worth nothing on another kind of message."""
    with pytest.raises(ValueError, match="without a schema"):
        sign_document({"org": "o"}, UNIT_KEY)


def test_signing_leaves_the_document_as_it_was() -> None:
    document = event()
    sign_document(document, UNIT_KEY)
    assert document == event()
