"""Asks the policy about a sighting, and says its answer in the words of a message. It decides nothing itself.

Pure: a sighting, the lists and the time in, a decision out. What is dropped is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.delivery.settings import PolicySettings
from edge_alpr.message.event import Hit, PolicyStamp
from edge_alpr.message.timestamps import to_text
from edge_alpr.plates import MAX_LENGTH
from edge_alpr.policy.decide import Action, Facts, counts_only, decide, redactions
from edge_alpr.policy.in_force import InForce
from edge_alpr.policy.rules import Collected
from edge_alpr.types import MessageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.passes import Sighting, Vote
    from edge_alpr.policy.decide import Disposition, ListState, Match
    from edge_alpr.types import CharScores, Moment

_UNREAD_S: Final = 3600.0
"""What holds no plate is still of no use after an hour."""
_ALERT_AGREE: Final = 2
"""Reads that must agree before a hit may be called an alert."""
_MAX_HITS: Final = 50


class Lists(Protocol):
    """The hotlist in force, as far as it is asked here."""

    @property
    def state(self) -> ListState | None:
        """None for a plain list, which nobody signed."""

    def matches(self, text: str, scores: CharScores, /) -> Sequence[Match]:
        """The entries that a text may mean, exact ones first; the confidence of each as if the text were certain."""


class NoLists:
    """A unit that looks for nobody."""

    state: ListState | None = None

    def matches(self, _text: str, _scores: CharScores, /) -> tuple[Match, ...]:
        return ()


NO_LISTS: Final = NoLists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to one sighting, and why."""

    action: Action
    reason: str
    """A word for a counter; never anything of the plate."""
    stamp: PolicyStamp
    """The rules that let it out, for the event."""
    kind: MessageKind = "read"
    """``alert`` only for an exact, unambiguous hit that several reads agree on."""
    hits: tuple[Hit, ...] = ()
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

    @property
    def test(self) -> bool:
        return self.action == "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What may be told of a vehicle that was not read."""

    expires_s: float
    """UTC seconds after which nobody may hold it."""
    redact: frozenset[Collected]
    test: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force, and how this site wants its messages."""

    in_force: InForce
    settings: PolicySettings = field(default_factory=PolicySettings)

    @property
    def announcement(self) -> str:
        """One line for the log at start: what this unit will let out."""
        rules, whose = self.in_force.rules, f"policy {self.in_force.profile}"
        if self.in_force.signed is not None:
            whose += f" by {self.in_force.name}"
        if self.in_force.fallback is not None:
            whose = f"POLICY {self.in_force.profile.upper()}, since {self.in_force.fallback}"
        if counts_only(rules):
            return f"{whose}: no plate leaves this unit"
        if rules.non_hit.mode == "test":
            return f"{whose}: BENCH: EVERY READ LEAVES THIS UNIT, marked as a test. Not for a road"
        if rules.non_hit.mode == "seal":
            return f"{whose}: every plate leaves this unit sealed, to be kept for {rules.non_hit.retain_days:g} days"
        return f"{whose}: only plates of a signed hotlist leave this unit"

    def decide(self, sighting: Sighting, now: Moment, lists: Lists = NO_LISTS) -> Decision:
        """What may happen to a sighting. Keeps nothing of it."""
        vote = sighting.vote
        if not 1 <= len(vote.text) <= MAX_LENGTH:
            return Decision(action="drop", reason="no_plate", stamp=self._stamp())
        rules = self.in_force.rules_at(now.utc_s)
        facts = Facts(
            confidence=vote.confidence,
            agree=vote.agree,
            age_s=now.mono_s - sighting.best.at.mono_s,
        )
        matches = tuple(
            replace(match, confidence=match.confidence * vote.confidence)
            for match in lists.matches(vote.text, vote.scores)
        )
        return self._in_words(decide(facts, matches, lists.state, rules, now.utc_s), vote)

    def decide_unread(self, now: Moment) -> Telling | None:
        """What may be told of a vehicle that was not read; None if nothing."""
        rules = self.in_force.rules_at(now.utc_s)
        if not self.settings.send_unread or counts_only(rules):
            return None
        return Telling(expires_s=now.utc_s + _UNREAD_S, redact=redactions(rules), test=rules.test)

    def _in_words(self, found: Disposition, vote: Vote) -> Decision:
        hits = tuple(_hit(match) for match in found.matches[:_MAX_HITS])
        return Decision(
            action=found.action,
            reason=found.reason,
            stamp=self._stamp(found),
            kind="alert" if _is_alert(hits, vote) else "read",
            hits=hits,
            expires_s=found.expires_s,
            redact=found.redact,
            sealed=found.sealed,
            confirm=found.confirm,
            unconfirmed_s=found.unconfirmed_s,
        )

    def _stamp(self, found: Disposition | None = None) -> PolicyStamp:
        expires_s = confirm_by_s = purpose = None
        if found is not None:
            expires_s, confirm_by_s = found.expires_s, found.unconfirmed_s
            purpose = next((match.purpose for match in found.matches), None)
        return PolicyStamp(
            profile=self.in_force.profile,
            purpose=purpose,
            delete_after=None if expires_s is None else to_text(expires_s),
            confirm_by=None if confirm_by_s is None else to_text(confirm_by_s),
            sha256=self.in_force.sha256,
        )


def _hit(match: Match) -> Hit:
    return Hit(
        list=match.list,
        list_version=match.list_version,
        entry=match.entry,
        class_=match.class_,
        reason=match.reason,
        confidence=round(match.confidence, 4),
        needs_human=True,
    )


def _is_alert(hits: tuple[Hit, ...], vote: Vote) -> bool:
    exact = any(hit.class_ == "exact" for hit in hits)
    return exact and not vote.ambiguous and vote.agree >= _ALERT_AGREE
