"""Decides whether an arrival is an event that its topic may carry; says what is wrong without quoting it."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import decode
from edge_alpr.message.schema import shipped_schema
from edge_alpr.message.topics import parse

if TYPE_CHECKING:
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.event import PlateEvent

EVENT_KINDS: Final = frozenset({"read", "alert"})
"""The kinds of topic that carry events of `plate.read/1.x`."""


class Validator:
    """Checks by the types and, where `jsonschema` is installed, by the published schema as well.

    The second check is what a consumer in another language does; it guards the promise against our own code.
    """

    def __init__(self) -> None:
        self._schema: Any = None
        if find_spec("jsonschema") is not None:  # the extra "collector"
            from jsonschema import Draft202012Validator  # noqa: PLC0415

            self._schema = Draft202012Validator(json.loads(shipped_schema()))

    @property
    def by_schema(self) -> bool:
        """Whether the published schema is applied."""
        return self._schema is not None

    def event(self, arrival: Arrival) -> PlateEvent | None:
        """The event in an arrival; None if its topic carries something else (status, health, ...).

        Raises:
            MessageError: not a topic of ours, too large, not JSON, not an event, or an event of another sender.
        """
        address = parse(arrival.topic)
        if address.direction != "up" or address.kind not in EVENT_KINDS:
            return None
        event = decode(arrival.body)
        self._check_schema(_as_json(arrival.body))
        # The broker checks who may write to a topic, so the topic says who sent it.
        said = (event.org, event.site, event.unit, event.camera)
        sender = (address.unit.org, address.unit.site, address.unit.unit, address.camera)
        if said != sender:
            raise MessageError("the body names another unit or camera than the topic")
        return event

    def _check_schema(self, value: Any) -> None:
        if self._schema is None:
            return
        for error in self._schema.iter_errors(value):
            # error.message quotes the value, which may be a plate.
            raise MessageError(f"{error.json_path}: breaks {error.validator} of the schema")


def _as_json(body: bytes) -> Any:
    """The body as every JSON library reads it; also the parts that an older version does not know."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON that others can read: {type(error).__name__}") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
