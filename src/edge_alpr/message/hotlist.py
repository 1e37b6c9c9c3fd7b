"""Defines `hotlist/1.0`: a signed head, then one wanted plate a line, then perhaps the approval of a second person.

Lines end with LF. The head is a JSON object whose ``sha256`` is over the raw bytes of the entry lines, line ends
included, so that 100,000 entries are signed without a canonical form of each. Every entry states all fields, null where
there is nothing to state. After the entries one line may follow: the approval, signed by somebody else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from annotated_types import Ge, Le
from pydantic import ConfigDict, StringConstraints, TypeAdapter, ValidationError, with_config

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import explain
from edge_alpr.message.document import dump_document
from edge_alpr.message.fields import Digest, Label, Name, Proof, Seq, Timestamp
from edge_alpr.message.schema import schema_of
from edge_alpr.message.topics import NAME

SCHEMA: Final = "hotlist/1.0"
ENTRY_SCHEMA: Final = "hotlist.entry/1.0"
ENTRY_SCHEMA_ID: Final = "urn:edge-alpr:schema:hotlist.entry:1.0"
HEAD_SCHEMA_ID: Final = "urn:edge-alpr:schema:hotlist:1.0"
APPROVAL_SCHEMA: Final = "hotlist.approval/1.0"

MOST_ENTRIES: Final = 100_000
MOST_LINE_BYTES: Final = 1024
"""Longest line of an entry; one with every field has about 330."""
MOST_HEAD_BYTES: Final = 4096
MOST_BYTES: Final = 48 << 20
"""Longest document: 100,000 entries with every field are about 33 MB."""

_SCOPE = StringConstraints(pattern=f"^{NAME}(/{NAME}){{0,2}}$")
_CODE = StringConstraints(pattern="^[a-z][a-z_]{1,39}$")
_PLATE = StringConstraints(pattern="^[0-9A-Z]{2,12}$")
_STRICT: Final = ConfigDict(extra="forbid", use_attribute_docstrings=True, defer_build=True)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line."""

    schema: Annotated[str, StringConstraints(pattern=r"^hotlist/1\.0$")]
    authority: Name
    """Whose list it is, and whose signature."""
    scope: Annotated[str, _SCOPE]
    """``org``, ``org/site`` or ``org/site/unit``: the units it is for."""
    seq: Seq
    """Counts an authority's lists for a scope; a unit takes none with a smaller number than it had."""
    not_before: Timestamp
    expires: Timestamp
    """After which it matches nothing; the policy says how long that may be."""
    policy_sha256: Digest | None
    """The one policy it was made for; null if any, each entry is held against the unit's own in any case."""
    count: Annotated[int, Ge(0), Le(MOST_ENTRIES)]
    sha256: Digest
    """Over the raw entry lines."""
    proof: Proof | None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One wanted plate, and who answers for it."""

    plate: Annotated[str, _PLATE] = field(repr=False)
    """As the camera reads it: letters and digits."""
    region: Label | None
    """Where the plate is from, an ISO 3166 code."""
    reason_code: Annotated[str, _CODE]
    """One of the purposes that the unit's policy allows."""
    offence_class: Label | None
    case_no: Label | None
    entered_by: Label | None
    """The person who asked for it."""
    agency: Label | None
    approved_by: Label | None
    """A second person, where the rules want one; the list then bears an approval."""
    created: Timestamp
    expires: Timestamp | None
    """After which it matches nothing. An entry without one is refused."""
    expected_make: Label | None
    """For the person who compares picture and plate, like the colour."""
    expected_colour: Label | None


FIELDS: Final = len(Entry.__dataclass_fields__)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The last line of a list that needs a second signature."""

    schema: Annotated[str, StringConstraints(pattern=r"^hotlist\.approval/1\.0$")]
    approver: Name
    """Who signs: enrolled as the authorities are, and not the list's own."""
    list_sha256: Digest
    """Over the raw head line, line end included."""
    at: Timestamp
    proof: Proof | None


_HEAD: Final = TypeAdapter(Head)
_ENTRY: Final = TypeAdapter(Entry)
_APPROVAL: Final = TypeAdapter(Approval)


def digest_of(raw: bytes | memoryview) -> str:
    """``sha256:`` and the digest of raw bytes."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def read_head(document: dict[str, Any]) -> Head:
    """The head in a document, whose signature the caller checks.

    Raises:
        MessageError: says what is wrong and where.
    """
    head: Head = _read(_HEAD, document)
    return head


def read_approval(document: dict[str, Any]) -> Approval:
    """The same for an approval."""
    approval: Approval = _read(_APPROVAL, document)
    return approval


def read_entry(line: bytes) -> Entry:
    """The entry in one line, without its line end.

    Raises:
        MessageError: says what is wrong and where, and never quotes the line.
    """
    # No field may be missing and none be unknown, so a line with as many as there are has none twice: what two
    # parsers may read differently is refused, without a slower parser.
    if len(line) > MOST_LINE_BYTES or line.count(b'":') != FIELDS:
        raise MessageError(f"entry: expected each of the {FIELDS} fields once")
    try:
        return _ENTRY.validate_json(line, strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None


def entry_line(entry: Entry) -> bytes:
    """The one line of an entry, with its line end."""
    return _ENTRY.dump_json(entry) + b"\n"


def head_document(head: Head) -> dict[str, Any]:
    """The head as plain data, to be signed."""
    document: dict[str, Any] = _HEAD.dump_python(head, mode="json")
    return document


def approval_document(approval: Approval) -> dict[str, Any]:
    """The approval as plain data, to be signed."""
    document: dict[str, Any] = _APPROVAL.dump_python(approval, mode="json")
    return document


def head_schema() -> dict[str, Any]:
    """JSON Schema of the first line, for those who make lists with tools of their own."""
    return schema_of(_HEAD, SCHEMA, HEAD_SCHEMA_ID)


def entry_schema() -> dict[str, Any]:
    """JSON Schema of the line of an entry."""
    return schema_of(_ENTRY, ENTRY_SCHEMA, ENTRY_SCHEMA_ID)


def _read(adapter: TypeAdapter[Any], document: dict[str, Any]) -> Any:
    try:
        return adapter.validate_json(dump_document(document), strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None
