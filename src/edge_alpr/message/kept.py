"""Defines what a store tells its holder of a vehicle's pass, and what a named person has said of a hit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

VerdictWord: TypeAlias = Literal["confirmed", "refuted"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a named person said of a hit."""

    verdict: VerdictWord
    person: str
    """``person/organisation/name``; there is no verdict without one."""
    at: str
    subject: str
    """The plate that was looked at, as the log names it: a later phase of the pass may say another."""
    signed: str = field(repr=False)
    """The document `verdict/1.0` that the person signed."""

    def __post_init__(self) -> None:
        if not self.person.startswith("person/"):
            raise ValueError("a verdict without a person is none")


@dataclass(frozen=True, slots=True)
class Kept:
    """One vehicle pass in the store, with the best that is known of it. Times are text, as in messages."""

    unit: str
    """``org/site/unit``."""
    id: str
    camera: str
    captured: str
    """By the unit's clock, corrected where it became known later."""
    plate: str = field(repr=False)
    hit: bool
    test: bool
    delete_after: str | None
    stored: str
    body: str = field(repr=False)
    """The event as the unit signed it."""
    said: Said | None
    sealed: tuple[tuple[str, int], ...] = ()
    """Boots and numbers of the sealed messages that it was opened from; empty if it lies there in clear."""


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A sealed message in the store."""

    unit: str
    boot: str
    seq: int
    delete_after: str
    stored: str
    body: str = field(repr=False)
    """As the unit signed it."""
