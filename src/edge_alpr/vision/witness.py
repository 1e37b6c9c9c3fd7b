"""This file keeps what is known of each pass: the looks that vote, the pictures beside them, and what made it unread.

Plate text lives here and only here between the read and the policy. A look is forgotten ``memory_s`` after its light
hit the sensor whatever happens, and all looks of a pass the moment it is decided.
State kept: a few looks per track.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge_alpr.passes import Look, Quality, Sighting, Unread
from edge_alpr.types import Detection, Moment
from edge_alpr.vision.choose import promise_of_look
from edge_alpr.vision.evidence import cut_evidence
from edge_alpr.vision.settle import PassSettings, early_text, is_settled
from edge_alpr.vision.unread import unread_reason
from edge_alpr.vision.vote import VoteSettings, calibrated, vote

if TYPE_CHECKING:
    from edge_alpr.geometry import Box
    from edge_alpr.passes import Phase, Vote
    from edge_alpr.types import Frame, Track


@dataclass(slots=True)
class _Glimpse:
    """The crop that promised most, without its text: what an unread pass is told by."""

    detection: Detection
    at: Moment
    quality: Quality | None
    not_a_plate: float
    promise: float


@dataclass(slots=True)
class _Pass:
    looks: list[Look] = field(default_factory=list)
    evidence: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    """Cut-outs by frame sequence, of each look that no later one with the same text has beaten."""
    told: str = ""
    """The text that was told as provisional."""
    decided: bool = False
    glimpse: _Glimpse | None = None
    reads: int = 0
    longest: int = 0

    def erase(self) -> None:
        """Forget all text."""
        self.looks, self.evidence, self.told = [], {}, ""


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
        better = sum(promise_of_look(look) > promise for look in known.looks)
        return better < self._settings.enough_looks

    def add(self, track: Track, look: Look, frame: Frame) -> None:
        """Remember a look and, if it has a text, its evidence. Of too many looks, the poorest is forgotten."""
        known = self._passes.setdefault(track.track_id, _Pass())
        _glance(known, look)
        known.looks.append(look)
        if len(known.looks) > self._settings.max_looks:
            promises = [promise_of_look(other) for other in known.looks]
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
            if not old:
                continue
            known.looks = [look for look in known.looks if look.sequence not in old]
            known.evidence = {s: e for s, e in known.evidence.items() if s not in old}
            if not any(look.read.text == known.told for look in known.looks):
                known.told = ""

    def is_settled(self, track: Track, now_s: float) -> bool:
        """Whether a track that is still in view is to be decided at ``now_s`` (`settle`)."""
        known = self._passes.get(track.track_id)
        if known is None or known.decided:
            return False
        return is_settled(known.looks, track, now_s, self._settings)

    def believe(self, track: Track, frame_wh: tuple[int, int], camera: str) -> Sighting | None:
        """An early belief, if there is one that was not told before."""
        known = self._passes.get(track.track_id)
        if known is None or known.decided:
            return None
        text = early_text(known.looks, self._settings)
        if text is None or text == known.told:
            return None
        outcome = vote([look.read for look in known.looks], self._voting)
        if outcome is None or outcome.text != text or not self._is_plate(outcome):
            return None
        known.told = text
        return _sighting(known, outcome, track, frame_wh, camera, phase="provisional")

    def decide(
        self, track: Track, frame_wh: tuple[int, int], camera: str, *, least_reads: int = 1
    ) -> Sighting | Unread | None:
        """Vote, and forget the looks: a sighting if so many reads have a text that is believed. None if the track was
        decided before."""
        known = self._passes.setdefault(track.track_id, _Pass())
        if known.decided:
            return None
        outcome = vote([look.read for look in known.looks], self._voting)
        found: Sighting | Unread
        if outcome is not None and self._is_plate(outcome) and outcome.reads >= least_reads:
            found = _sighting(known, outcome, track, frame_wh, camera, phase="final")
        else:
            found = self._unread(known, track, frame_wh, camera)
        known.erase()
        known.decided = True
        return found

    def reopen(self, track: Track) -> None:
        """It was hidden and may be another vehicle now: what was decided holds no more."""
        self._passes.pop(track.track_id, None)

    def close(self, track: Track) -> None:
        """The track ended: forget everything about it."""
        self._passes.pop(track.track_id, None)

    def _is_plate(self, outcome: Vote) -> bool:
        return outcome.is_plate(self._settings.min_characters, self._settings.min_confidence)

    def _unread(self, known: _Pass, track: Track, frame_wh: tuple[int, int], camera: str) -> Unread:
        seen = known.glimpse
        box: Box | None = None if seen is None else seen.detection.box
        reason = unread_reason(
            box,
            frame_wh,
            None if seen is None else seen.quality,
            texts=sum(bool(look.read.text) for look in known.looks),
            longest=known.longest,
            min_characters=self._settings.min_characters,
            not_a_plate=0.0 if seen is None else seen.not_a_plate,
        )
        return Unread(
            track_id=track.track_id,
            reason=reason,
            detection=track.detection if seen is None else seen.detection,
            at=track.last if seen is None else seen.at,
            first=track.first,
            last=track.last,
            frames=track.detections,
            reads=known.reads,
            frame_wh=frame_wh,
            camera=camera,
            quality=None if seen is None else seen.quality,
        )


def _glance(known: _Pass, look: Look) -> None:
    """Note what is worth knowing of a look should the pass stay unread: no text."""
    known.reads += 1
    known.longest = max(known.longest, len(look.read.text))
    promise = promise_of_look(look)
    if known.glimpse is None or promise > known.glimpse.promise:
        known.glimpse = _Glimpse(
            look.detection, look.at, look.quality, look.read.not_a_plate, promise
        )


def _sighting(
    known: _Pass,
    outcome: Vote,
    track: Track,
    frame_wh: tuple[int, int],
    camera: str,
    *,
    phase: Phase,
) -> Sighting:
    agreeing = [look for look in known.looks if look.read.text == outcome.text] or known.looks
    best = max(agreeing, key=lambda look: (look.read.score, -look.sequence))
    return Sighting(
        track_id=track.track_id,
        vote=calibrated(outcome),
        best=best,
        first=track.first,
        last=track.last,
        frames=track.detections,
        frame_wh=frame_wh,
        camera=camera,
        evidence=known.evidence.get(best.sequence),
        phase=phase,
    )
