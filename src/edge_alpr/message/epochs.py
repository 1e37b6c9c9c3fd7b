"""Defines `seal.epochs/1.0`: the custodian's signed word which key is for which day, and when each is destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from annotated_types import MaxLen, MinLen
from pydantic import ConfigDict, StringConstraints, TypeAdapter, ValidationError, with_config

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import explain
from edge_alpr.message.document import dump_document
from edge_alpr.message.fields import Proof, Timestamp
from edge_alpr.message.schema import schema_of
from edge_alpr.message.sealed import Custodian, Day

EPOCHS: Final = "seal.epochs/1.0"
MOST_DAYS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochKey:
    """One UTC day."""

    day: Day
    key: Annotated[str, StringConstraints(pattern="^x25519:[0-9A-Za-z_-]{43}$")]
    """What the window reads of that day are sealed to."""
    until: Timestamp
    """When the custodian destroys the private half: nothing of that day opens any more."""


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class EpochBundle:
    """The days ahead, so that a unit needs no network to seal."""

    schema: Annotated[str, StringConstraints(pattern=r"^seal\.epochs/1\.[0-9]{1,4}$")]
    custodian: Custodian
    issued: Timestamp
    epochs: Annotated[tuple[EpochKey, ...], MinLen(1), MaxLen(MOST_DAYS)]
    proof: Proof | None = None


_ADAPTER: Final = TypeAdapter(EpochBundle)


def epochs_schema() -> dict[str, Any]:
    """JSON Schema of `seal.epochs/1.0`."""
    return schema_of(_ADAPTER, EPOCHS, "urn:edge-alpr:schema:seal.epochs:1.0")


def read_bundle(document: dict[str, Any]) -> EpochBundle:
    """The bundle in a document, whose signature the caller checks. Unknown fields are ignored.

    Raises:
        MessageError: says what is wrong and where.
    """
    try:
        bundle = _ADAPTER.validate_json(dump_document(document), strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None
    if len({epoch.day for epoch in bundle.epochs}) != len(bundle.epochs):
        raise MessageError("epochs: a day comes twice")
    return bundle
