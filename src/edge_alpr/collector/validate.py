"""Decides whether an arrival is a message that its topic may carry; says what is wrong without quoting it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.collector.store import Message
from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import verify_document
from edge_alpr.message.codec import decode
from edge_alpr.message.document import parse_document
from edge_alpr.message.notice import read_notice
from edge_alpr.message.schema import shipped_schema
from edge_alpr.message.topics import parse

if TYPE_CHECKING:
    from edge_alpr.keys.ring import KeyRing
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.topics import Address

EVENT_KINDS: Final = frozenset({"read", "alert"})
"""The kinds of topic that carry events of `plate.read/1.x`."""
NOTICE_KINDS: Final = frozenset({"gap", "clock"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A message that may be stored."""

    message: Message
    signer: str | None
    """The key that signed it; None if that was not checked, or did not hold."""


class Validator:
    """Checks by the types and, where `jsonschema` is installed, events by the published schema as well.

    The second check is what a consumer in another language does; it guards the promise against our own code.
    """

    def __init__(self, units: KeyRing | None = None, *, refuse_unverified: bool = True) -> None:
        """With ``units`` signatures are checked; what does not hold is refused, or let in without a signer."""
        self._units = units
        self._refuse = refuse_unverified
        self._schema: Any = None
        if find_spec("jsonschema") is not None:  # the extra "collector"
            from jsonschema import Draft202012Validator  # noqa: PLC0415

            self._schema = Draft202012Validator(json.loads(shipped_schema()))

    @property
    def by_schema(self) -> bool:
        """Whether the published schema is applied."""
        return self._schema is not None

    @property
    def verifies(self) -> bool:
        """Whether signatures are checked."""
        return self._units is not None

    def check(self, arrival: Arrival) -> Checked | None:
        """The message in an arrival; None if its topic carries something else (status, health, ...).

        Raises:
            MessageError: not a topic of ours, too large, not JSON, not such a message, of another sender, or without
                a signature that holds.
        """
        address = parse(arrival.topic)
        if address.direction != "up" or address.kind not in EVENT_KINDS | NOTICE_KINDS:
            return None
        document = parse_document(arrival.body)
        message = self._message(address, arrival, document)
        # The broker checks who may write to a topic, so the topic says who sent it.
        unit = address.unit
        if (message.org, message.site, message.unit) != (unit.org, unit.site, unit.unit):
            raise MessageError("the body names another unit or camera than the topic")
        return Checked(message, self._signer(document))

    def _message(self, address: Address, arrival: Arrival, document: dict[str, Any]) -> Message:
        if address.kind in NOTICE_KINDS:
            if not str(document.get("schema")).startswith(f"unit.{address.kind}/"):
                raise MessageError("schema: not what the topic carries")
            return read_notice(document)
        event = decode(arrival.body)
        self._check_schema(document)
        if event.camera != address.camera:
            raise MessageError("the body names another unit or camera than the topic")
        return event

    def _signer(self, document: dict[str, Any]) -> str | None:
        if self._units is None:
            return None
        try:
            return verify_document(document, self._units).kid
        except MessageError:
            if self._refuse:
                raise
            return None

    def _check_schema(self, value: Any) -> None:
        if self._schema is None:
            return
        for error in self._schema.iter_errors(value):
            # error.message quotes the value, which may be a plate.
            raise MessageError(f"{error.json_path}: breaks {error.validator} of the schema")
