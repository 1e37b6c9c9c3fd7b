"""This file is the whole of vision in one method: frame in, findings out. Read it first.

``process`` asks the gate, detects, follows, reads the crops that promise most, and returns what is to be told of the
passes: an early belief, the last word, a stay, or why a plate was not read. It knows no thread, no clock and no file:
the daemon, ``replay``, the evaluation and the tests all drive the identical object.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.geometry import Luma, quad_size
from edge_alpr.passes import Look, Quality, Sighting
from edge_alpr.types import FrameReport, PlateLight, Track
from edge_alpr.vision.choose import promise_of
from edge_alpr.vision.quality import quality_of
from edge_alpr.vision.read import sharpness
from edge_alpr.vision.tell import Teller
from edge_alpr.vision.zones import Zones, ZoneSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from edge_alpr.passes import Finding
    from edge_alpr.types import Detection, Frame
    from edge_alpr.vision.course import CourseSettings
    from edge_alpr.vision.detect import PlateDetector
    from edge_alpr.vision.inference import ModelCard
    from edge_alpr.vision.motion import MotionGate, Opening
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
    """One camera's way from frames to findings."""

    def __init__(
        self,
        *,
        gate: MotionGate,
        detector: PlateDetector,
        tracker: Tracker,
        reader: PlateReader,
        witness: Witness,
        zones: Zones | None = None,
        course: CourseSettings | None = None,
        observe: Callable[[FrameReport], None] = lambda _: None,
        cpu_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._gate = gate
        self._detector = detector
        self._tracker = tracker
        self._reader = reader
        self._witness = witness
        self._zones = zones or Zones(ZoneSettings())
        self._teller = Teller(witness, tracker.settings, course, self._zones)
        self._observe = observe
        self._cpu_s = cpu_s
        self._ms: dict[str, float] = {}
        self._dropped: Counter[str] = Counter()
        self._shot: tuple[tuple[int, int], str] | None = None
        """Size of the newest frame, and its camera. Not the picture: it must not outlive its time."""
        self.closer_looks: int | None = None
        """How many closer looks the detector takes; None for what is configured."""

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The cards of the networks in use."""
        return self._detector.card, self._reader.card

    def run(self, frames: Iterable[Frame], emit: Callable[[Finding], None]) -> None:
        """Process all frames, then end what is still in view."""
        for frame in frames:
            for finding in self.process(frame):
                emit(finding)
        for finding in self.flush():
            emit(finding)

    def process(self, frame: Frame) -> list[Finding]:
        """Take one frame; frames come in order of time. Returns what it decided."""
        self._ms, self._dropped = {}, Counter()
        self._shot = frame.size_wh, frame.camera
        with self._timed("gate"):
            opening = self._gate.look(frame)
        with self._timed("detect"):
            detections = [] if opening == "shut" else self._detect(frame)
        with self._timed("track"):
            tracks = self._follow(detections, frame, opening)
        reads, lights = self._read(frame, tracks)
        with self._timed("vote"):
            findings = self._tell(tracks, frame.at.mono_s)
            self._witness.forget_old(frame.at.mono_s)
        self._observe(
            FrameReport(
                sequence=frame.sequence,
                gate_open=opening != "shut",
                detections=len(detections),
                reads=reads,
                sightings=sum(isinstance(f, Sighting) and f.phase == "final" for f in findings),
                ms=self._ms,
                dropped=dict(self._dropped),
                lights=lights,
                passes=self._take_passes(),
            )
        )
        return findings

    def flush(self) -> list[Finding]:
        """End all passes: the material is over, or the unit stops."""
        return self._tell(self._tracker.flush(), float("-inf"))

    def wait(self, now_s: float) -> list[Finding]:
        """No frame came until ``now_s``, on the frames' own clock: what is about to be forgotten is decided first."""
        findings = self._tell(self._tracker.tracks, now_s)
        self._witness.forget_old(now_s)
        return findings

    def _detect(self, frame: Frame) -> list[Detection]:
        found = self._detector.detect(frame.luma, self.closer_looks)
        admitted = [each for each in found if self._zones.admits(each, frame.size_wh)]
        if len(admitted) < len(found):
            self._dropped["ignored"] += len(found) - len(admitted)
        return admitted

    def _follow(self, detections: list[Detection], frame: Frame, opening: Opening) -> list[Track]:
        if opening == "shut":
            self._tracker.hold(frame.at)
            return []
        tracks = self._tracker.update(detections, frame.at, frame.size_wh)
        if opening == "probe" and any(t.seen_now and t.detections == 1 for t in tracks):
            self._gate.found(frame.at.mono_s)
            self._teller.passes["gate_missed"] += 1
        return tracks

    def _read(self, frame: Frame, tracks: list[Track]) -> tuple[int, tuple[PlateLight, ...]]:
        with self._timed("crop"):
            chosen = self._choose(frame, tracks)
        with self._timed("read"):
            reads = self._reader.read_crops([candidate.crop for candidate in chosen])
        lights = []
        for candidate, read in zip(chosen, reads, strict=True):
            detection = candidate.track.detection
            quality = quality_of(candidate.crop, quad_size(detection.corners)[0])
            if (light := _light(quality, frame)) is not None:
                lights.append(light)
            look = Look(
                read=read,
                detection=detection,
                at=frame.at,
                sequence=frame.sequence,
                sharpness=candidate.sharpness,
                exposure_us=frame.exposure_us,
                gain=frame.gain,
                lens_dioptre=frame.lens_dioptre,
                quality=quality,
                promise=candidate.promise,
            )
            self._witness.add(candidate.track, look, frame)
        return len(reads), tuple(lights)

    def _choose(self, frame: Frame, tracks: list[Track]) -> list[_Candidate]:
        candidates = []
        for track in tracks:
            if not track.seen_now:
                continue
            if not self._reader.can_read(track.detection):
                self._dropped["too_small"] += 1
                continue
            if not self._witness.wants(track, float("inf")):
                continue  # decided: not even a crop is cut
            crop = self._reader.crop(frame.luma, track.detection)
            detail = sharpness(crop)
            promise = promise_of(track.detection, detail)
            if self._witness.wants(track, promise):
                candidates.append(_Candidate(track, crop, detail, promise))
            else:
                self._dropped["not_wanted"] += 1
        candidates.sort(key=lambda candidate: -candidate.promise)
        most = self._reader.settings.max_per_frame
        if len(candidates) > most:
            self._dropped["over_budget"] += len(candidates) - most
        return candidates[:most]

    def _tell(self, tracks: list[Track], now_s: float) -> list[Finding]:
        return [] if self._shot is None else self._teller.tell(tracks, now_s, *self._shot)

    def _take_passes(self) -> dict[str, int]:
        taken = dict(self._teller.passes)
        self._teller.passes.clear()
        return taken

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = self._cpu_s()
        yield
        self._ms[stage] = (self._cpu_s() - start) * 1000


def _light(quality: Quality, frame: Frame) -> PlateLight | None:
    """How a plate was lit, if the camera says by which exposure."""
    if frame.exposure_us is None or frame.gain is None or quality.bright is None:
        return None
    return PlateLight(
        quality.bright, quality.contrast, quality.glare, frame.exposure_us, frame.gain
    )
