"""Draws sets of policy rules, from the loosest to the strictest, field by field."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from edge_alpr.policy.lattice import Demanded, Greatest, Least, Ranked, Shared, United
from edge_alpr.policy.profile import rules_adapter
from edge_alpr.policy.rules import RULES, Rule, Rules

_ANY_WORDS = ("ours", "a law", "another law")


def _words_of(hint: Any) -> tuple[Any, ...]:
    """The literal members of a set, wherever in the annotation they stand."""
    found: list[Any] = []
    for part in get_args(hint):
        found += [part] if isinstance(part, str) else _words_of(part)
    return tuple(found)


def _value(rule: Rule) -> st.SearchStrategy[Any]:
    section = get_type_hints(Rules)[rule.section]
    hint = get_type_hints(section, include_extras=True)[rule.name]
    match rule.order:
        case Ranked(ranks):
            return st.sampled_from(ranks)
        case Demanded():
            return st.booleans()
        case Shared() | United():
            members = st.frozensets(st.sampled_from(_words_of(hint) or _ANY_WORDS), max_size=6)
            optional = type(None) in get_args(hint)
            return st.none() | members if optional else members
        case Least() | Greatest():
            # Within the range of all numeric rules: whole days, minutes, reads; a share for a confidence.
            share = rule.name == "min_confidence"
            number: st.SearchStrategy[Any] = (
                st.sampled_from([0.0, 0.25, 0.5, 1.0]) if share else st.integers(1, 150)
            )
            return st.none() | number if type(None) in get_args(hint) else number
    raise AssertionError(rule)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Any set of rules."""
    drawn: dict[str, dict[str, Any]] = {}
    for rule in RULES:
        value = draw(_value(rule))
        listed = sorted(value) if isinstance(value, frozenset) else value
        drawn.setdefault(rule.section, {})[rule.name] = listed
    return rules_adapter().validate_python(drawn)
