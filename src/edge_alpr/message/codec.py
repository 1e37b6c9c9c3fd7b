"""Turns a `PlateEvent` into bytes and back: compact UTF-8 JSON, keys in the order of the types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from edge_alpr.errors import MessageError
from edge_alpr.message.document import MAX_BYTES
from edge_alpr.message.fields import Proof
from edge_alpr.message.schema import event_adapter

if TYPE_CHECKING:
    from edge_alpr.message.document import Sign
    from edge_alpr.message.event import PlateEvent

_MAX_TOLD: Final = 5


def encode(event: PlateEvent) -> bytes:
    """The body of a message. The same event always gives the same bytes."""
    return event_adapter().dump_json(event, by_alias=True)


def sign_event(event: PlateEvent, sign: Sign) -> PlateEvent:
    """The event with its proof. `encode` writes the values that were signed, to the last digit."""
    proof = sign(event_adapter().dump_python(event, mode="json", by_alias=True))["proof"]
    return replace(event, proof=Proof(**proof))


def decode(body: bytes) -> PlateEvent:
    """The event in a body. Fields that this version does not know are ignored.

    Raises:
        MessageError: says what is wrong and where, and never quotes the body: it may hold a plate.
    """
    if len(body) > MAX_BYTES:
        raise MessageError(f"{len(body)} bytes are too many, at most {MAX_BYTES} are read")
    try:
        return event_adapter().validate_json(body, strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None


def explain(error: ValidationError) -> str:
    """All that is wrong with a message in one line, without the values: they may hold a plate."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        f"{'.'.join(str(step) for step in problem['loc']) or 'body'}: {problem['msg']}"
        for problem in problems[:_MAX_TOLD]
    ]
    if len(problems) > _MAX_TOLD:
        told.append(f"and {len(problems) - _MAX_TOLD} more")
    return "; ".join(told)
