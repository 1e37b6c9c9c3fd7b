"""This file keeps what is known of each pass: which looks are worth a read, which are remembered, when to decide.

Plate text lives here and only here between the read and the policy. A look is forgotten ``memory_s`` after its light
hit the sensor whatever happens, and all looks of a pass the moment it is decided.
State kept: a few looks per track.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from edge_alpr.geometry import Box, quad_size
from edge_alpr.passes import Look, Sighting
from edge_alpr.vision.vote import VoteSettings, vote

if TYPE_CHECKING:
    from edge_alpr.passes import Vote
    from edge_alpr.types import Frame, Track

EVIDENCE_MARGIN = 0.15
"""Share of the plate's width and height shown around it: enough to see that it is a plate, too little for a face."""

LAST_CALL_S = 0.5
"""A pass is decided so long before its best look is forgotten: two frames of a slow camera."""

GROWTH = 1.15
"""A plate that became so much wider within the memory belongs to a vehicle that is coming nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSettings:
    """Deciding what plate a vehicle had."""

    memory_s: Annotated[float, Ge(0.6), Le(3)] = 2.5
    """Reads older than this are forgotten, decided or not. At most 3 s, by design."""
    max_looks: Annotated[int, Ge(1), Le(200)] = 20
    """So many reads of a vehicle vote: the most promising among those that are remembered."""
    enough_looks: Annotated[int, Ge(1), Le(200)] = 10
    """A crop is not read if so many that promised more are remembered already."""
    settle_s: Annotated[float, Ge(0), Le(3)] = 1.5
    """A vehicle that stays is decided when it was read for so long and the reads agree; one that leaves, at once."""
    settle_agree: Annotated[int, Ge(1), Le(200)] = 5
    """So many reads must agree for that."""
    min_characters: Annotated[int, Ge(1), Le(12)] = 3
    """A shorter text is taken for something else than a plate. Lower it where plates are that short."""
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.05
    """A pass whose reads give no text that is more likely than this counts as unread."""


@dataclass(slots=True)
class _Pass:
    looks: list[Look] = field(default_factory=list)
    evidence: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    """Cut-outs by frame sequence, of each look that no later one with the same text has beaten."""
    decided: bool = False
    first_look_s: float | None = None


class Witness:
    """Remembers the looks of every running pass."""

    def __init__(self, settings: PassSettings, voting: VoteSettings) -> None:
        self._settings = settings
        self._voting = voting
        self._passes: dict[int, _Pass] = {}

    def wants(self, track: Track, promise: float) -> bool:
        """Whether a look with this promise would add something to what is known of the track."""
        known = self._passes.get(track.track_id)
        if known is None:
            return True
        if known.decided:
            return False
        better = sum(look_promise(look) > promise for look in known.looks)
        return better < self._settings.enough_looks

    def add(self, track: Track, look: Look, frame: Frame) -> None:
        """Remember a look and, if it has a text, its evidence. Of too many looks, the poorest is forgotten."""
        known = self._passes.setdefault(track.track_id, _Pass())
        if known.first_look_s is None:
            known.first_look_s = look.at.mono_s
        known.looks.append(look)
        if len(known.looks) > self._settings.max_looks:
            promises = [look_promise(other) for other in known.looks]
            poorest = known.looks.pop(promises.index(min(promises)))
            known.evidence.pop(poorest.sequence, None)
            if poorest is look:
                return
        if not look.read.text:
            return
        # Older looks that are beaten can never be shown. One that is not yet the best can: once those are forgotten.
        for other in known.looks:
            if other.read.text == look.read.text and other.read.score < look.read.score:
                known.evidence.pop(other.sequence, None)
        known.evidence[look.sequence] = cut_evidence(frame, look.detection.box)

    def forget_old(self, now_s: float) -> None:
        """Drop every look whose light is older than ``memory_s``."""
        for known in self._passes.values():
            old = {
                look.sequence
                for look in known.looks
                if now_s - look.at.mono_s > self._settings.memory_s
            }
            if old:
                known.looks = [look for look in known.looks if look.sequence not in old]
                known.evidence = {s: e for s, e in known.evidence.items() if s not in old}

    def is_settled(self, track: Track, now_s: float) -> bool:
        """Whether a track that is still in view is to be decided at ``now_s``.

        It is when it was read for a while, the reads agree and it does not come nearer; or when its best look, or all
        but one, are about to be forgotten: decide first, then forget.
        """
        known = self._passes.get(track.track_id)
        if known is None or known.decided or known.first_look_s is None:
            return False
        looks = [look for look in known.looks if look.read.text]
        if not looks:
            return False
        growing = _is_growing(looks[0], track)
        # Who comes nearer is best seen last, who drives away first.
        best = looks[-1] if growing else max(looks, key=look_promise)
        ages = [now_s - look.at.mono_s for look in looks]
        if now_s - best.at.mono_s > self._settings.memory_s - LAST_CALL_S:
            return True
        if len(looks) > 1 >= sum(age <= self._settings.memory_s for age in ages):
            return True  # a camera so slow that the next frame would find one look alone
        if growing or now_s - known.first_look_s < self._settings.settle_s:
            return False
        reads = [look.read for look in looks]
        # Counting is cheap and voting is not: most frames are answered here.
        if max(Counter(read.text for read in reads).values()) < self._settings.settle_agree:
            return False
        outcome = vote(reads, self._voting)
        return outcome is not None and outcome.agree >= self._settings.settle_agree

    def is_decided(self, track: Track) -> bool:
        """Whether the pass was decided before."""
        known = self._passes.get(track.track_id)
        return known is not None and known.decided

    def decide(self, track: Track, frame_wh: tuple[int, int], camera: str) -> Sighting | None:
        """Vote, and forget the looks. None if the track was decided before or has no readable look."""
        known = self._passes.setdefault(track.track_id, _Pass())
        looks, evidence = known.looks, known.evidence
        already = known.decided
        self._passes[track.track_id] = _Pass(decided=True)
        outcome = vote([look.read for look in looks], self._voting)
        if already or outcome is None or not self._is_plate(outcome):
            return None
        agreeing = [look for look in looks if look.read.text == outcome.text] or looks
        best = max(agreeing, key=lambda look: (look.read.score, -look.sequence))
        return Sighting(
            track_id=track.track_id,
            vote=outcome,
            best=best,
            first=track.first,
            last=track.last,
            frames=track.detections,
            frame_wh=frame_wh,
            camera=camera,
            evidence=evidence.get(best.sequence),
        )

    def _is_plate(self, outcome: Vote) -> bool:
        long_enough = len(outcome.text) >= self._settings.min_characters
        return long_enough and outcome.confidence >= self._settings.min_confidence

    def close(self, track: Track) -> None:
        """The track ended: forget everything about it."""
        self._passes.pop(track.track_id, None)


def _is_growing(earlier: Look, track: Track) -> bool:
    """Whether the vehicle still comes nearer: its best picture is yet to come."""
    before, now = quad_size(earlier.detection.corners)[0], quad_size(track.detection.corners)[0]
    return now > GROWTH * before


def look_promise(look: Look) -> float:
    """How much a look promised before it was read."""
    return promise_of(look.detection.score, quad_size(look.detection.corners)[1], look.sharpness)


def promise_of(score: float, height_px: float, sharpness: float) -> float:
    """How well a crop is likely to read: its height up to 40 pixels, how sharp it is, how sure the detector was."""
    return score * min(height_px, 40.0) * (0.5 + min(sharpness, 1.0))


def cut_evidence(frame: Frame, box: Box) -> NDArray[np.uint8]:
    """The plate with 15 % around it, an own copy, in colour if the frame has it."""
    picture = frame.luma if frame.colour is None else frame.colour
    cut = box.grow(EVIDENCE_MARGIN, EVIDENCE_MARGIN).clamp(*frame.size_wh)
    x1, y1, x2, y2 = int(cut.x1), int(cut.y1), round(cut.x2), round(cut.y2)
    return picture[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].copy()
