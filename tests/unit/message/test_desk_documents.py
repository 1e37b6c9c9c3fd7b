"""What people sign at a desk, and what it signs: documents of yesterday read, check and are named as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import document_sha256, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.asked import CONSENT, QUESTION, REQUEST, VERDICT
from edge_alpr.message.document import parse_document
from edge_alpr.message.partner import DECLARATION, PARTNER
from edge_alpr.message.told import ANSWER, CORRECTION, RELEASE
from fakes.house import ANN, BOB, ZED, key_of

if TYPE_CHECKING:
    from edge_alpr.message.typed import Typed

GOLDEN = Path(__file__).parents[2] / "golden/desk-1.0"
KINDS: tuple[Typed[Any], ...] = (
    *(REQUEST, CONSENT, VERDICT, QUESTION),
    *(PARTNER, DECLARATION),
    *(RELEASE, ANSWER, CORRECTION),
)
RING = KeyRing(Member(name, key_of(name).public) for name in (ANN, BOB, ZED, "clerk", "far", "o"))
DIGESTS = json.loads((GOLDEN / "sha256.json").read_text(encoding="utf-8"))
"""How the log of a holder names each: this must never change."""


def golden(kind: Typed[Any]) -> dict[str, Any]:
    name = kind.name.partition("/")[0]
    return parse_document((GOLDEN / f"{name}.json").read_bytes())


def named(kind: Typed[Any]) -> str:
    return kind.name


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_it_reads_back_as_it_was_written(kind: Typed[Any]) -> None:
    document = golden(kind)
    assert kind.document(kind.read(document)) == document
    Draft202012Validator(kind.schema()).validate(document)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_its_signature_and_its_name_hold(kind: Typed[Any]) -> None:
    document = golden(kind)
    verify_document(document, RING)
    assert document_sha256(document) == DIGESTS[kind.name]
    for field, value in document.items():
        if field not in {"proof", "schema"} and isinstance(value, str):
            with pytest.raises(MessageError):
                verify_document({**document, field: f"{value}x"}, RING)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_a_later_minor_version_may_have_fields_that_are_new(kind: Typed[Any]) -> None:
    document = {**golden(kind), "schema": kind.name.replace("1.0", "1.7"), "new": 1}
    assert kind.read(document)
    with pytest.raises(MessageError):
        kind.read({**document, "schema": kind.name.replace("1.0", "2.0")})


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_no_kind_passes_for_another(kind: Typed[Any]) -> None:
    for other in KINDS:
        if other is not kind:
            with pytest.raises(MessageError, match="schema: expected"):
                kind.read(golden(other))


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_a_field_that_is_missing_is_named_and_nothing_is_quoted(kind: Typed[Any]) -> None:
    document = golden(kind)
    for field in document:
        if field in {"schema", "proof"}:
            continue
        left = {name: value for name, value in document.items() if name != field}
        with pytest.raises(MessageError, match=field) as told:
            kind.read(left)
        assert "TEST0X0" not in str(told.value)
