"""`plate.sealed/1.0` and `seal.epochs/1.0`: fresh schemas, and golden messages that still open years later."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import parse_document
from edge_alpr.message.epochs import epochs_schema
from edge_alpr.message.sealed import is_sealed, read_sealed, sealed_schema
from edge_alpr.seal.epochs import epochs_document
from edge_alpr.seal.index import index_key, tag_of
from edge_alpr.seal.open import open_outer, open_sealed
from fakes.keys import UNIT_KEY
from fakes.sealing import BEGIN_S, COURT_KEY, POLICE_KEY, epoch_key, some_epochs

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[2] / "golden"
UNIT = "example/route-53-n/unit-0042"
RING = KeyRing([Member(UNIT, UNIT_KEY.public)])
READS = {"hit": "hit.json", "window": "bench.json"}
"""What is in which."""


def golden(class_: str) -> dict[str, Any]:
    return parse_document((GOLDEN / f"plate.sealed-1.0/{class_}.json").read_bytes())


@pytest.mark.parametrize("class_", READS)
def test_a_golden_message_verifies_and_opens_to_the_read_that_went_in(class_: str) -> None:
    """It was made once and is never made anew: suite, label, padding and framing are a promise."""
    document = golden(class_)
    assert is_sealed(document)
    assert read_sealed(document).class_ == class_
    assert verify_document(document, RING).name == UNIT
    read = (GOLDEN / "plate.read-1.0" / READS[class_]).read_bytes()
    assert open_sealed(document, POLICE_KEY, epoch_key) == read


def test_the_golden_window_read_is_found_by_its_tag() -> None:
    document = golden("window")
    (inner,) = open_outer(document, epoch_key(document["epoch"]))
    plate = json.loads((GOLDEN / "plate.read-1.0/bench.json").read_bytes())["plate"]["text"]
    key = index_key(POLICE_KEY, SealKey.of_unit(UNIT_KEY).public, UNIT, document["epoch"])
    assert inner.tag == tag_of(plate, key)


@pytest.mark.parametrize("class_", READS)
def test_nothing_of_the_vehicle_stands_in_the_clear(class_: str) -> None:
    document = golden(class_)
    read = json.loads((GOLDEN / "plate.read-1.0" / READS[class_]).read_bytes())
    header = json.dumps({name: value for name, value in document.items() if name != "sealed"})
    for secret in (read["plate"]["text"], read["id"], read["time"]["captured"][:19]):
        assert secret not in header


@pytest.mark.parametrize(
    ("name", "make", "body"),
    [
        ("plate.sealed-1.0", sealed_schema, lambda: golden("hit")),
        ("plate.sealed-1.0", sealed_schema, lambda: golden("window")),
        (
            "seal.epochs-1.0",
            epochs_schema,
            lambda: epochs_document(some_epochs(), BEGIN_S, COURT_KEY),
        ),
    ],
)
def test_the_checked_in_schema_is_fresh_and_fits(
    name: str, make: Callable[[], dict[str, Any]], body: Callable[[], dict[str, Any]]
) -> None:
    """Stale? `make docs`."""
    shipped = (files("edge_alpr.message") / "schemas" / f"{name}.json").read_text()
    assert json.loads(shipped) == make()
    validator = Draft202012Validator(make())
    assert list(validator.iter_errors(body())) == []
    assert list(validator.iter_errors({**body(), "schema": "x"})) != []


@pytest.mark.parametrize("field", ["boot", "seq", "delete_after", "sealed", "recipients", "class"])
def test_a_message_without_a_part_of_its_header_is_refused(field: str) -> None:
    document = golden("hit")
    del document[field]
    with pytest.raises(MessageError, match=field):
        read_sealed(document)


def test_a_later_minor_version_is_read() -> None:
    later = {**golden("hit"), "schema": "plate.sealed/1.7", "more": {"a": 1}}
    assert read_sealed(later).schema == "plate.sealed/1.7"
    with pytest.raises(MessageError, match="schema"):
        read_sealed({**golden("hit"), "schema": "plate.sealed/2.0"})
