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
    assert len(watch.see(plate_at(560))) == 2, "1.5 widths, and 4 in a tenth of a second"


@pytest.mark.parametrize("fps", [5, 10, 15, 30, 60])
@pytest.mark.parametrize("speed", [300, 1500, 2400])
def test_at_any_frame_rate_a_plate_is_one_track(fps: float, speed: float) -> None:
    """From a walk to 24 plate widths per second, coming nearer all the time, every fourth detection missing."""
    watch = Watch(fps=fps)
    ids, frames = set(), max(8, round(fps))
    for n in range(frames):
        seconds = n / fps
        found = plate_at(speed * seconds, 300 + 60 * seconds, width=80 * 1.8**seconds)
        ids |= {t.track_id for t in (watch.see() if n % 4 == 2 else watch.see(found))}
    assert ids == {1}


@pytest.mark.parametrize("fps", [5, 15, 60])
def test_two_plates_of_unknown_speed_one_behind_the_other(fps: float) -> None:
    """In the second frame the one behind stands where the one in front was."""
    watch = Watch(fps=fps)
    step = 160.0
    for n in range(4):
        tracks = watch.see(plate_at(step * (n + 1)), plate_at(step * n))
    assert {t.track_id: t.detection.box.x1 for t in tracks} == {1: 4 * step, 2: 3 * step}


def test_one_that_is_hidden_comes_out_where_it_must() -> None:
    """Behind a lorry for 0.8 s, another plate in sight meanwhile."""
    watch = Watch(fps=15)
    for n in range(40):
        mine, other = plate_at(20 * n), plate_at(900 - 10 * n, 200, width=80)
        tracks = watch.see(*([other] if 15 <= n < 27 else [mine, other]))
    assert sorted(t.track_id for t in tracks) == [1, 2]


def parked(watch: Watch, frames: int) -> None:
    for _ in range(frames):
        watch.see(plate_at(200))


def test_one_that_stands_is_waited_for_and_its_return_is_told() -> None:
    watch = Watch(settings=TrackSettings(standing_gap_s=20))
    parked(watch, 30)
    hidden = [only(watch.see()).state for _ in range(150)]
    assert set(hidden) == {"confirmed"}
    track = only(watch.see(plate_at(202)))
    assert (track.track_id, track.returns) == (1, 1)
    assert only(watch.see(plate_at(200))).returns == 1
    left = [[t.state for t in watch.see()] for _ in range(210)]
    assert left.count(["lost"]) == 1
    assert left.index(["lost"]) in {200, 201}


def test_a_short_gap_is_no_return() -> None:
    watch = Watch()
    parked(watch, 30)
    for _ in range(5):
        watch.see()
    assert only(watch.see(plate_at(200))).returns == 0


def test_the_search_for_one_that_left_goes_on_while_nobody_looks() -> None:
    """It was missed once, then nothing moved: it can not have come back in between."""
    watch = Watch(settings=TrackSettings(standing_gap_s=20))
    parked(watch, 30)
    watch.see()
    watch.look_away(210)
    assert only(watch.see()).state == "lost"


def test_what_drives_past_in_front_does_not_take_the_place_of_what_stands() -> None:
    watch = Watch(fps=15)
    parked(watch, 45)
    for n in range(20):
        passing = plate_at(50 * n, 310)
        hides = abs(passing.box.x1 - 200) < 130
        tracks = watch.see(*([passing] if hides else [passing, plate_at(200)]))
    assert {t.track_id: t.detection.box.x1 for t in tracks} == {1: 200, 2: 950}


def test_how_long_it_has_stood_is_known() -> None:
    watch = Watch()
    for n in range(11):
        assert only(watch.see(plate_at(40 * n))).still_s == 0
    tremble = np.random.default_rng(3).uniform(-3, 3, (30, 2))
    for n, (dx, dy) in enumerate(tremble, 1):
        track = only(watch.see(plate_at(400 + dx, 300 + dy)))
        assert track.still_s == pytest.approx(n / 10)
    for n in range(1, 5):
        track = only(watch.see(plate_at(400 + 40 * n)))
    assert track.still_s == 0


def test_what_hides_half_of_one_that_stands_does_not_make_it_drive() -> None:
    watch = Watch(fps=15)
    parked(watch, 60)
    for n in range(4):
        only(watch.see(plate_at(200 + 10 * n, width=100 - 10 * n)))
    assert [only(watch.see()).state for _ in range(60)] == ["confirmed"] * 60
    assert only(watch.see(plate_at(200))).still_s > 5


def test_its_course_is_short_and_goes_from_first_to_last() -> None:
    watch = Watch()
    for n in range(200):
        track = only(watch.see(plate_at(20 * n)))
        assert len(track.course) <= 24
        assert (track.course[0].at_s, track.course[-1].at_s) == (0, n / 10)
        assert list(track.course) == sorted(track.course, key=lambda point: point.at_s)
    assert track.course[-1].x == 20 * 199 + 50


def test_who_drives_on_begins_another_leg() -> None:
    watch = Watch()
    parked(watch, 100)
    for n in range(1, 6):
        track = only(watch.see(plate_at(200 + 40 * n)))
    assert track.course[0].x == 290
    assert track.course[0].at_s == pytest.approx(10)


def test_now_and_then_half_a_plate_does_not_break_a_track() -> None:
    """As a detector sees them: every fifth box is half as wide, and the next frame is missed."""
    watch = Watch(fps=15)
    for n in range(40):
        if n % 5 != 4:
            width = 60 if n % 5 == 3 else 110
            track = only(watch.see(plate_at(30 * n, width=width)))
        else:
            watch.see()
    assert track.track_id == 1


def test_one_that_drives_away_and_is_missed_for_half_a_second_is_found_again() -> None:
    """Places from a rendered drive: it slows down in the picture and becomes a third smaller meanwhile."""
    watch = Watch(fps=15)
    seen = {0: (1238, 447, 80), 1: (1154, 393, 81), 2: (1082, 345, 78), 3: (1016, 302, 74)}
    seen |= {4: (955, 258, 72), 11: (668, 67, 50), 12: (638, 51, 50)}
    for n in range(13):
        found = [plate_at(x - w / 2, y, width=w) for x, y, w in [seen[n]]] if n in seen else []
        tracks = watch.tracker.update(found, watch.now, (1280, 720))
        watch.frame += 1
    assert [t.track_id for t in tracks] == [1]


def test_one_that_must_have_left_the_picture_is_not_waited_for() -> None:
    """Else it would take over the next plate that comes into view near there."""
    watch = Watch(fps=15)
    for n in range(10):
        watch.tracker.update([plate_at(1280 - 60 * (10 - n), 600)], watch.now, (1280, 720))
        watch.frame += 1
    states = []
    for _ in range(8):
        states += [t.state for t in watch.tracker.update([], watch.now, (1280, 720))]
        watch.frame += 1
    assert states == ["confirmed"] * 3 + ["lost"]


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
