"""Defines what a person signs with a key of their own: a request to a holder, a consent to one, a verdict, a question.

They are documents and not buttons, so that each can be checked later by a stranger: who asked, for what, in which case,
and that nothing of it was changed since. A request names a plate, so it is kept by those who asked; the holder's log
has its SHA-256. ``salt`` is why nobody can find the plate from that hash by trying all plates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.fields import Digest, Name, PassId, PlateString, Proof, Timestamp
from edge_alpr.message.topics import NAME
from edge_alpr.message.typed import Typed

Person: TypeAlias = Annotated[str, StringConstraints(pattern=f"^person/{NAME}/{NAME}$")]
"""``person/organisation/name``, as their key is enrolled."""
Code: TypeAlias = Annotated[str, StringConstraints(pattern="^[a-z][a-z_]{1,39}$")]
"""A word of a closed vocabulary. Which words there are, the policy says: one that it does not know must be refused by
name, so it must be a request first."""
CaseNo: TypeAlias = Annotated[
    str,
    StringConstraints(
        pattern=r"^([A-Za-z][0-9A-Za-z./:_-]*)?[0-9][0-9A-Za-z./:_-]*$", min_length=3, max_length=40
    ),
]
"""As the agency numbers its cases; it has a digit, so that ``investigation`` is none."""
Scope: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{NAME}(/{NAME}){{0,2}}$")]
"""``org``, ``org/site`` or ``org/site/unit``."""
Salt: TypeAlias = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
SealText: TypeAlias = Annotated[str, StringConstraints(pattern="^x25519:[0-9A-Za-z_-]{43}$")]

_TYPE = with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document outside this system that a request rests on: a court's warrant, another agency's declaration."""

    id: Annotated[str, StringConstraints(pattern="^[0-9a-z][0-9a-z._-]{0,62}$")]
    sha256: Digest


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Asks a holder for the passes of one plate. There is no request without a plate, a purpose and a case."""

    schema: Annotated[str, StringConstraints(pattern=r"^request/1\.[0-9]{1,4}$")]
    act: Literal["query", "share"]
    """``query`` is for the holder's own people; ``share`` asks for a copy on behalf of another organisation."""
    person: Person
    purpose: Code
    offence_class: Code
    case_no: CaseNo
    plate: PlateString = field(repr=False)
    since: Timestamp
    until: Timestamp
    under: Scope
    """Which units' passes are asked for."""
    warrant: Paper | None
    declaration: Paper | None
    """What another state's agency has declared in writing; the hash is that of the signed declaration."""
    salt: Salt
    at: Timestamp
    proof: Proof | None


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A second person puts their name under a request: against stalking, and for whatever leaves the house."""

    schema: Annotated[str, StringConstraints(pattern=r"^consent/1\.[0-9]{1,4}$")]
    person: Person
    request: Digest
    at: Timestamp
    proof: Proof | None


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A named person has compared picture and plate of a hit."""

    schema: Annotated[str, StringConstraints(pattern=r"^verdict/1\.[0-9]{1,4}$")]
    person: Person
    verdict: Literal["confirmed", "refuted"]
    because: Literal["fits", "misread", "other_vehicle", "entry_is_wrong", "unreadable"]
    """``fits`` with confirmed; one of the others with refuted."""
    org: Name
    site: Name
    unit: Name
    id: PassId
    event: Digest
    """Of the very message that was looked at."""
    at: Timestamp
    proof: Proof | None


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A resident asks what is held of their own plate. The clerk who has seen the registration signs that."""

    schema: Annotated[str, StringConstraints(pattern=r"^question/1\.[0-9]{1,4}$")]
    person: Person
    """The clerk."""
    plate: PlateString = field(repr=False)
    reply_to: SealText
    """The resident's key; nobody else can read the answer."""
    salt: Salt
    at: Timestamp
    proof: Proof | None


REQUEST: Final = Typed(lambda: TypeAdapter(Request), "request/1.0")
CONSENT: Final = Typed(lambda: TypeAdapter(Consent), "consent/1.0")
VERDICT: Final = Typed(lambda: TypeAdapter(Verdict), "verdict/1.0")
QUESTION: Final = Typed(lambda: TypeAdapter(Question), "question/1.0")


def organisation_of(person: str) -> str:
    """``person/organisation/name``: the organisation that enrolled them."""
    return person.split("/")[1]
