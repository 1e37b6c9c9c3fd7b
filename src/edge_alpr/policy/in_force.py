"""The rules that a unit runs under, whose they are, and what holds when their time is over: no plate at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from edge_alpr.policy.rules import Rules
from edge_alpr.policy.signed import SignedPolicy

_MAX_LABEL: Final = 64
"""Of a name in an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What is decided by."""

    rules: Rules
    """As signed and, where the site's configuration says so, tightened."""
    profile: str
    """What an event says it left under: the profiles that were merged."""
    sha256: str
    """Of the document as it was signed; of the rules where nobody signed them."""
    signed: SignedPolicy | None = None
    """None for rules that come with the software."""
    fallback: str | None = None
    """Why it is these rules and not those that the configuration names."""

    @property
    def name(self) -> str:
        """``authority/number``, or the built-in profile's name."""
        return self.profile if self.signed is None else self.signed.name

    def rules_at(self, now_s: float) -> Rules:
        """The rules at ``now_s`` (UTC seconds). Outside the time of a signed policy no plate is let through."""
        if self.trouble_at(now_s) is None or self.signed is None:
            return self.rules
        return closed(self.rules)

    def trouble_at(self, now_s: float) -> str | None:
        """Why a unit does less than it was meant to; None if all is as configured."""
        if self.fallback is not None or self.signed is None:
            return self.fallback
        return self.signed.refusal(now_s)

    def described(self) -> dict[str, Any]:
        """For the unit's retained ``info``."""
        return {
            "name": self.name,
            "profile": self.profile,
            "sha256": self.sha256,
            "expires": None if self.signed is None else self.signed.expires,
            "fallback": self.fallback,
        }


def closed(rules: Rules) -> Rules:
    """The rules without any way out for a plate."""
    return replace(
        rules,
        hit=replace(rules.hit, mode="drop", retain_days=0.0),
        non_hit=replace(rules.non_hit, mode="drop", retain_days=0.0),
    )


def under(policy: SignedPolicy, sha256: str, rules: Rules | None = None) -> InForce:
    """A signed policy in force; ``rules`` are its own, tightened."""
    ids = "+".join(about.split()[0] for about in policy.profiles if about.split())
    return InForce(
        rules=rules or policy.rules,
        profile=ids if 0 < len(ids) <= _MAX_LABEL else policy.name[:_MAX_LABEL],
        sha256=sha256,
        signed=policy,
    )
