"""This file says what a check found: how it stands, in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Grade: TypeAlias = Literal["ok", "warn", "fail", "skip"]
"""``skip``: this machine has no such thing, or what must come first failed."""

BAD: Final = frozenset({"warn", "fail"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table. It holds no plate and no secret."""

    check: str
    """What was looked at, in a word or two."""
    grade: Grade
    told: str
    """What was found."""
    mend: str | None = None
    """What to do about it; always there when something is wrong."""

    def __post_init__(self) -> None:
        if (self.grade in BAD) != (self.mend is not None):
            raise ValueError(f"{self.check}: what is wrong has a mend, and nothing else has")


def ok(check: str, told: str) -> Finding:
    return Finding(check, "ok", told)


def warn(check: str, told: str, mend: str) -> Finding:
    return Finding(check, "warn", told, mend)


def fail(check: str, told: str, mend: str) -> Finding:
    return Finding(check, "fail", told, mend)


def skip(check: str, why: str = "not here") -> Finding:
    return Finding(check, "skip", why)
