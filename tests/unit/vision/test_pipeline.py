"""The whole of vision on a road of grey patches: every pass becomes one sighting, and then it is forgotten."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count as counter
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.passes import Sighting, Stay
from edge_alpr.vision.detect import DetectSettings, PlateDetector
from edge_alpr.vision.motion import MotionGate, MotionSettings
from edge_alpr.vision.pipeline import Pipeline
from edge_alpr.vision.read import PlateReader, ReadSettings
from edge_alpr.vision.settle import PassSettings
from edge_alpr.vision.track import Tracker, TrackSettings
from edge_alpr.vision.vote import VoteSettings
from edge_alpr.vision.witness import Witness
from fakes.road import ROAD_LEVEL, WH, Patch, Road, driving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.passes import Finding
    from edge_alpr.types import Frame, FrameReport

TEXTS = ["AB12CD", "XY34ZW", "QQ77", "RR8", "SS9"]
CAR = Patch("AB12CD", x=40, y=200)


class Site:
    """A pipeline over a road, and everything that it said."""

    def __init__(
        self,
        *,
        texts: Sequence[str] = TEXTS,
        motion: MotionSettings | None = None,
        track: TrackSettings | None = None,
        read: ReadSettings | None = None,
        passes: PassSettings | None = None,
        **more: Any,
    ) -> None:
        self.road = Road(texts)
        self.detector = self.road.detector()
        self.reader = self.road.reader()
        self.witness = Witness(passes or PassSettings(min_characters=3), VoteSettings())
        self.reports: list[FrameReport] = []
        self.findings: list[Finding] = []
        self.pipeline = Pipeline(
            gate=MotionGate(motion or MotionSettings(enabled=False)),
            detector=PlateDetector(self.detector, DetectSettings()),
            tracker=Tracker(track or TrackSettings()),
            reader=PlateReader(self.reader, read or ReadSettings()),
            witness=self.witness,
            observe=self.reports.append,
            **more,
        )

    def film(self, scenes: Sequence[Sequence[Patch]], *, fps: float = 10.0) -> list[Frame]:
        return list(self.road.film(scenes, fps=fps))

    def run(self, scenes: Sequence[Sequence[Patch]], *, fps: float = 10.0) -> list[str]:
        self.pipeline.run(self.film(scenes, fps=fps), self.findings.append)
        return [s.vote.text for s in self.sightings]

    @property
    def sightings(self) -> list[Sighting]:
        """The last words."""
        return finals(self.findings)

    def told(self) -> list[str]:
        """All findings in short."""
        return [
            f"{f.phase} {f.presence}"
            if isinstance(f, Sighting)
            else f.presence
            if isinstance(f, Stay)
            else f"unread {f.reason}"
            for f in self.findings
        ]

    def passes(self) -> dict[str, int]:
        """How passes ended, by the reports."""
        total: Counter[str] = Counter()
        for report in self.reports:
            total.update(report.passes)
        return dict(total)


def finals(findings: Sequence[Finding]) -> list[Sighting]:
    return [f for f in findings if isinstance(f, Sighting) and f.phase == "final"]


def test_a_vehicle_that_passes_is_one_sighting() -> None:
    site = Site()
    assert site.run(driving(CAR, 40, 10)) == ["AB12CD"]
    (sighting,) = site.sightings
    assert sighting.frames == 10
    assert sighting.first.mono_s == pytest.approx(0.1)
    assert sighting.last.mono_s == pytest.approx(1.0)
    assert sighting.frame_wh == WH
    assert sighting.vote.confidence > 0.8
    assert sighting.vote.agree == sighting.vote.reads


def test_the_evidence_shows_the_plate_and_little_else() -> None:
    site = Site()
    site.run(driving(CAR, 40, 10))
    (sighting,) = site.sightings
    evidence = sighting.evidence
    assert evidence is not None
    plate = (evidence != ROAD_LEVEL).mean()
    assert plate == pytest.approx(1 / 1.3**2, abs=0.08)
    assert evidence.shape[1] <= CAR.width * 1.3 + 2


def test_two_vehicles_that_meet_are_two_sightings() -> None:
    other = Patch("XY34ZW", x=520, y=250)
    both = [[replace(CAR, x=40 + 40 * n), replace(other, x=520 - 40 * n)] for n in range(12)]
    assert sorted(Site().run([[], *both, []])) == ["AB12CD", "XY34ZW"]


def test_vehicles_one_after_the_other_are_a_sighting_each() -> None:
    scenes = [*driving(CAR, 50, 9), *[[]] * 15, *driving(replace(CAR, text="QQ77"), 50, 9)]
    assert Site().run(scenes) == ["AB12CD", "QQ77"]


def test_a_vehicle_still_in_view_at_the_end_is_given_by_flush() -> None:
    site = Site()
    for frame in site.film(driving(CAR, 40, 5)[:-1]):
        site.findings += site.pipeline.process(frame)
    assert site.told() == ["provisional passed"]
    assert [s.vote.text for s in finals(site.pipeline.flush())] == ["AB12CD"]
    assert site.pipeline.flush() == []


def test_flush_before_the_first_frame_gives_nothing() -> None:
    assert Site().pipeline.flush() == []


def test_a_plate_seen_once_is_not_believed_unless_photographs_are_played() -> None:
    scenes = [[], [CAR], [], []]
    assert Site().run(scenes) == []
    assert Site(track=TrackSettings(min_detections=1)).run(scenes) == ["AB12CD"]


def test_unrelated_photographs_are_a_sighting_each() -> None:
    """At the pace asked for them, half a frame per second, nothing is followed from one to the next."""
    site = Site(track=TrackSettings(min_detections=1))
    scenes = [[replace(CAR, text=text)] for text in TEXTS]
    assert site.run(scenes, fps=0.5) == TEXTS


def test_a_parked_vehicle_is_one_sighting_and_comes_soon() -> None:
    site = Site()
    frames = site.film([[CAR]] * 100)
    when: list[int] = []
    for n, frame in enumerate(frames):
        found = site.pipeline.process(frame)
        when += [n] * len(found)
        site.findings += found
    assert when == [1, 15]  # two reads agree; settled and standing after 1.5 s
    site.findings += site.pipeline.flush()
    assert site.told() == ["provisional passed", "final arrived", "departed"]
    assert len({f.track_id for f in site.findings}) == 1


def test_a_vehicle_that_stops_is_decided_although_the_gate_closes() -> None:
    """A dim vehicle, barely a change: it must not have to leave, hours later, to be decided."""
    site = Site(motion=MotionSettings(min_change=48))
    arrival = [[replace(CAR, x=40 + 30 * n)] for n in range(4)]
    frames = site.film([*[[]] * 60, *arrival, *[arrival[-1]] * 300])
    when = [n / 10 - 6.0 for n, frame in enumerate(frames) if finals(site.pipeline.process(frame))]
    assert len(when) == 1
    assert when[0] < 2.5
    assert not all(report.gate_open for report in site.reports[100:]), "the gate never closed"


def test_a_parked_vehicle_that_leaves_is_not_a_second_one() -> None:
    """Parked for half a minute in which the gate opens only now and then."""
    site = Site(motion=MotionSettings())
    arrival = [[replace(CAR, x=40 + 30 * n)] for n in range(4)]
    departure = [[replace(CAR, x=130 + 30 * n)] for n in range(8)]
    texts = site.run([*[[]] * 60, *arrival, *[arrival[-1]] * 300, *departure, *[[]] * 20])
    assert not all(report.gate_open for report in site.reports[100:360]), "the gate never closed"
    assert texts == ["AB12CD"]


def test_what_does_not_move_is_not_looked_at() -> None:
    site = Site(motion=MotionSettings(hold_s=0.5, probe_s=60))
    site.run([[]] * 50)
    surveys = [shape for shape in site.detector.shapes if shape[3] == WH[0]]
    assert sum(report.gate_open for report in site.reports) == len(surveys) < 10


def test_too_small_a_plate_is_found_but_not_read() -> None:
    site = Site(read=ReadSettings(min_height_px=30))
    assert site.run(driving(CAR, 40, 5)) == []
    assert sum(report.detections for report in site.reports) == 5
    assert site.reader.shapes == []


def test_a_frame_with_many_plates_reads_only_so_many_the_most_promising_first() -> None:
    """Three plates of which two may be read in a frame: the smallest has to wait."""
    site = Site(read=ReadSettings(max_per_frame=2))
    small = Patch("RR8", x=40, y=40, width=60, height=15)
    crowd = [CAR, replace(CAR, text="XY34ZW", x=300), small]
    frames = site.film([crowd] * 3)
    for frame in frames[:1]:
        site.pipeline.process(frame)
    assert site.reports[0].reads == 2
    read = {look.read.text for p in site.witness._passes.values() for look in p.looks}
    assert read == {"AB12CD", "XY34ZW"}


def test_what_is_let_go_of_is_counted_by_reason() -> None:
    def dropped(site: Site) -> dict[str, int]:
        found: dict[str, int] = {}
        for report in site.reports:
            for reason, amount in report.dropped.items():
                found[reason] = found.get(reason, 0) + amount
        return found

    away: list[list[Patch]] = [[]] * 15
    low = Site()
    low.run([[], *[[replace(CAR, height=6)]] * 4, *away])
    assert dropped(low) == {"too_small": 4}
    assert low.passes() == {"seen": 1, "unread_too_small": 1}
    once = Site()
    once.run([[], [CAR], *away])
    assert once.passes() == {"brief": 1}
    assert once.findings == []
    busy = Site(read=ReadSettings(max_per_frame=1))
    busy.run([[], *[[CAR, replace(CAR, text="XY34ZW", y=100)]] * 3, *away])
    assert dropped(busy)["over_budget"] == 3
    good = Site()
    good.run(driving(CAR, 40, 6))
    good.run(away)
    assert good.passes() == {"seen": 1, "read": 1, "agreed": 1}


def test_one_read_alone_decides_nothing() -> None:
    unreadable = replace(CAR, height=6)
    scenes: list[list[Patch]] = [[], [unreadable], [unreadable], [CAR], []]
    assert Site().run(scenes) == []
    assert Site(track=TrackSettings(min_detections=1)).run(scenes) == ["AB12CD"]


def test_no_more_reads_vote_than_allowed() -> None:
    site = Site(passes=PassSettings(max_looks=6))
    site.run(driving(CAR, 20, 20), fps=20)
    (sighting,) = site.sightings
    assert sighting.vote.reads == 6


def test_no_text_is_kept_after_a_decision() -> None:
    site = Site()
    for frame in site.film([[CAR]] * 40):
        site.findings += site.pipeline.process(frame)
        if site.sightings:
            assert not any(p.looks or p.evidence for p in site.witness._passes.values())
    assert len(site.sightings) == 1


def test_no_text_is_kept_when_frames_stop_coming() -> None:
    site = Site()
    for frame in site.film([[CAR]] * 5):
        site.pipeline.process(frame)
    assert any(p.looks for p in site.witness._passes.values())
    told = finals(site.pipeline.wait(10.0))
    assert [s.vote.text for s in told] == ["AB12CD"], "it was read five times"
    assert not any(p.looks or p.evidence for p in site.witness._passes.values())
    assert site.pipeline.flush() == []


def test_a_camera_of_a_third_of_a_frame_per_second_gives_a_sighting() -> None:
    """Each frame is older than the memory when the next one comes: decide first, then forget."""
    settings = TrackSettings(max_gap_s=4)
    assert Site(track=settings).run([[CAR]] * 3 + [[]] * 3, fps=1 / 3) == ["AB12CD"]


def test_nothing_remains_of_a_track_that_ended() -> None:
    site = Site()
    site.run([*driving(CAR, 40, 10), *[[]] * 15])
    assert site.witness._passes == {}


def test_a_report_says_what_was_done_and_names_no_plate() -> None:
    ticks = counter()
    site = Site(cpu_s=lambda: next(ticks) / 1000)
    site.run([[CAR]] * 3)
    report = site.reports[1]
    assert (report.sequence, report.gate_open, report.detections) == (1, True, 1)
    assert (report.reads, report.sightings) == (1, 0)
    assert report.ms == pytest.approx(
        {"gate": 1, "detect": 1, "track": 1, "crop": 1, "read": 1, "vote": 1}
    )
    assert "AB12CD" not in repr(site.reports)


def test_a_report_says_how_plates_were_lit_if_the_camera_says_how_it_took_them() -> None:
    site = Site()
    dark, told = site.film([[CAR]] * 2)
    site.pipeline.process(dark)
    site.pipeline.process(replace(told, exposure_us=800.0, gain=2.0))
    assert site.reports[0].lights == ()
    (light,) = site.reports[1].lights
    assert (light.exposure_us, light.gain) == (800.0, 2.0)
    assert 0 < light.contrast <= light.bright <= 1


def test_a_replay_gives_the_same_again() -> None:
    scenes = [
        [],
        *[[replace(CAR, x=40 + 25 * n), Patch("QQ77", 500 - 30 * n, 100)] for n in range(15)],
    ]
    first, second = Site(), Site()
    assert first.run(scenes) == second.run(scenes)
    for one, other in zip(first.sightings, second.sightings, strict=True):
        assert one.vote.confidence == other.vote.confidence
        assert (one.first, one.last, one.best.sequence) == (
            other.first,
            other.last,
            other.best.sequence,
        )
        assert (one.evidence == other.evidence).all()  # type: ignore[union-attr]
