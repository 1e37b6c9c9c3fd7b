"""What is told of vehicles that come, stand, are hidden and leave, on a road of grey patches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.passes import Sighting, Stay, Unread
from edge_alpr.plates import reveal
from edge_alpr.vision.course import CourseSettings
from edge_alpr.vision.detect import DetectSettings, PlateDetector
from edge_alpr.vision.motion import MotionGate, MotionSettings
from edge_alpr.vision.pipeline import Pipeline
from edge_alpr.vision.read import PlateReader, ReadSettings
from edge_alpr.vision.settle import PassSettings
from edge_alpr.vision.track import Tracker, TrackSettings
from edge_alpr.vision.vote import VoteSettings
from edge_alpr.vision.witness import Witness
from edge_alpr.vision.zones import Lane, Zones, ZoneSettings
from fakes.road import WH, Patch, Road, driving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.passes import Finding
    from edge_alpr.types import FrameReport

TEXTS = ["AB12CD", "XY34ZW"]
CAR = Patch("AB12CD", x=40, y=200)
OTHER = replace(CAR, text="XY34ZW")
EMPTY: list[list[Patch]] = [[]] * 15


@dataclass
class Site:
    """A pipeline that writes down what it tells."""

    motion: MotionSettings = field(default_factory=lambda: MotionSettings(enabled=False))
    track: TrackSettings = field(default_factory=TrackSettings)
    read: ReadSettings = field(default_factory=ReadSettings)
    passes: PassSettings = field(default_factory=PassSettings)
    zones: ZoneSettings = field(default_factory=ZoneSettings)
    course: CourseSettings = field(default_factory=CourseSettings)

    def __post_init__(self) -> None:
        self.road = Road(TEXTS)
        self.reports: list[FrameReport] = []
        self.found: list[Finding] = []
        self.pipeline = Pipeline(
            gate=MotionGate(self.motion),
            detector=PlateDetector(self.road.detector(), DetectSettings()),
            tracker=Tracker(self.track),
            reader=PlateReader(self.road.reader(), self.read),
            witness=Witness(self.passes, VoteSettings()),
            zones=Zones(self.zones),
            course=self.course,
            observe=self.reports.append,
        )

    def run(self, scenes: Sequence[Sequence[Patch]], fps: float = 10.0) -> list[str]:
        self.pipeline.run(self.road.film(scenes, fps=fps), self.found.append)
        return [short(each) for each in self.found]

    @property
    def last_words(self) -> list[Sighting]:
        return [f for f in self.found if isinstance(f, Sighting) and f.phase == "final"]


def short(found: Finding) -> str:
    match found:
        case Sighting(phase="provisional"):
            return f"{reveal(found.vote.text)}?"
        case Sighting():
            return f"{reveal(found.vote.text)} {found.presence}{' again' if found.again else ''}"
        case Stay():
            return found.presence
        case Unread():
            return f"unread {found.reason}"


def test_who_passes_is_told_of_early_and_then_for_good() -> None:
    assert Site().run([*driving(CAR, 40, 10), *EMPTY]) == ["AB12CD?", "AB12CD passed"]


def test_the_early_belief_comes_with_the_second_read_that_agrees() -> None:
    site = Site()
    for frame in site.road.film([[CAR], [replace(CAR, x=80)]]):
        site.found += site.pipeline.process(frame)
    (early,) = site.found
    assert isinstance(early, Sighting)
    assert (early.phase, early.vote.agree, early.frames) == ("provisional", 2, 2)
    assert early.evidence is not None


def test_who_stands_arrives_once_and_departs_once() -> None:
    """With the gate, people in front of the plate for ever longer, and a lamp that flickers."""
    site = Site(motion=MotionSettings())
    stand = [CAR]
    scenes: list[list[Patch]] = [[], [], []]
    for minute in range(8):
        scenes += [stand] * 40
        scenes += [[]] * (5 + minute)  # somebody stands in front of it
        scenes += [stand] * 5
        scenes += [[*stand, Patch("XY34ZW", x=500, y=24, width=40, height=6)], stand] * 3
    leaving = [[replace(CAR, x=CAR.x + 40 * n)] for n in range(12)]
    told = site.run([*scenes, *leaving, *EMPTY], fps=2)
    plate = [word for word in told if not word.startswith("unread")]
    assert plate[:2] == ["AB12CD?", "AB12CD arrived"]
    assert plate.count("AB12CD arrived") == 1
    assert plate[-1] == "departed"
    assert plate.count("departed") == 1
    assert set(plate[2:-1]) <= {"AB12CD arrived again", "AB12CD?"}, "each was read anew, no more"


def test_who_was_decided_while_driving_and_then_stands_arrives() -> None:
    """Drives away, so that its best looks come first, and stops after them."""
    away = [[Patch("AB12CD", 60 + 25 * n, 200, 120 - 3 * n, 30)] for n in range(18)]
    told = Site().run([[], *away, *[away[-1]] * 60, *EMPTY])
    assert told == ["AB12CD?", "AB12CD passed", "arrived", "departed"]


def test_another_vehicle_in_the_place_of_one_that_stood_is_read() -> None:
    """It came while the place was hidden: the plate must not be taken for the old one."""
    told = Site().run([*[[CAR]] * 40, *EMPTY, *[[OTHER]] * 40, *EMPTY])
    assert told == [
        "AB12CD?",
        "AB12CD arrived",
        "XY34ZW?",
        "XY34ZW arrived again",
        "departed",
    ]


def test_a_stay_holds_no_text() -> None:
    site = Site()
    site.run([*[[CAR]] * 40, *EMPTY])
    stays = [f for f in site.found if isinstance(f, Stay)]
    assert len(stays) == 1
    assert "AB12CD" not in repr(stays)
    assert stays[0].last.mono_s == pytest.approx(3.9)


def test_an_unread_pass_says_why_once_and_holds_no_text() -> None:
    low = [[replace(CAR, x=40 + 20 * n, height=6)] for n in range(6)]
    site = Site()
    assert site.run([[], *low, *EMPTY]) == ["unread too_small"]
    assert isinstance(site.found[0], Unread)
    assert (site.found[0].frames, site.found[0].reads) == (6, 0)


def test_a_single_good_read_is_unread_not_believed() -> None:
    low = [[replace(CAR, x=40 + 20 * n, height=6)] for n in range(5)]
    told = Site().run([[], *low, [replace(CAR, x=140)], *EMPTY])
    assert told == ["unread disagreement"]


@pytest.mark.parametrize(("step", "direction"), [(40, "right"), (-40, "left")])
def test_direction_lane_and_bearing(step: int, direction: str) -> None:
    lane = Lane(name="n1", polygon=((0, 0.4), (1, 0.4), (1, 1), (0, 1)))
    site = Site(
        zones=ZoneSettings(lanes=(lane,)), course=CourseSettings(bearing_deg=0.0, view_deg=40)
    )
    start = replace(CAR, x=40 if step > 0 else 500)
    site.run([*driving(start, step, 10), *EMPTY])
    (sighting,) = site.last_words
    assert sighting.lane == "n1"
    assert sighting.travel.direction == direction
    assert sighting.travel.direction_confidence is not None
    assert sighting.travel.direction_confidence > 0.9
    bearing = sighting.travel.bearing_deg
    assert bearing == pytest.approx(90 if step > 0 else 270, abs=10)
    assert sighting.travel.speed_mps is None


def test_where_nothing_is_to_be_looked_for_nothing_is_found() -> None:
    site = Site(zones=ZoneSettings(ignore=(((0, 0), (1, 0), (1, 1), (0, 1)),)))
    assert site.run([*driving(CAR, 40, 10), *EMPTY]) == []
    dropped: Counter[str] = Counter()
    for report in site.reports:
        dropped.update(report.dropped)
    assert dropped == {"ignored": 10}


def test_a_plate_that_only_a_probe_found_is_counted_and_followed() -> None:
    """So dim that the gate sees no change: the probe finds it, and it is read all the same."""
    motion = MotionSettings(min_change=200, min_area_ratio=0.9, hold_s=1.0, probe_s=1.0)
    site = Site(motion=motion)
    told = site.run([*[[]] * 40, *driving(CAR, 10, 40), *EMPTY])
    assert told == ["AB12CD?", "AB12CD passed"]
    assert sum(report.passes.get("gate_missed", 0) for report in site.reports) == 1


def test_the_size_of_the_frame_is_that_of_the_road() -> None:
    site = Site()
    site.run([*driving(CAR, 40, 10), *EMPTY])
    assert site.last_words[0].frame_wh == WH
