"""Reads a signed document as one of our types, and writes the type as a document: the few lines all of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import explain
from edge_alpr.message.document import dump_document
from edge_alpr.message.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Typed(Generic[T]):
    """A kind of document. ``name`` is what its ``schema`` says, as ``request/1.0``."""

    def __init__(self, adapter: Callable[[], TypeAdapter[T]], name: str) -> None:
        """``adapter`` is made at the first use: building one costs milliseconds that most commands need not pay."""
        self._make = adapter
        self._made: TypeAdapter[T] | None = None
        self.name: Final = name

    def document(self, value: T) -> dict[str, Any]:
        """As plain data, ready to be signed."""
        document: dict[str, Any] = self._adapter().dump_python(value, mode="json")
        return document

    def read(self, document: dict[str, Any]) -> T:
        """The value in a document, whose signature the caller checks. Unknown fields are ignored.

        Raises:
            MessageError: says what is wrong and where, and never quotes a value: it may be a plate.
        """
        if str(document.get("schema")).partition("/")[0] != self.name.partition("/")[0]:
            raise MessageError(f"schema: expected {self.name}")
        try:
            return self._adapter().validate_json(dump_document(document), strict=True)
        except ValidationError as error:
            raise MessageError(explain(error)) from None

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12)."""
        return schema_of(
            self._adapter(), self.name, f"urn:edge-alpr:schema:{self.name.replace('/', ':')}"
        )

    def _adapter(self) -> TypeAdapter[T]:
        if self._made is None:
            self._made = self._make()
        return self._made
