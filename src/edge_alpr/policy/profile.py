"""A profile: one law's, city's or site's rules as a page of data that a lawyer can read, with where each comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen
from pydantic import StringConstraints, TypeAdapter

from edge_alpr.policy.purposes import PROHIBITED
from edge_alpr.policy.rules import (
    Audit,
    Collect,
    Lists,
    NonHit,
    OnHit,
    Purposes,
    Report,
    Rules,
    Sharing,
)

PROFILE_SCHEMA: Final = "policy.profile/1.0"
_SCHEMA_ID: Final = "urn:edge-alpr:schema:policy.profile:1.0"
_DATE = StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")
_REVIEW = r"^(none|.{2,}, \d{4}-\d\d-\d\d)$"
_ID = StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The file ``ID.yaml``."""

    schema: Literal["policy.profile/1.0"]
    id: Annotated[str, _ID]
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    text: Literal["read", "unverified", "ours"]
    """Whether its authors read the law's own words, only what others say of them, or made the rules themselves."""
    read_on: Annotated[str, _DATE]
    legal_review: Annotated[str, StringConstraints(pattern=_REVIEW, max_length=200)]
    """``none`` until a lawyer has signed it off; then their name and the day: ``N. N., 2026-11-24``."""
    differs: Annotated[tuple[Annotated[str, StringConstraints(max_length=300)], ...], MaxLen(12)]
    """What sets it apart, in plain words; the first thing a reader sees."""
    collect: Collect
    non_hit: NonHit
    hit: OnHit
    lists: Lists
    purposes: Purposes
    sharing: Sharing
    audit: Audit
    report: Report

    @property
    def about(self) -> str:
        """Its name and how far it can be relied on, as a signed policy says it."""
        return f"{self.id} (text {self.text}, legal review {self.legal_review})"

    @property
    def rules(self) -> Rules:
        """The sections, with what the software itself prohibits added."""
        sections = {section.name: getattr(self, section.name) for section in fields(Rules)}
        purposes = Purposes(
            allow=self.purposes.allow,
            prohibit=self.purposes.prohibit | PROHIBITED,
            source=self.purposes.source,
        )
        return Rules(**{**sections, "purposes": purposes})


@cache
def profile_adapter() -> TypeAdapter[Profile]:
    """The validator of a profile."""
    return TypeAdapter(Profile)


@cache
def rules_adapter() -> TypeAdapter[Rules]:
    """The validator of merged rules."""
    return TypeAdapter(Rules)


def profile_of(data: dict[str, Any]) -> Profile:
    """A profile from plain data.

    Raises:
        pydantic.ValidationError: with every field that is wrong.
    """
    # Through JSON: strict there, but lists become sets.
    return profile_adapter().validate_json(json.dumps(data, allow_nan=False), extra="forbid")


def rules_data(rules: Rules) -> dict[str, Any]:
    """Rules as plain data, sets sorted, so that equal rules give equal bytes."""
    data: dict[str, Any] = rules_adapter().dump_python(rules, mode="json")
    return {
        section: {
            name: sorted(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        for section, values in data.items()
    }


def profile_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a profile, for editors and for those who write one."""
    generated = profile_adapter().json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _SCHEMA_ID,
        **generated,
        "title": PROFILE_SCHEMA,
    }
