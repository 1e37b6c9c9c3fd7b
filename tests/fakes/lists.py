"""A hotlist of a few lines that says what it is told to say of itself; matching is by look-alikes, as the product's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from edge_alpr.passes import likeness
from edge_alpr.plates import LOOK_ALIKES
from edge_alpr.policy.decide import ListState, Match
from edge_alpr.policy.purposes import Prohibited, Purpose

if TYPE_CHECKING:
    from edge_alpr.types import CharScores

_LOOK = str.maketrans({character: group[0] for group in LOOK_ALIKES for character in group})


@dataclass(frozen=True, slots=True)
class FakeLists:
    """``FakeLists(("EDGE042,stolen",), NOW_S)``: a plate a line, then what the person who looks is told."""

    lines: tuple[str, ...] = field(repr=False)
    issued_s: float = 0.0
    purpose: Purpose | Prohibited | None = "stolen_vehicle"
    signed: bool = True
    name: str = "wanted"
    version: str = "7"

    @property
    def state(self) -> ListState:
        return ListState(signed=self.signed, issued_s=self.issued_s, expires_s=self.issued_s + 1e9)

    def __len__(self) -> int:
        return len(self.lines)

    def matches(self, text: str, scores: CharScores) -> tuple[Match, ...]:
        found = []
        for number, line in enumerate(self.lines, 1):
            plate, _, reason = line.partition(",")
            if plate.translate(_LOOK) != text.translate(_LOOK):
                continue
            how: Literal["exact", "confusable"] = "exact" if plate == text else "confusable"
            match = Match(
                list=self.name,
                list_version=self.version,
                entry=f"line {number}",
                class_=how,
                purpose=self.purpose,
                reason=reason or None,
                confidence=likeness(plate, text, scores),
                expires_s=None,
            )
            found.append(match)
        return tuple(found)
