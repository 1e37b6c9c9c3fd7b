"""This file plays a clip with known passes to the whole pipeline, as ``replay`` does, and judges what was told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge_alpr.app.replay import replay_events
from edge_alpr.config.profiles import built_in
from edge_alpr.delivery.policy import Policy
from edge_alpr.evaluate.failures import cut_tile, to_png
from edge_alpr.evaluate.judge import ClipOutcome, Told, judge_clip
from edge_alpr.geometry import Box, bounding_box
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge_alpr.app.single_frame import SingleFrame
    from edge_alpr.config.settings import Config
    from edge_alpr.evaluate.truth import ClipTruth
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.types import Clock, Counter, Frame, FrameSource


class Snapshots:
    """Keeps a small picture of each pass, taken in the middle of its readable frames, for a report."""

    def __init__(self) -> None:
        self.png: dict[str, bytes] = {}
        """By pass id; all clips together."""

    def start(self, clip: ClipTruth) -> Callable[[Frame], None]:
        """The answer is to be given each frame of the clip."""
        due = {one.readable[len(one.readable) // 2]: one for one in clip.passes if one.readable}

        def look(frame: Frame) -> None:
            one = due.get(frame.sequence)
            if one is not None and frame.colour is not None:
                box = bounding_box(one.corners[frame.sequence])
                self.png[one.id] = to_png(cut_tile(frame.colour, box))

        return look


class _Watched:
    """A source that remembers which frame it gave last, and when the first was taken."""

    def __init__(self, source: FrameSource, looks: list[Callable[[Frame], None]]) -> None:
        self.live = source.live
        self.last = 0
        self.first_utc_s = 0.0
        self._source = source
        self._looks = looks

    def frames(self) -> Iterator[Frame]:
        for frame in self._source.frames():
            if frame.sequence == 0:
                self.first_utc_s = frame.at.utc_s
            self.last = frame.sequence
            for look in self._looks:
                look(frame)
            yield frame

    def close(self) -> None:
        self._source.close()


def score_clip(
    config: Config,
    clip: ClipTruth,
    source: FrameSource,
    *,
    clock: Clock,
    count: Counter,
    single: SingleFrame | None = None,
    snapshots: Snapshots | None = None,
) -> ClipOutcome:
    """Judge the pipeline on one clip.

    Args:
        config: the unit's, but for its policy.
        clip: what really passed.
        source: the clip's frames.
        clock: what the unit takes for now.
        count: told what was dropped.
        single: what to compare with, reading each pass in one frame only.
        snapshots: keeps a picture of each pass.

    Raises:
        SourceError: the clip cannot be played.
    """
    looks = [beside.start(clip) for beside in (single, snapshots) if beside is not None]
    watched = _Watched(source, looks)
    told: dict[str, Told] = {}
    # What a unit's policy holds back would be missed here; what is measured is vision.
    policy = Policy(built_in("bench"), config.policy)
    for event in replay_events(config, policy, clock, count, watched):
        if event.phase == "final":
            said = told.get(event.id) or _told(event, clip.fps, watched.first_utc_s, watched.last)
            told[event.id] = replace(
                said,
                arrivals=said.arrivals + (event.presence == "arrived"),
                departures=said.departures + (event.presence == "departed"),
            )
    return judge_clip(clip, list(told.values()), single.texts() if single else None)


def _told(event: PlateEvent, fps: float, first_utc_s: float, emitted_frame: int) -> Told:
    width, height = event.read.frame
    x1, y1, x2, y2 = event.read.box
    return Told(
        id=event.id,
        text=event.plate.text,
        confidence=event.plate.confidence,
        ambiguous=event.plate.ambiguous,
        frame=round((to_seconds(event.time.captured) - first_utc_s) * fps),
        emitted_frame=emitted_frame,
        box=Box(x1 * width, y1 * height, x2 * width, y2 * height),
        direction=None if event.motion is None else event.motion.direction,
    )
