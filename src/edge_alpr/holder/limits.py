"""Counts what a person has asked before, from the log alone: whoever wants to be forgotten here must break its chain.

At least 18 officers in the United States have been caught following people by plate readers, one of them one woman 69
times. So the same plate, and many plates, need a second person's signature beyond a few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAYS: Final = 30.0
"""For how long a use counts, as in a hotlist's limit."""
MOST_A_DAY: Final = 50
"""Uses by one person in 24 hours; more need a second signature. Ours: no law counts them."""
MOST_BY_ALL: Final = 10
"""Uses of one plate by anybody in 30 days; more need a second signature, so that colleagues cannot take turns. Ours."""
_DAY_S: Final = 86400.0


class Written(Protocol):
    """An entry of the log."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Use:
    """A use that was allowed, or refused."""

    act: str
    at_s: float
    person: str | None
    subject: str | None
    request: str | None
    organisation: str | None
    purpose: str | None

    @property
    def allowed(self) -> bool:
        return self.act in {"query", "share", "answer"}


class Uses:
    """What the log says of earlier uses."""

    def __init__(self, entries: Iterable[Written]) -> None:
        self._uses = [
            Use(
                entry.kind,
                to_seconds(entry.at),
                *(
                    entry.facts.get(name)
                    for name in ("person", "subject", "request", "organisation", "purpose")
                ),
            )
            for entry in entries
            if entry.kind in {"query", "share", "answer", "refused"}
        ]

    def answered(self, request: str) -> bool:
        """Whether the document with this digest was answered before."""
        return any(use.allowed and use.request == request for use in self._uses)

    def of(self, subject: str, until_s: float) -> list[Use]:
        """All that concerned one plate, before ``until_s`` UTC."""
        return [use for use in self._uses if use.subject == subject and use.at_s < until_s]

    def repeats(self, person: str, subject: str, now_s: float) -> int:
        """How often the person was let at this plate in `DAYS`."""
        return sum(use.person == person for use in self._recent(subject, now_s))

    def by_all(self, subject: str, now_s: float) -> int:
        """How often anybody was let at this plate in `DAYS`."""
        return len(self._recent(subject, now_s))

    def today(self, person: str, now_s: float) -> int:
        """How often the person was let at any plate in 24 hours."""
        return sum(
            use.allowed and use.person == person and use.at_s > now_s - _DAY_S for use in self._uses
        )

    def _recent(self, subject: str, now_s: float) -> list[Use]:
        since_s = now_s - DAYS * _DAY_S
        return [
            use
            for use in self._uses
            if use.allowed and use.subject == subject and use.at_s > since_s
        ]
