"""Merges rules so that the strictest wins in every field, and tells where one set is looser than another."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce
from typing import TYPE_CHECKING, Any

from edge_alpr.policy.lattice import stricter
from edge_alpr.policy.rules import RULES, SOURCE, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Iterable


def merge(one: Rules, other: Rules) -> Rules:
    """What both allow. Commutative, associative, idempotent; at least as strict as either."""
    merged: dict[str, dict[str, Any]] = {}
    for rule in RULES:
        value = rule.order.meet(rule.of(one), rule.of(other))
        merged.setdefault(rule.section, {})[rule.name] = value
    return Rules(
        **{
            section.name: type(getattr(one, section.name))(**merged[section.name])
            for section in fields(Rules)
        }
    )


def merge_all(stack: Iterable[Rules]) -> Rules:
    """The same for one or more.

    Raises:
        TypeError: the stack is empty; nothing is not a policy.
    """
    return reduce(merge, stack)


@dataclass(frozen=True, slots=True)
class Looser:
    """A field in which one set of rules allows more than another."""

    rule: Rule
    asked: Any
    allowed: Any


def looser_than(asked: Rules, allowed: Rules) -> list[Looser]:
    """Where ``asked`` would allow what ``allowed`` does not; empty if it is at least as strict throughout."""
    return [
        Looser(rule, rule.of(asked), rule.of(allowed))
        for rule in RULES
        if rule.name != SOURCE and not stricter(rule.order, rule.of(asked), rule.of(allowed))
    ]
