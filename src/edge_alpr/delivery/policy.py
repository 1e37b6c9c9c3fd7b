"""Decides what may leave the unit: the seam of trust. Pure: a sighting and the time in, a decision out.

================  ==============================================================================
profile
================  ==============================================================================
default-strict    only plates on the local hotlist; everything else is dropped here, in memory
counts-only       nothing; drops are counted, which is the product
bench             everything, marked ``test``: for a bench, a demo, a simulation, never for a road
================  ==============================================================================

A later version reads signed profiles as data; this function is where they will decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from annotated_types import Ge, Gt, Le

from edge_alpr.delivery.hotlist import NO_HOTLIST, Hotlist, load_hotlist
from edge_alpr.message.event import Hit
from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_alpr.types import MessageKind

if TYPE_CHECKING:
    from edge_alpr.passes import Sighting, Vote
    from edge_alpr.types import Moment

Profile: TypeAlias = Literal["default-strict", "counts-only", "bench"]
Action: TypeAlias = Literal["drop", "hit", "test"]

_DAY_S: Final = 86400.0
_UNREAD_S: Final = 3600.0
"""What holds no plate is still of no use after an hour."""
_ALERT_AGREE: Final = 2
"""Reads that must agree before a hit may be called an alert."""
_MAX_HITS: Final = 50
_MIN_HIT_CONFIDENCE: Final = 0.02
"""A look-alike that the pixels all but rule out is no hit: the plate of somebody else must not leave the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What may leave the unit."""

    profile: Profile = "default-strict"
    """default-strict sends only plates of the hotlist. counts-only sends none. bench sends all, marked as a test."""
    hotlist_file: Path | None = None
    """Plain list of wanted plates, one a line, optionally a comma and the reason. Read at start."""
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.5
    """A read below this confidence is no hit."""
    min_agree: Annotated[int, Ge(1), Le(200)] = 1
    """So many frames must have given the same text before it can be a hit."""
    keep_hits_days: Annotated[float, Gt(0), Le(30)] = 30.0
    """Days after which a hit must be deleted by everybody who holds it, this unit included."""
    keep_tests_days: Annotated[float, Gt(0), Le(30)] = 1.0
    """The same for events of the bench profile."""
    send_images: bool = False
    """Send a picture of the plate, and of 15 % around it, with every event that leaves the unit."""
    send_unread: bool = False
    """Send when and why a vehicle could not be read, without any plate. They are counted in any case."""
    again_s: Annotated[float, Ge(0), Le(60)] = 5.0
    """The same text within so many seconds after a vehicle was last seen is the same vehicle, not another event."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one sighting, and why."""

    action: Action
    reason: str
    """A word for a counter; never anything of the plate."""
    profile: Profile
    kind: MessageKind = "read"
    """``alert`` only for an exact, unambiguous hit that several reads agree on."""
    hits: tuple[Hit, ...] = ()
    expires_s: float | None = None
    """UTC seconds after which nobody may hold the event."""

    @property
    def test(self) -> bool:
        return self.action == "test"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force."""

    settings: PolicySettings
    hotlist: Hotlist = NO_HOTLIST

    @property
    def announcement(self) -> str:
        """One line for the log at start: what this unit will let out."""
        listed = f"hotlist {self.hotlist.name} ({len(self.hotlist)} plates, version {self.hotlist.version})"
        if self.settings.profile == "bench":
            return f"BENCH PROFILE: EVERY READ LEAVES THIS UNIT, marked as a test. Not for a road. {listed}"
        if self.settings.profile == "counts-only":
            return "policy counts-only: no plate leaves this unit"
        if not len(self.hotlist):
            return "policy default-strict without a hotlist: no plate leaves this unit"
        return f"policy default-strict: only hits leave this unit; {listed}"

    def decide(self, sighting: Sighting, now: Moment) -> Decision:
        """What may happen to a sighting. Keeps nothing of it."""
        vote, settings = sighting.vote, self.settings
        if settings.profile == "counts-only":
            return self._drop("counts_only")
        if not 1 <= len(vote.text) <= MAX_LENGTH:
            return self._drop("no_plate")
        hits = self._hits(vote)
        kind: MessageKind = "alert" if _is_alert(hits, vote) else "read"
        if settings.profile == "bench":
            expires_s = now.utc_s + settings.keep_tests_days * _DAY_S
            return Decision("test", "bench", "bench", kind, hits, expires_s)
        if not hits:
            return self._drop("non_hit")
        if vote.confidence < settings.min_confidence:
            return self._drop("low_confidence")
        if vote.agree < settings.min_agree:
            return self._drop("few_agree")
        expires_s = now.utc_s + settings.keep_hits_days * _DAY_S
        return Decision("hit", "listed", settings.profile, kind, hits, expires_s)

    def decide_unread(self, now: Moment) -> float | None:
        """Until when a vehicle that was not read may be told of, in UTC seconds; None if it may not."""
        if not self.settings.send_unread or self.settings.profile == "counts-only":
            return None
        return now.utc_s + _UNREAD_S

    def _drop(self, reason: str) -> Decision:
        return Decision("drop", reason, self.settings.profile)

    def _hits(self, vote: Vote) -> tuple[Hit, ...]:
        hits = (
            Hit(
                list=self.hotlist.name,
                list_version=self.hotlist.version,
                entry=f"line {entry.line}",
                class_=how,
                reason=entry.reason,
                confidence=round(confidence_of(entry.text, vote), 4),
                needs_human=True,
            )
            for entry, how in self.hotlist.matches(vote.text)[:_MAX_HITS]
        )
        return tuple(
            hit for hit in hits if hit.class_ == "exact" or hit.confidence >= _MIN_HIT_CONFIDENCE
        )


def load_policy(settings: PolicySettings) -> Policy:
    """The policy with the hotlist that its settings name.

    Raises:
        PolicyError: the hotlist cannot be used.
    """
    return Policy(
        settings, load_hotlist(settings.hotlist_file) if settings.hotlist_file else NO_HOTLIST
    )


def _is_alert(hits: tuple[Hit, ...], vote: Vote) -> bool:
    exact = any(hit.class_ == "exact" for hit in hits)
    return exact and not vote.ambiguous and vote.agree >= _ALERT_AGREE


def confidence_of(text: str, vote: Vote) -> float:
    """How likely the plate says ``text``: the vote's confidence, scaled where characters differ; 0 if lengths do."""
    if len(text) != len(vote.text):
        return 0.0
    confidence = vote.confidence
    for wanted, voted, scores in zip(text, vote.text, vote.scores, strict=True):
        if wanted != voted:
            confidence *= min(
                1.0,
                float(scores[ALPHABET.index(wanted)])
                / max(float(scores[ALPHABET.index(voted)]), 1e-6),
            )
    return min(max(confidence, 0.0), 1.0)
