"""The rules of a policy: what may be collected, kept, looked for and shared, each with what makes a value stricter.

Every field names its order (`policy.lattice`), so merging and comparing are the same few lines for all of them. Fields
without a default must be stated by every profile: silence never allows anything. Fields with a default only ever add a
restriction, and the default adds none. ``source`` cites the clause a section comes from; ``ours`` where no law sets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    get_args,
    get_type_hints,
)

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from edge_alpr.policy.lattice import Demanded, Greatest, Least, Order, Ranked, Shared, United
from edge_alpr.policy.purposes import Prohibited, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

Sources: TypeAlias = Annotated[
    frozenset[Annotated[str, MinLen(1), MaxLen(200)]], MaxLen(64), United()
]
Deployment: TypeAlias = Literal["fixed", "vehicle"]
Collected: TypeAlias = Literal[
    "plate", "time", "camera", "region", "lane", "motion", "vehicle", "plate_crop"
]
MatchClass: TypeAlias = Literal["exact", "confusable", "edit"]
Party: TypeAlias = Literal["own_agency", "in_state", "out_of_state", "federal", "court", "vendor"]
Place: TypeAlias = Literal["school", "worship", "court", "food_bank", "immigration_facility"]
Requirement: TypeAlias = Literal[
    "case_no",
    "offence_class",
    "person",
    "organisation",
    "recipient_key",
    "written_declaration",
    "second_signature",
    "warrant",
]
AuditField: TypeAlias = Literal[
    "time",
    "user",
    "organisation",
    "query_elements",
    "purpose",
    "offence_class",
    "case_no",
    "camera",
    "recipient",
    "declaration",
    "stop_reason",
]
ReportField: TypeAlias = Literal[
    "vehicles_seen",
    "plates_kept",
    "hits_by_purpose",
    "confirmed",
    "refuted",
    "outcomes",
    "shares_by_organisation",
    "refusals_by_purpose",
    "lists",
    "hours_active",
    "oldest_held",
    "software",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """What of a vehicle pass may be recorded at all."""

    deployment: Annotated[frozenset[Deployment], Shared()]
    """How the unit may be mounted. None left means that it must not run."""
    fields: Annotated[frozenset[Collected], Shared()]
    """What an event may hold. Plate, time and camera are always in one."""
    order_required: Annotated[bool, Demanded()] = False
    """Nothing is read without a written order that names its beginning, end and place."""
    refuse_near: Annotated[frozenset[Place], United()] = frozenset()
    """Places in whose neighbourhood no unit may stand."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NonHit:
    """What happens to a plate that nobody looks for."""

    mode: Annotated[Literal["drop", "seal", "test"], Ranked(("drop", "seal", "test"))]
    """Forgotten in memory; sealed to keys the unit does not hold; or, on a bench, sent marked as a test."""
    ram_s: Annotated[float, Gt(0), Le(180), Least()]
    """Seconds for which its text may be in memory."""
    retain_days: Annotated[float, Ge(0), Le(3650), Least()]
    """Days for which the sealed read may exist. 0 with `drop`."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHit:
    """What happens to a plate that a hotlist names."""

    mode: Annotated[
        Literal["drop", "seal", "clear", "test"], Ranked(("drop", "seal", "clear", "test"))
    ]
    """Only counted; sealed to the recipients; signed but readable; or the latter as a test."""
    retain_days: Annotated[float, Ge(0), Le(3650), Least()]
    """Days after which nobody may hold it, a case apart."""
    classes: Annotated[frozenset[MatchClass], Shared()]
    """How near the text must be to the entry."""
    min_confidence: Annotated[float, Ge(0), Le(1), Greatest()]
    min_agree: Annotated[int, Ge(1), Le(200), Greatest()]
    """Frames that must have given the same text."""
    confirm: Annotated[bool, Demanded()]
    """A named person must compare picture and plate before it counts as confirmed."""
    unconfirmed_minutes: Annotated[float, Gt(0), Le(525600), Least()] | None = None
    """Minutes after which a hit that nobody confirmed is deleted like a non-hit."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What a hotlist must be like to be matched at all."""

    max_age_h: Annotated[float, Gt(0), Le(720), Least()]
    """Hours after which a list stops matching."""
    max_entry_days: Annotated[float, Gt(0), Le(3650), Least()]
    """How far ahead an entry may expire."""
    max_repeats: Annotated[int, Ge(0), Le(1000), Least()]
    """Entries for one plate by one person in 30 days; more need a second signature."""
    second_signature: Annotated[bool, Demanded()] = False
    """Every entry needs the signature of a second person."""
    require: Annotated[frozenset[Requirement], United()] = frozenset()
    """What every entry must state."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purposes:
    """What may be looked for."""

    allow: Annotated[frozenset[Purpose], Shared()]
    prohibit: Annotated[frozenset[Purpose | Prohibited], United()]
    """Wins over ``allow``. What the software prohibits by itself is always in it."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Who may receive what is kept."""

    parties: Annotated[frozenset[Party], Shared()]
    require: Annotated[frozenset[Requirement], United()] = frozenset()
    """What every request must state."""
    out_of_state_require: Annotated[frozenset[Requirement], United()] = frozenset()
    """What a request from another state must state beyond that."""
    declaration_days: Annotated[float, Gt(0), Le(3650), Least()] | None = None
    """Days for which a written declaration holds."""
    recipients: (
        Annotated[frozenset[Annotated[str, MinLen(1), MaxLen(200)]], MaxLen(16), Shared()] | None
    ) = None
    """The only keys that anything may be sealed to, as ``role/name key``. None where the site may choose."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is recorded about every use."""

    fields: Annotated[frozenset[AuditField], United()]
    retain_days: Annotated[float, Ge(0), Le(36500), Greatest()]
    """The log is kept at least so long: here longer is stricter."""
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told to the public."""

    fields: Annotated[frozenset[ReportField], United()]
    every_days: Annotated[float, Gt(0), Le(800), Least()]
    source: Sources = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A whole set of rules: one profile's, or what is left when several are merged."""

    collect: Collect
    non_hit: NonHit
    hit: OnHit
    lists: Lists
    purposes: Purposes
    sharing: Sharing
    audit: Audit
    report: Report

    @property
    def purposes_left(self) -> frozenset[str]:
        """What may be looked for once the prohibitions are taken off."""
        return frozenset(self.purposes.allow - self.purposes.prohibit)

    @property
    def test(self) -> bool:
        """Whether this is a bench: whatever leaves the unit is marked as a test."""
        return "test" in {self.non_hit.mode, self.hit.mode}


SOURCE: Final = "source"
"""The field of every section that cites and does not rule."""
OURS: Final = "ours"
"""What is cited where no law sets a value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One field of the rules: where it stands and how its values compare."""

    section: str
    name: str
    order: Order = field(repr=False)

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}"

    def of(self, rules: Rules) -> Any:
        """Its value."""
        return getattr(getattr(rules, self.section), self.name)


def _orders(hint: Any) -> Iterator[Order]:
    """The order in an annotation; it may stand within an optional one."""
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, (Least, Greatest, Demanded, Shared, United, Ranked)):
            yield meta
    if not hasattr(hint, "__metadata__"):
        for part in get_args(hint):
            yield from _orders(part)


def _rules() -> Iterator[Rule]:
    sections = get_type_hints(Rules)
    for section in fields(Rules):
        hints = get_type_hints(sections[section.name], include_extras=True)
        for name, hint in hints.items():
            (order,) = _orders(hint)
            yield Rule(section.name, name, order)


RULES: Final[tuple[Rule, ...]] = tuple(_rules())
"""Every field of `Rules`, sources included, in the order they are written."""
