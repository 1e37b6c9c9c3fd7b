"""Says rules in plain words: what a lawyer, a reporter or a resident reads instead of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_alpr.policy.lattice import Shared, United
from edge_alpr.policy.purposes import PURPOSE_WORDS
from edge_alpr.policy.rules import RULES, SOURCE, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.policy.profile import Profile


@dataclass(frozen=True, slots=True)
class Saying:
    """One rule in words."""

    path: str
    what: str
    because: tuple[str, ...]
    """The profiles whose value it is, each with the clause."""


def sentences(rules: Rules) -> list[str]:
    """What the rules come to, the most important first."""
    return [
        *notice_sentences(rules),
        f"An event may hold: {_list(rules.collect.fields)}. People in the vehicle are never recorded.",
        f"A hotlist stops matching {_number(rules.lists.max_age_h)} hours after it was made.",
        f"Every use is logged with: {_list(rules.audit.fields)}; the log is kept {_days(rules.audit.retain_days)}.",
        f"Every {_days(rules.report.every_days)} the public is told: {_list(rules.report.fields)}.",
        f"The unit may be: {_list(rules.collect.deployment) or 'nowhere: it must not run'}.",
    ]


def notice_sentences(rules: Rules) -> list[str]:
    """What somebody who drives past must be able to read at the roadside."""
    return [
        _non_hits(rules),
        _hits(rules),
        f"A plate may be looked for because of: {_purposes(rules.purposes_left)}.",
        f"Never because of: {_purposes(rules.purposes.prohibit)}.",
        _sharing(rules),
    ]


def sayings(rules: Rules, stack: Sequence[Profile]) -> list[Saying]:
    """Every field: its value, and which profiles of the stack make it so."""
    return [
        Saying(rule.path, show(rule.of(rules)), _because(rule, rules, stack))
        for rule in RULES
        if rule.name != SOURCE
    ]


def show(value: Any) -> str:
    """A value for a table."""
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return _list(value) or "none"
    return _number(value) if isinstance(value, float) else str(value)


def _because(rule: Rule, rules: Rules, stack: Sequence[Profile]) -> tuple[str, ...]:
    return tuple(
        f"{profile.id}: {'; '.join(sorted(getattr(getattr(profile, rule.section), SOURCE)))}"
        for profile in stack
        if _binds(rule, rule.of(profile.rules), rule.of(rules), stack)
    )


def _binds(rule: Rule, value: Any, effective: Any, stack: Sequence[Profile]) -> bool:
    """Whether a profile's value has a part in the effective one."""
    if isinstance(rule.order, United):
        return bool(value)
    if isinstance(rule.order, Shared) and value is not None:
        others = [rule.of(profile.rules) for profile in stack]
        everything = frozenset[Any]().union(*(other for other in others if other is not None))
        return bool(value == effective or value != everything)
    return bool(value == effective)


def _non_hits(rules: Rules) -> str:
    seconds = _number(rules.non_hit.ram_s)
    if rules.non_hit.mode == "drop":
        return (
            "A plate that nobody looks for is never written anywhere; its text is in memory for at most "
            f"{seconds} seconds."
        )
    if rules.non_hit.mode == "seal":
        return (
            "A plate that nobody looks for is sealed at once to keys that the unit does not hold, and can be read "
            f"by nobody after {_days(rules.non_hit.retain_days)}."
        )
    return "BENCH: every plate leaves the unit, marked as a test. Not for a road."


def _hits(rules: Rules) -> str:
    if rules.hit.mode == "drop":
        return "No plate leaves the unit at all; vehicles are only counted."
    how = {"seal": "sealed to its recipients", "clear": "signed", "test": "marked as a test"}
    confirm = (
        " A named person must compare picture and plate before it counts"
        if rules.hit.confirm
        else " It counts without a person's look"
    )
    gone = (
        f"; unconfirmed, it is deleted after {_number(rules.hit.unconfirmed_minutes)} minutes."
        if rules.hit.unconfirmed_minutes is not None
        else "."
    )
    return (
        f"A plate on a valid hotlist is reported, {how[rules.hit.mode]}, and deleted after "
        f"{_days(rules.hit.retain_days)}.{confirm}{gone}"
    )


def _sharing(rules: Rules) -> str:
    parties = _list(rules.sharing.parties) or "nobody"
    text = f"It may be shared with: {parties}."
    needs = rules.sharing.out_of_state_require
    if needs and "out_of_state" in rules.sharing.parties:
        text += f" Another state must give: {_list(needs)}."
    return text


def _purposes(codes: Any) -> str:
    return ", ".join(PURPOSE_WORDS[code] for code in sorted(codes)) or "nothing"


def _list(words: Any) -> str:
    return ", ".join(sorted(str(word) for word in words)).replace("_", " ")


def _days(days: float) -> str:
    return f"{_number(days)} day{'' if days == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:g}"
