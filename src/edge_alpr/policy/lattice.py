"""Says, per kind of rule, which of two values is stricter, and what is the loosest value that is as strict as both.

Each class is a meet-semilattice over the values of one field. A meet is commutative, associative and idempotent, so a
record of such fields merged field by field is too, and adding a profile can never loosen anything (tests/unit/policy
holds this by property). ``None`` is the loosest value of the kinds that allow it: a profile that sets no limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class Order(Protocol):
    """How the values of one field compare."""

    def meet(self, one: Any, other: Any) -> Any:
        """The loosest value that is at least as strict as both."""

    def words(self) -> str:
        """For explanations: what wins."""


def stricter(order: Order, one: Any, other: Any) -> bool:
    """Whether ``one`` is at least as strict as ``other``."""
    return bool(order.meet(one, other) == one)


@dataclass(frozen=True, slots=True)
class Least:
    """The smaller number is stricter: days, seconds, minutes."""

    def meet(self, one: float | None, other: float | None) -> float | None:
        given = [value for value in (one, other) if value is not None]
        return min(given, default=None)

    def words(self) -> str:
        return "the smallest"


@dataclass(frozen=True, slots=True)
class Greatest:
    """The greater number is stricter: how many must agree, how long a log is kept."""

    def meet(self, one: float, other: float) -> float:
        return max(one, other)

    def words(self) -> str:
        return "the greatest"


@dataclass(frozen=True, slots=True)
class Demanded:
    """``true`` is stricter: something is demanded if anybody demands it."""

    def meet(self, one: bool, other: bool) -> bool:
        return one or other

    def words(self) -> str:
        return "demanded if anybody demands it"


@dataclass(frozen=True, slots=True)
class Shared:
    """Fewer members are stricter: only what everybody allows is allowed. None sets no limit."""

    def meet(
        self, one: frozenset[Any] | None, other: frozenset[Any] | None
    ) -> frozenset[Any] | None:
        if one is None or other is None:
            return other if one is None else one
        return one & other

    def words(self) -> str:
        return "only what all allow"


@dataclass(frozen=True, slots=True)
class United:
    """More members are stricter: what anybody forbids or demands counts."""

    def meet(self, one: frozenset[Any], other: frozenset[Any]) -> frozenset[Any]:
        return one | other

    def words(self) -> str:
        return "all that anybody names"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One of a list of words, strictest first."""

    ranks: tuple[str, ...]

    def meet(self, one: str, other: str) -> str:
        return min(one, other, key=self.ranks.index)

    def words(self) -> str:
        return f"the first of {', '.join(self.ranks)}"
