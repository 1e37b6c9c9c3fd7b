"""Tells why a unit must not run under its rules: how it is mounted, an order that is missing, nothing left to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.policy.rules import OURS, Deployment, Place, Rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge_alpr.policy.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Siting:
    """Where and how a unit is mounted, as its configuration says."""

    deployment: Deployment = "fixed"
    near: frozenset[Place] = frozenset()
    """Places in its neighbourhood that a law may protect."""
    order: str | None = None
    """The written order under which it reads, where the law wants one."""


def refusals(siting: Siting, rules: Rules, stack: Sequence[Profile] = ()) -> list[str]:
    """Every reason why it must not run, each with the clause that says so; empty if it may.

    Args:
        stack: what was merged, so that only those are cited that say so; a signed policy does not hold it, and then
            all clauses are cited that the section comes from.
    """
    found: list[str] = []
    whole = _cited(rules.collect.source - {OURS}) if not stack else ""
    if siting.deployment not in rules.collect.deployment:
        allowed = ", ".join(sorted(rules.collect.deployment)) or "none"
        cites = whole or _cites(
            profile for profile in stack if siting.deployment not in profile.collect.deployment
        )
        found.append(
            f"a {siting.deployment} unit is not allowed (allowed: {allowed}){cites}: mount it otherwise, "
            "or run under other rules"
        )
    near = siting.near & rules.collect.refuse_near
    if near:
        places = ", ".join(sorted(near)).replace("_", " ")
        cites = whole or _cites(profile for profile in stack if near & profile.collect.refuse_near)
        found.append(f"no unit may stand near: {places}{cites}: move it")
    if rules.collect.order_required and not siting.order:
        cites = whole or _cites(profile for profile in stack if profile.collect.order_required)
        found.append(f"nothing may be read without a written order{cites}: name it in policy.order")
    if not rules.purposes_left and rules.non_hit.mode == "drop" and rules.hit.mode != "drop":
        found.append(
            "the rules leave no purpose for which a plate may be looked for: they contradict each other; "
            "run counts-only, or take a profile out"
        )
    return found


def _cites(profiles: Iterable[Profile]) -> str:
    return _cited(
        {f"{profile.id}: {source}" for profile in profiles for source in profile.collect.source}
    )


def _cited(sources: Iterable[str]) -> str:
    cited = "; ".join(sorted(sources))
    return f" ({cited})" if cited else ""
