"""Defines what a holder signs and tells others: a release, an answer to a resident, a correction of a refuted hit.

A release and an answer hold plates or what is known of one, so they travel sealed. A correction goes to everybody who
was told of the hit, on ``alpr/v1/<org>/<site>/<unit>/about/correction``: it names the pass and holds no plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import MaxLen
from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.asked import Code, Scope
from edge_alpr.message.fields import Boot, Count, Digest, Name, PassId, Proof, Seq, Timestamp
from edge_alpr.message.typed import Typed

_TYPE = with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What another organisation is given, and by which rules."""

    schema: Annotated[str, StringConstraints(pattern=r"^release/1\.[0-9]{1,4}$")]
    holder: Name
    recipient: Name
    request: Digest
    """The request that it answers."""
    policy: Digest
    declaration: str | None
    """The id of the written declaration that it rests on."""
    at: Timestamp
    events: Annotated[tuple[str, ...], MaxLen(1000)]
    """The messages as the units signed them, each as its JSON text: the recipient can check the units' signatures. Each
    says in ``policy.delete_after`` when the recipient too must delete it."""
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHere:
    """What is held of a plate at one place."""

    under: Scope
    items: Count
    until: Timestamp | None
    """When the last of them ends; null if no rule says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHere:
    """One use: somebody looked for the plate, or was given what is held of it."""

    day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    act: Literal["query", "share", "refused"]
    organisation: str
    purpose: str


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """To a resident: what is kept of the plate, until when, and who asked for it."""

    schema: Annotated[str, StringConstraints(pattern=r"^answer/1\.[0-9]{1,4}$")]
    holder: Name
    question: Digest
    at: Timestamp
    kept: Annotated[tuple[KeptHere, ...], MaxLen(1000)]
    not_opened: Count
    """Sealed reads that could not be asked, since their keys are not here."""
    asked: Annotated[tuple[AskedHere, ...], MaxLen(1000)]
    asked_until: Timestamp
    """Later uses are told from a later answer on: an investigation may still be going on."""
    log_entries: Count
    """How long the log was that this was read from."""
    proof: Proof | None


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A named person has refuted a hit. Who was told of it deletes it, and undoes what was done about it."""

    schema: Annotated[str, StringConstraints(pattern=r"^correction/1\.[0-9]{1,4}$")]
    holder: Name
    id: PassId
    """Names this correction."""
    corrects: PassId
    """The pass whose hit is refuted."""
    org: Name
    site: Name
    unit: Name
    camera: Name
    boot: Boot
    seq: Seq
    """The message that was looked at."""
    because: Code
    at: Timestamp
    proof: Proof | None


RELEASE: Final = Typed(lambda: TypeAdapter(Release), "release/1.0")
ANSWER: Final = Typed(lambda: TypeAdapter(Answer), "answer/1.0")
CORRECTION: Final = Typed(lambda: TypeAdapter(Correction), "correction/1.0")
