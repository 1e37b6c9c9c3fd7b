"""Decides whether an arrival is a message that its topic may carry; says what is wrong without quoting it."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.collector.messages import ImageMessage, Message, read_number, read_other
from edge_alpr.collector.store import Entry
from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import verify_document
from edge_alpr.message.codec import decode
from edge_alpr.message.document import MAX_BYTES, parse_document
from edge_alpr.message.event import SCHEMA, PlateEvent
from edge_alpr.message.notice import read_notice
from edge_alpr.message.schema import shipped_schema
from edge_alpr.message.sealed import SEALED, SealedMessage, is_sealed, read_sealed
from edge_alpr.message.topics import parse

if TYPE_CHECKING:
    from edge_alpr.keys.ring import KeyRing
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.topics import Address

EVENT_KINDS: Final = frozenset({"read", "alert"})
"""The kinds of topic that carry events of `plate.read/1.x`, or sealed ones."""
NOTICE_KINDS: Final = frozenset({"gap", "clock"})
UNNUMBERED_KINDS: Final = frozenset({"status", "info", "health", "last", "doctor"})
"""They say how things are now, or are a technician's test; they are not delivered by number and not kept."""
_SEQ: Final = re.compile("[0-9]{1,16}")


class Validator:
    """Checks by the types and, where `jsonschema_rs` is installed, events by the published schema as well.

    The second check is what a consumer in another language does; it guards the promise against our own code.
    """

    def __init__(self, units: KeyRing | None = None, *, refuse_unverified: bool = True) -> None:
        """With ``units`` signatures are checked; what does not hold is refused, or let in without a signer."""
        self._units = units
        self._refuse = refuse_unverified
        self._schemas: dict[str, Any] = {}
        if find_spec("jsonschema_rs") is not None:  # the extra "collector"
            from jsonschema_rs import Draft202012Validator  # noqa: PLC0415

            for name in (SCHEMA, SEALED):
                self._schemas[name] = Draft202012Validator(json.loads(shipped_schema(name)))

    @property
    def by_schema(self) -> bool:
        """Whether the published schema is applied."""
        return bool(self._schemas)

    @property
    def verifies(self) -> bool:
        """Whether signatures are checked."""
        return self._units is not None

    @property
    def refuses(self) -> bool:
        """Whether what nobody signed is kept out."""
        return self.verifies and self._refuse

    def check(self, arrival: Arrival) -> Entry | None:
        """The message in an arrival; None if its topic carries something that is not kept (status, health, ...).

        Raises:
            MessageError: not a topic of ours, too large, not JSON, not such a message, of another sender, or without
                a signature that holds.
        """
        address = parse(arrival.topic)
        if address.direction != "up" or address.kind in UNNUMBERED_KINDS:
            return None
        if address.kind == "image" and (address.rest or not arrival.body.startswith(b"{")):
            return Entry(_image(address, arrival), arrival.body)
        document = parse_document(arrival.body)
        message = self._message(address, arrival, document)
        # The broker checks who may write to a topic, so the topic says who sent it.
        unit = address.unit
        if (message.org, message.site, message.unit) != (unit.org, unit.site, unit.unit):
            raise MessageError("the body names another unit or camera than the topic")
        return Entry(message, arrival.body, self._signer(document))

    def _message(self, address: Address, arrival: Arrival, document: dict[str, Any]) -> Message:
        if address.kind in NOTICE_KINDS:
            if not str(document.get("schema")).startswith(f"unit.{address.kind}/"):
                raise MessageError("schema: not what the topic carries")
            return read_notice(document)
        if is_sealed(document):
            message: PlateEvent | SealedMessage = self._sealed(address, document)
        elif address.kind in EVENT_KINDS:
            message = decode(arrival.body)
            self._check_schema(SCHEMA, document)
        elif address.kind == "image":
            raise MessageError("a picture's topic ends with camera, pass and kind")
        else:
            return read_other(document, address.kind, address.camera)
        if message.camera != address.camera:
            raise MessageError("the body names another unit or camera than the topic")
        return message

    def _sealed(self, address: Address, document: dict[str, Any]) -> SealedMessage:
        message = read_sealed(document)
        self._check_schema(SEALED, document)
        kinds = {"image"} if message.content == "picture" else EVENT_KINDS
        if address.kind not in kinds or (address.kind == "alert" and message.class_ != "hit"):
            raise MessageError("sealed: not what the topic carries")
        return message

    def _signer(self, document: dict[str, Any]) -> str | None:
        if self._units is None:
            return None
        try:
            return verify_document(document, self._units).kid
        except MessageError:
            if self._refuse:
                raise
            return None

    def _check_schema(self, name: str, value: Any) -> None:
        if not self._schemas:
            return
        for error in self._schemas[name].iter_errors(value):
            # error.message quotes the value, which may be a plate.
            path = ".".join(str(step) for step in error.instance_path)
            raise MessageError(f"{path or 'body'}: breaks {error.schema_path[-1]} of the schema")


def _image(address: Address, arrival: Arrival) -> ImageMessage:
    """A picture on ``up/image/<camera>/<pass>/<kind>``. Its number travels beside it, as MQTT 5 properties."""
    if len(arrival.body) > MAX_BYTES:
        raise MessageError(f"{len(arrival.body)} bytes are too many, at most {MAX_BYTES} are kept")
    if address.camera is None or len(address.rest) != 2:
        raise MessageError("a picture's topic ends with camera, pass and kind")
    digits = _SEQ.fullmatch(arrival.property("seq") or "")
    boot, seq = read_number(arrival.property("boot"), int(digits[0]) if digits else None)
    unit, (pass_id, kind) = address.unit, address.rest
    return ImageMessage(
        org=unit.org,
        site=unit.site,
        unit=unit.unit,
        boot=boot,
        seq=seq,
        camera=address.camera,
        pass_id=pass_id,
        kind=kind,
        sha256=hashlib.sha256(arrival.body).hexdigest(),
    )
