"""Lays what a site asks for over the rules of an authority: tighter values hold, looser ones are named and refused.

Whatever is asked, the result is a merge with the authority's rules, so it can never allow more than they do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edge_alpr.policy.merge import looser_than, merge
from edge_alpr.policy.rules import SOURCE, Rules
from edge_alpr.policy.words import show

if TYPE_CHECKING:
    from collections.abc import Mapping


def tightened(rules: Rules, asked: Mapping[str, Any]) -> Rules:
    """The rules with what is asked for, as far as that is stricter.

    Args:
        asked: values by the path of their rule, ``hit.retain_days``.
    """
    return merge(rules, _asking(rules, asked))


def loosenings(rules: Rules, asked: Mapping[str, Any]) -> dict[str, str]:
    """What of it is not at least as strict as the rules: by path, a sentence with both values and the clause."""
    return {
        looser.rule.path: (
            f"{show(looser.asked)} is looser than the policy's {show(looser.allowed)} "
            f"({looser.rule.path} by {_clauses(rules, looser.rule.section)}): a site can only tighten it"
        )
        for looser in looser_than(_asking(rules, asked), rules)
    }


def _asking(rules: Rules, asked: Mapping[str, Any]) -> Rules:
    for path, value in asked.items():
        section, name = path.split(".")
        rules = replace(rules, **{section: replace(getattr(rules, section), **{name: value})})
    return rules


def _clauses(rules: Rules, section: str) -> str:
    return "; ".join(sorted(getattr(getattr(rules, section), SOURCE))) or "the policy alone"
