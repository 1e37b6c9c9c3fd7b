"""Following: one plate is one track, whatever it passes and whoever stops looking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.geometry import Box
from edge_alpr.types import Detection, Moment, Track
from edge_alpr.vision.track import Tracker, TrackSettings
from strategies.detections import detections

PLATE = Box(0, 300, 100, 325)


def plate_at(x: float, y: float = 300.0, *, width: float = 100.0) -> Detection:
    box = Box(x, y, x + width, y + width / 4)
    return Detection(box, box.corners(), 0.9)


@dataclass
class Watch:
    """A tracker at ``fps`` frames per second, and what it said last."""

    fps: float = 10.0
    settings: TrackSettings = field(default_factory=TrackSettings)
    frame: int = 0

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.settings)

    @property
    def now(self) -> Moment:
        return Moment(self.frame / self.fps, 0.0)

    def see(self, *found: Detection) -> list[Track]:
        tracks = self.tracker.update(found, self.now)
        self.frame += 1
        return tracks

    def look_away(self, frames: int) -> None:
        for _ in range(frames):
            self.tracker.hold(self.now)
            self.frame += 1


def only(tracks: list[Track]) -> Track:
    (track,) = tracks
    return track


def test_a_plate_that_moves_40_px_a_frame_is_one_track() -> None:
    watch = Watch()
    seen = [only(watch.see(plate_at(40 * n))) for n in range(25)]
    assert {t.track_id for t in seen} == {1}
    assert seen[-1].detections == 25
    assert (seen[-1].first, seen[-1].last) == (Moment(0, 0), Moment(2.4, 0))
    assert [t.state for t in seen[:3]] == ["tentative", "confirmed", "confirmed"]


@pytest.mark.parametrize("step", [120, 250])
def test_a_plate_faster_than_its_own_width_is_one_track(step: int) -> None:
    watch = Watch()
    assert {only(watch.see(plate_at(step * n))).track_id for n in range(6)} == {1}


def test_missed_detections_do_not_break_a_track() -> None:
    watch = Watch()
    missed = {4, 5, 6, 11, 12, 13, 14, 15}
    for n in range(25):
        track = only(watch.see() if n in missed else watch.see(plate_at(40 * n)))
        assert track.track_id == 1
        assert track.seen_now is (n not in missed)
    assert track.detections == 25 - len(missed)


def test_two_plates_that_cross_keep_their_tracks() -> None:
    watch = Watch()
    for n in range(30):
        rightwards, leftwards = plate_at(40 * n, 300), plate_at(1160 - 40 * n, 310)
        order = (rightwards, leftwards) if n % 2 else (leftwards, rightwards)
        tracks = {t.track_id: t for t in watch.see(*order)}
    assert len(tracks) == 2
    ends = sorted(t.detection.box.x1 for t in tracks.values())
    assert ends == [0, 1160]
    first = {t: tracks[t].detection.box.x1 for t in tracks}
    assert first[1] == 0, "the one that was first in the first frame drove to the left"


def test_of_several_within_reach_the_nearest_is_taken() -> None:
    """Two plates close behind each other, found in the other order: neither takes the other's place."""
    watch = Watch()
    watch.see(plate_at(0), plate_at(150))
    tracks = watch.see(plate_at(160), plate_at(10))
    assert {t.track_id: t.detection.box.x1 for t in tracks} == {1: 10, 2: 160}


def test_a_plate_gone_for_longer_than_the_gap_ends_once() -> None:
    watch = Watch(settings=TrackSettings(max_gap_s=0.5))
    watch.see(plate_at(0))
    watch.see(plate_at(10))
    states = [[t.state for t in watch.see()] for _ in range(8)]
    assert states == [["confirmed"]] * 5 + [["lost"], [], []]


def test_a_plate_that_comes_back_after_its_end_is_a_new_track() -> None:
    watch = Watch()
    watch.see(plate_at(0))
    for _ in range(12):
        watch.see()
    assert only(watch.see(plate_at(0))).track_id == 2


def test_time_in_which_nobody_looked_does_not_end_a_track() -> None:
    watch = Watch()
    watch.see(plate_at(200))
    watch.see(plate_at(200))
    for _ in range(5):
        watch.look_away(100)
        track = only(watch.see(plate_at(200)))
    assert (track.track_id, track.detections) == (1, 7)


@pytest.mark.parametrize("fps", [10, 30])
@pytest.mark.parametrize("closed_s", [2, 30])
def test_a_parked_plate_with_a_trembling_box_stays_one_track(fps: float, closed_s: float) -> None:
    """A box that trembles by two pixels has a speed; it must not drive away while the gate is shut."""
    watch = Watch(fps=fps)
    tremble = np.random.default_rng(7).uniform(-2, 2, (100, 2))
    for n, (dx, dy) in enumerate(tremble):
        track = only(watch.see(plate_at(200 + dx, 300 + dy, width=50)))
        if n % 5 == 4:
            watch.look_away(int(closed_s * fps))
    assert (track.track_id, track.detections) == (1, 100)


def test_a_plate_that_drove_in_and_stopped_is_found_again_where_it_stopped() -> None:
    watch = Watch()
    for n in range(6):
        watch.see(plate_at(40 * n))
    watch.look_away(20)
    assert only(watch.see(plate_at(215))).track_id == 1


def test_it_is_lost_when_it_left_while_nobody_looked() -> None:
    watch = Watch(settings=TrackSettings(max_gap_s=0.5))
    watch.see(plate_at(200))
    watch.look_away(100)
    states = [[t.state for t in watch.see()] for _ in range(7)]
    assert states == [["tentative"]] * 5 + [["lost"], []]


def test_a_plate_of_another_size_is_another_plate() -> None:
    watch = Watch()
    watch.see(plate_at(200, width=50))
    assert {t.track_id for t in watch.see(plate_at(190, width=150))} == {1, 2}


def test_too_far_is_another_plate() -> None:
    watch = Watch()
    watch.see(plate_at(0))
    assert len(watch.see(plate_at(301))) == 2


def test_flush_ends_what_is_left() -> None:
    watch = Watch()
    watch.see(plate_at(0), plate_at(500))
    ended = watch.tracker.flush()
    assert [(t.track_id, t.state, t.seen_now) for t in ended] == [
        (1, "lost", False),
        (2, "lost", False),
    ]
    assert watch.tracker.flush() == []


def test_single_photographs_can_be_believed_at_once() -> None:
    watch = Watch(settings=TrackSettings(min_detections=1))
    assert only(watch.see(plate_at(0))).state == "confirmed"


@settings(max_examples=50)
@given(st.lists(st.lists(detections(), max_size=4), max_size=12), st.sampled_from([2.0, 25.0]))
def test_no_detection_is_lost_or_taken_twice(frames: list[list[Detection]], fps: float) -> None:
    """In every frame each detection is that of exactly one track; ids are given once; nothing ends twice."""
    watch = Watch(fps=fps)
    ended: set[int] = set()
    counted: dict[int, int] = {}
    for found in frames:
        tracks = watch.see(*found)
        ids = [t.track_id for t in tracks]
        assert len(ids) == len(set(ids))
        assert not ended & set(ids)
        now = [t for t in tracks if t.seen_now]
        assert sorted(id(t.detection) for t in now) == sorted(id(d) for d in found)
        for track in now:
            counted[track.track_id] = counted.get(track.track_id, 0) + 1
        assert all(t.detections == counted[t.track_id] for t in tracks)
        ended |= {t.track_id for t in tracks if t.state == "lost"}
    left: list[Any] = watch.tracker.flush()
    assert ended | {t.track_id for t in left} == set(counted)
