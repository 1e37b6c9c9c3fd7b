"""What a site says about its policy: which one, who may sign it, how the unit is mounted, and what is to be tighter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from annotated_types import Ge, Gt, Le, MaxLen

from edge_alpr.errors import OptionError
from edge_alpr.policy.purposes import Purpose
from edge_alpr.policy.refusal import Siting
from edge_alpr.policy.rules import Deployment, MatchClass, Place, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

Withheld: TypeAlias = Literal["region", "lane", "motion", "vehicle", "plate_crop"]

TIGHTENS: Final[dict[str, str]] = {
    "min_confidence": "hit.min_confidence",
    "min_agree": "hit.min_agree",
    "keep_hits_days": "hit.retain_days",
    "keep_others_days": "non_hit.retain_days",
    "unconfirmed_minutes": "hit.unconfirmed_minutes",
    "ram_s": "non_hit.ram_s",
    "list_age_h": "lists.max_age_h",
    "match_classes": "hit.classes",
    "purposes": "purposes.allow",
}
"""The options that ask for another value of a rule of the policy, and which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What may leave the unit. An authority signs the rules (docs/policy.md); here they can be made tighter only."""

    file: Path | None = None
    """Signed policy, by `edge-alpr policy sign`. Without one default-strict holds; under a bad one no plate leaves."""
    authorities: Path | None = None
    """Ring file or folder with the keys of those who may sign a policy. Their owner should not be the technician."""
    deployment: Deployment = "fixed"
    """How the unit is mounted: fixed, or on a vehicle. A policy that forbids it keeps the unit from running."""
    near: Annotated[tuple[Place, ...], MaxLen(8)] = ()
    """What it stands near of school, worship, court, food_bank, immigration_facility. Some laws forbid that."""
    order: str | None = None
    """The written order under which it reads, where the law wants one: number, beginning, end and place."""
    list_authorities: Path | None = None
    """Keys of those who may sign hotlists (docs/hotlists.md), a ring file or folder. Without it no list is believed."""
    hotlist_file: Path | None = None
    """Signed hotlist on this machine, for a unit that is sent none. A plain list of plates matches on a bench only."""
    min_confidence: Annotated[float, Ge(0), Le(1)] | None = None
    """A read below this confidence is no hit. This and the next: at least as tight as the policy, or null."""
    min_agree: Annotated[int, Ge(1), Le(200)] | None = None
    """So many frames must have given the same text before it can be a hit."""
    keep_hits_days: Annotated[float, Ge(0), Le(3650)] | None = None
    """Days after which a hit must be deleted by everybody who holds it, this unit included."""
    keep_others_days: Annotated[float, Ge(0), Le(3650)] | None = None
    """The same for what is no hit, where the policy lets it leave the unit at all: sealed, or as a test."""
    unconfirmed_minutes: Annotated[float, Gt(0), Le(525600)] | None = None
    """Minutes after which a hit that nobody confirmed is deleted."""
    ram_s: Annotated[float, Gt(0), Le(180)] | None = None
    """Seconds after which a plate that was not decided on is forgotten."""
    list_age_h: Annotated[float, Gt(0), Le(720)] | None = None
    """Hours after which a hotlist stops matching."""
    match_classes: Annotated[tuple[MatchClass, ...], MaxLen(3)] | None = None
    """Which of exact, confusable and edit count as a match."""
    purposes: Annotated[tuple[Purpose, ...], MaxLen(32)] | None = None
    """Only entries of the hotlist with these reasons count."""
    withhold: Annotated[tuple[Withheld, ...], MaxLen(5)] = ()
    """Parts of an event to leave out, of region, lane, motion, vehicle, plate_crop."""
    seal_hits: bool = False
    """Seal hits to their recipients where the policy would let them go signed but readable."""
    send_images: bool = False
    """Send a picture of the plate, and of 15 % around it, with every event that leaves the unit."""
    send_unread: bool = False
    """Send when and why a vehicle could not be read, without any plate. They are counted in any case."""
    again_s: Annotated[float, Ge(0), Le(60)] = 5.0
    """The same text within so many seconds after a vehicle was last seen is the same vehicle, not another event."""

    def __post_init__(self) -> None:
        if (self.file is None) is not (self.authorities is None):
            missing, why = (
                ("authorities", "whose signature counts on policy.file?")
                if self.authorities is None
                else ("file", "policy.authorities believes in somebody who signed nothing")
            )
            raise OptionError(missing, f"is missing: {why}")

    @property
    def siting(self) -> Siting:
        """Where and how the unit is mounted."""
        return Siting(deployment=self.deployment, near=frozenset(self.near), order=self.order)

    def asked(self, rules: Rules) -> dict[str, Any]:
        """What is to be tighter than ``rules``, by the path of the rule."""
        return dict(self._asked(rules))

    def _asked(self, rules: Rules) -> Iterator[tuple[str, Any]]:
        for option, path in TIGHTENS.items():
            value = getattr(self, option)
            if value is not None:
                yield path, frozenset(value) if isinstance(value, tuple) else value
        if self.withhold:
            yield "collect.fields", rules.collect.fields - frozenset(self.withhold)
        if self.seal_hits and rules.hit.mode == "clear":
            yield "hit.mode", "seal"
