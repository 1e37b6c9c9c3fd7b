"""This file is the whole of vision in one method: frame in, sightings out. Read it first.

``process`` asks the gate, detects, follows, reads the crops that promise most, and returns the passes that became
certain or ended. It knows no thread, no clock and no file: the daemon, ``replay``, the evaluation and the tests all
drive the identical object.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.geometry import Luma, quad_size
from edge_alpr.passes import Look
from edge_alpr.types import FrameReport, Track
from edge_alpr.vision.read import sharpness
from edge_alpr.vision.witness import promise_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from edge_alpr.passes import Sighting
    from edge_alpr.types import Detection, Frame
    from edge_alpr.vision.detect import PlateDetector
    from edge_alpr.vision.inference import ModelCard
    from edge_alpr.vision.motion import MotionGate
    from edge_alpr.vision.read import PlateReader
    from edge_alpr.vision.track import Tracker
    from edge_alpr.vision.witness import Witness


@dataclass(frozen=True, slots=True)
class _Candidate:
    track: Track
    crop: Luma
    sharpness: float
    promise: float


class Pipeline:
    """One camera's way from frames to sightings."""

    def __init__(
        self,
        *,
        gate: MotionGate,
        detector: PlateDetector,
        tracker: Tracker,
        reader: PlateReader,
        witness: Witness,
        observe: Callable[[FrameReport], None] = lambda _: None,
        cpu_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._gate = gate
        self._detector = detector
        self._tracker = tracker
        self._reader = reader
        self._witness = witness
        self._observe = observe
        self._cpu_s = cpu_s
        self._ms: dict[str, float] = {}
        self._dropped: Counter[str] = Counter()
        self._shot: tuple[tuple[int, int], str] | None = None
        """Size of the newest frame, and its camera. Not the picture: it must not outlive its time."""

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The cards of the networks in use."""
        return self._detector.card, self._reader.card

    def run(self, frames: Iterable[Frame], emit: Callable[[Sighting], None]) -> None:
        """Process all frames, then end what is still in view."""
        for frame in frames:
            for sighting in self.process(frame):
                emit(sighting)
        for sighting in self.flush():
            emit(sighting)

    def process(self, frame: Frame) -> list[Sighting]:
        """Take one frame; frames come in order of time. Returns the passes decided by it."""
        self._ms, self._dropped = {}, Counter()
        self._shot = frame.size_wh, frame.camera
        with self._timed("gate"):
            is_open = self._gate.is_open(frame)
        with self._timed("detect"):
            detections = self._detector.detect(frame.luma) if is_open else []
        with self._timed("track"):
            tracks = self._follow(detections, frame, is_open=is_open)
        reads = self._read(frame, tracks)
        with self._timed("vote"):
            sightings = self._decide(tracks, frame.at.mono_s)
            self._witness.forget_old(frame.at.mono_s)
        self._observe(
            FrameReport(
                sequence=frame.sequence,
                gate_open=is_open,
                detections=len(detections),
                reads=reads,
                sightings=len(sightings),
                ms=self._ms,
                dropped=dict(self._dropped),
            )
        )
        return sightings

    def flush(self) -> list[Sighting]:
        """End all passes: the material is over, or the unit stops."""
        return self._decide(self._tracker.flush(), float("-inf"))

    def wait(self, now_s: float) -> list[Sighting]:
        """No frame came until ``now_s``, on the frames' own clock: what is about to be forgotten is decided first."""
        sightings = self._decide(self._tracker.tracks, now_s)
        self._witness.forget_old(now_s)
        return sightings

    def _follow(self, detections: list[Detection], frame: Frame, *, is_open: bool) -> list[Track]:
        if is_open:
            return self._tracker.update(detections, frame.at)
        self._tracker.hold(frame.at)
        return []

    def _read(self, frame: Frame, tracks: list[Track]) -> int:
        with self._timed("crop"):
            chosen = self._choose(frame, tracks)
        with self._timed("read"):
            reads = self._reader.read_crops([candidate.crop for candidate in chosen])
        for candidate, read in zip(chosen, reads, strict=True):
            look = Look(
                read=read,
                detection=candidate.track.detection,
                at=frame.at,
                sequence=frame.sequence,
                sharpness=candidate.sharpness,
                exposure_us=frame.exposure_us,
                gain=frame.gain,
            )
            self._witness.add(candidate.track, look, frame)
        return len(reads)

    def _choose(self, frame: Frame, tracks: list[Track]) -> list[_Candidate]:
        candidates = []
        for track in tracks:
            if not track.seen_now:
                continue
            if not self._reader.can_read(track.detection):
                self._dropped["too_small"] += 1
                continue
            crop = self._reader.crop(frame.luma, track.detection)
            detail = sharpness(crop)
            height = quad_size(track.detection.corners)[1]
            promise = promise_of(track.detection.score, height, detail)
            if self._witness.wants(track, promise):
                candidates.append(_Candidate(track, crop, detail, promise))
            else:
                self._dropped["not_wanted"] += 1
        candidates.sort(key=lambda candidate: -candidate.promise)
        most = self._reader.settings.max_per_frame
        if len(candidates) > most:
            self._dropped["over_budget"] += len(candidates) - most
        return candidates[:most]

    def _decide(self, tracks: list[Track], now_s: float) -> list[Sighting]:
        if self._shot is None:
            return []
        sightings = []
        for track in tracks:
            ended = track.state == "lost"
            if ended or (track.state == "confirmed" and self._witness.is_settled(track, now_s)):
                before = self._witness.is_decided(track)
                sighting = self._witness.decide(track, *self._shot)
                if sighting is None:
                    self._dropped["unread"] += not before
                elif self._is_believed(sighting):
                    sightings.append(sighting)
                else:
                    self._dropped["few_reads"] += 1
            if ended:
                self._witness.close(track)
        return sightings

    def _is_believed(self, sighting: Sighting) -> bool:
        """Whether it was found and read often enough: one bad frame must not decide."""
        witnesses = min(sighting.frames, sighting.vote.reads)
        return witnesses >= self._tracker.settings.min_detections

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = self._cpu_s()
        yield
        self._ms[stage] = (self._cpu_s() - start) * 1000
