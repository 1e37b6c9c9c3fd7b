"""Defines whom a holder may give something: an authority's word on an organisation, and what that has declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import MaxLen
from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.asked import Code, SealText
from edge_alpr.message.fields import Name, Proof, Timestamp
from edge_alpr.message.typed import Typed

_TYPE = with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))
_SIGNING = StringConstraints(pattern="^ed25519:[0-9A-Za-z_-]{43}$")


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An authority, not the holder's operator, says what an organisation is and which keys are its own."""

    schema: Annotated[str, StringConstraints(pattern=r"^partner/1\.[0-9]{1,4}$")]
    authority: Name
    organisation: Name
    party: Literal["in_state", "out_of_state", "federal", "court", "vendor"]
    """As the rules name it (`sharing.parties`)."""
    signs_with: Annotated[str, _SIGNING]
    """Checks what it declares."""
    seal_to: SealText
    """What it is given is sealed to this key."""
    not_before: Timestamp
    expires: Timestamp
    proof: Proof | None


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """An agency of another state declares in writing what it will not use plates for, as Illinois asks
    (625 ILCS 5/2-130(d))."""

    schema: Annotated[str, StringConstraints(pattern=r"^declaration/1\.[0-9]{1,4}$")]
    id: Annotated[str, StringConstraints(pattern="^[0-9a-z][0-9a-z._-]{0,62}$")]
    organisation: Name
    to: Name
    """The organisation that it is made to."""
    never_for: Annotated[tuple[Code, ...], MaxLen(64)]
    """What it will not use for: every purpose that the holder's rules prohibit."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    """The words that were signed."""
    signed_by: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Name and office of who signed."""
    recipient_key: SealText
    """Where what is given may go, and nowhere else."""
    at: Timestamp
    expires: Timestamp
    proof: Proof | None


PARTNER: Final = Typed(lambda: TypeAdapter(Partner), "partner/1.0")
DECLARATION: Final = Typed(lambda: TypeAdapter(Declaration), "declaration/1.0")
