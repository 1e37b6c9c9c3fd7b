"""Summary and piece of an audit log: golden messages, the schemas that the package carries, what their proof covers."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.audit.checkpoint import read_checkpoint
from edge_alpr.audit.verify import read_log, verify
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.log_piece import decode_piece, encode_piece, piece_schema
from edge_alpr.message.summary import decode_summary, encode_summary, summary_schema
from fakes.keys import UNIT_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[2] / "golden"
RING = KeyRing([Member("example/route-53-n/unit-0042", UNIT_KEY.public)])
KINDS: dict[str, tuple[Callable[[], dict[str, Any]], Callable[[bytes], bytes]]] = {
    "unit.summary-1.0": (summary_schema, lambda body: encode_summary(decode_summary(body), None)),
    "unit.audit-1.0": (piece_schema, lambda body: encode_piece(decode_piece(body), None)),
}
MESSAGES = [path for kind in KINDS for path in sorted((GOLDEN / kind).glob("*.json"))]


@pytest.mark.parametrize("kind", KINDS)
def test_the_checked_in_schema_is_fresh(kind: str) -> None:
    """Stale? `make docs`."""
    shipped = (files("edge_alpr.message") / "schemas" / f"{kind}.json").read_text()
    assert json.loads(shipped) == KINDS[kind][0]()
    assert list((GOLDEN / kind).glob("*.json")), "there is no golden message"


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_message_fits_holds_and_stays_the_same(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    make, again = KINDS[path.parent.name]
    validator = Draft202012Validator(make())
    assert list(validator.iter_errors(document)) == []
    assert list(validator.iter_errors({**document, "boot": "x"})) != []
    assert json.loads(again(path.read_bytes())) == document
    assert verify_document(document, RING).key == UNIT_KEY.public


def test_the_golden_piece_is_a_whole_log_that_anybody_can_check() -> None:
    piece = decode_piece((GOLDEN / "unit.audit-1.0/first.json").read_bytes())
    data = "".join(f"{line}\n" for line in piece.lines).encode()
    checkpoint = read_checkpoint(piece.checkpoint)
    verdict = verify(read_log(data), [UNIT_KEY.public], [checkpoint])
    assert verdict.problems == ()
    assert (verdict.covered, verdict.origin) == (piece.size, piece.log)
    assert piece.root == f"sha256:{checkpoint[0].root.hex()}"
