"""Decides what happens to one read: the only place where a plate is let through. What is not allowed is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from edge_alpr.policy.purposes import Prohibited, Purpose
from edge_alpr.policy.rules import Collected, MatchClass, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

Action: TypeAlias = Literal["drop", "hit", "seal", "test"]

ALWAYS: Final[frozenset[Collected]] = frozenset({"plate", "time", "camera"})
"""What an event cannot do without."""
MIN_MATCH_CONFIDENCE: Final = 0.02
"""A look-alike that the pixels all but rule out matches nothing: the plate of somebody else must not leave the unit."""
_COLLECTED: Final[frozenset[Collected]] = frozenset(get_args(Collected))
_DAY_S: Final = 86400.0
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the decision needs to know of a read; the plate's text is not among it."""

    confidence: float
    """0..1."""
    agree: int
    """Frames that gave exactly this text."""
    age_s: float
    """Seconds since it was read from the pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An entry of a hotlist that the text may mean."""

    list: str
    list_version: str
    entry: str
    """Names the entry without saying its plate."""
    class_: MatchClass
    purpose: Purpose | Prohibited | None
    """None in a plain list, which only a bench may use."""
    reason: str | None
    confidence: float
    """0..1: how likely the plate says what the entry does."""
    expires_s: float | None
    """UTC seconds after which the entry does not match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """What is known of the hotlist in force."""

    signed: bool
    issued_s: float
    """UTC seconds at which its authority made it."""
    expires_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What happens, and why."""

    action: Action
    reason: str
    """A word for a counter; never anything of the plate."""
    matches: tuple[Match, ...] = ()
    """The ones that count."""
    expires_s: float | None = None
    """UTC seconds after which nobody may hold the event."""
    redact: frozenset[Collected] = frozenset()
    """What must not be in the event."""
    sealed: bool = False
    """Whether it must be sealed before it is written anywhere."""
    confirm: bool = False
    """Whether a named person must look before it counts."""
    unconfirmed_s: float | None = None
    """UTC seconds at which it is deleted if nobody has."""


def decide(
    facts: Facts, matches: Sequence[Match], lists: ListState | None, rules: Rules, now_s: float
) -> Disposition:
    """What may happen to a read.

    Args:
        matches: what the text matches in the list in force, allowed or not.
        lists: that list; None if there is none.
        now_s: UTC seconds by the unit's clock.
    """
    if facts.age_s > rules.non_hit.ram_s:
        return Disposition(action="drop", reason="too_old")
    if counts_only(rules):
        return Disposition(action="drop", reason="counts_only")
    hits = _allowed(matches, lists, rules, now_s)
    if rules.non_hit.mode == "test":
        return _kept("test", "bench", rules, hits, now_s)
    if not hits or rules.hit.mode == "drop":
        return _no_hit("non_hit", rules, now_s)
    if facts.confidence < rules.hit.min_confidence:
        return _no_hit("low_confidence", rules, now_s)
    if facts.agree < rules.hit.min_agree:
        return _no_hit("few_agree", rules, now_s)
    return _kept("test" if rules.hit.mode == "test" else "hit", "listed", rules, hits, now_s)


def counts_only(rules: Rules) -> bool:
    """Whether nothing of a single vehicle may leave the unit."""
    return rules.hit.mode == "drop" and rules.non_hit.mode == "drop"


def redactions(rules: Rules) -> frozenset[Collected]:
    """What must not be in an event, of a plate or of a vehicle that was not read."""
    return _COLLECTED - rules.collect.fields - ALWAYS


def _allowed(
    matches: Sequence[Match], lists: ListState | None, rules: Rules, now_s: float
) -> tuple[Match, ...]:
    """The matches that the rules let count. A stale or unsigned list matches nothing, except on a bench."""
    near = tuple(
        match
        for match in matches
        if match.class_ in rules.hit.classes
        and (match.class_ == "exact" or match.confidence >= MIN_MATCH_CONFIDENCE)
    )
    if rules.hit.mode == "test":
        return near
    if lists is None or not lists.signed or now_s >= lists.expires_s:
        return ()
    if now_s - lists.issued_s > rules.lists.max_age_h * _HOUR_S:
        return ()
    return tuple(
        match
        for match in near
        if match.purpose in rules.purposes_left
        and (match.expires_s is None or now_s < match.expires_s)
    )


def _no_hit(reason: str, rules: Rules, now_s: float) -> Disposition:
    if rules.non_hit.mode == "seal" and rules.non_hit.retain_days > 0:
        return _kept("seal", "window", rules, (), now_s)
    return Disposition(action="drop", reason=reason)


def _kept(
    action: Action, reason: str, rules: Rules, matches: tuple[Match, ...], now_s: float
) -> Disposition:
    of_hit = reason == "listed"
    days = rules.hit.retain_days if of_hit else rules.non_hit.retain_days
    minutes = rules.hit.unconfirmed_minutes if of_hit else None
    return Disposition(
        action=action,
        reason=reason,
        matches=matches,
        expires_s=now_s + days * _DAY_S,
        redact=redactions(rules),
        sealed=action == "seal" or (action == "hit" and rules.hit.mode == "seal"),
        confirm=bool(matches) and rules.hit.confirm,
        unconfirmed_s=None if minutes is None else now_s + minutes * 60.0,
    )
