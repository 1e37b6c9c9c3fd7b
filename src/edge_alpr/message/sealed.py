"""Defines `plate.sealed/1.0`: a read or a picture that only the named holders can open, under a header in the clear.

The header says whose it is, for whom, under which policy and until when, and nothing of the vehicle: not even the time
of the pass, which a pass's identifier would tell. It is bound into what is sealed: a changed header fails to open.

A ``hit`` is sealed once for each agency. A ``window`` read, a plate that nobody looks for, is sealed for each agency,
and all of that once more to the custodian's key of the day: neither opens it alone, and once the custodian has
destroyed the key of that day nobody does. docs/sealing.md says exactly what that means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from annotated_types import MaxLen, MinLen
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    with_config,
)

from edge_alpr.errors import MessageError
from edge_alpr.message.codec import explain
from edge_alpr.message.document import MAX_BYTES, dump_document
from edge_alpr.message.fields import Boot, Digest, KeyId, Name, Proof, Seq, Timestamp
from edge_alpr.message.schema import schema_of
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.message.topics import NAME

if TYPE_CHECKING:
    from edge_alpr.message.document import Sign

SEALED: Final = "plate.sealed/1.0"
PREFIX: Final = "plate.sealed/"
MOST_AGENCIES: Final = 4


def _existing(day: str) -> str:
    to_seconds(f"{day}T00:00:00.000Z")
    return day


SealedClass: TypeAlias = Literal["hit", "window"]
Content: TypeAlias = Literal["event", "picture"]
Day: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$"),
    AfterValidator(_existing),
    Field(json_schema_extra={"format": "date"}),
]
Base64: TypeAlias = Annotated[
    str, StringConstraints(pattern="^[0-9A-Za-z_-]+$", min_length=64, max_length=MAX_BYTES)
]
"""Base64url without padding."""
Agency: TypeAlias = Annotated[str, StringConstraints(pattern=f"^agency/{NAME}$")]
Custodian: TypeAlias = Annotated[str, StringConstraints(pattern=f"^custodian/{NAME}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who can open it."""

    name: Agency
    key: KeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ciphertext:
    """What was sealed to one key: the 32 bytes that HPKE encapsulates, then the ciphertext with its tag."""

    to: KeyId
    data: Base64


@with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessage:
    """One message that only its recipients can open."""

    schema: Annotated[str, StringConstraints(pattern=r"^plate\.sealed/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    camera: Name
    class_: Annotated[SealedClass, Field(alias="class")]
    """A plate of a hotlist, or one that nobody looked for."""
    content: Content
    """``event``: a signed `plate.read/1.x`. ``picture``: a line that names its pass, then a JPEG."""
    boot: Boot
    seq: Seq
    epoch: Day | None
    """UTC day whose key of the custodian the outer layer is sealed to; null for a hit."""
    custodian: Custodian | None
    recipients: Annotated[tuple[Recipient, ...], MinLen(1), MaxLen(MOST_AGENCIES)]
    policy_sha256: Digest | None
    """Of the policy that let it be kept."""
    delete_after: Timestamp
    """Everybody who holds it deletes it then. Of a window read it is the same for the whole day, and tells no time."""
    suite: Literal["hpke-x25519-hkdf-sha256-aes128gcm"]
    """RFC 9180, base mode."""
    test: bool
    sealed: Annotated[tuple[Ciphertext, ...], MinLen(1), MaxLen(MOST_AGENCIES)]
    """A hit: one for each recipient. A window read: one, to the custodian's key of the epoch."""
    proof: Proof | None


_ADAPTER: Final = TypeAdapter(SealedMessage)


def sealed_schema() -> dict[str, Any]:
    """JSON Schema of `plate.sealed/1.0`."""
    return schema_of(_ADAPTER, SEALED, "urn:edge-alpr:schema:plate.sealed:1.0")


def is_sealed(document: dict[str, Any]) -> bool:
    """Whether a document says that it is a sealed message."""
    return str(document.get("schema")).startswith(PREFIX)


def header_of(document: dict[str, Any]) -> dict[str, Any]:
    """What the sealing binds: all but the ciphertext and the proof, unknown fields of later versions included."""
    return {name: value for name, value in document.items() if name not in {"sealed", "proof"}}


def encode_sealed(document: dict[str, Any], sign: Sign) -> bytes:
    """The body of a message. A sealed message is always signed: sealing alone does not say by whom."""
    return dump_document(sign(document))


def read_sealed(document: dict[str, Any]) -> SealedMessage:
    """The message in a document, whose signature the caller checks. Unknown fields are ignored.

    Raises:
        MessageError: says what is wrong and where.
    """
    try:
        message = _ADAPTER.validate_json(dump_document(document), strict=True)
    except ValidationError as error:
        raise MessageError(explain(error)) from None
    window = message.class_ == "window"
    if window != (message.epoch is not None) or window != (message.custodian is not None):
        raise MessageError("epoch, custodian: both of a window read, neither of a hit")
    if window and len(message.sealed) != 1:
        raise MessageError("sealed: a window read is sealed once to the custodian")
    return message
