"""Which event belongs to which pass, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_alpr.evaluate.judge import Told, judge_clip
from edge_alpr.evaluate.truth import ClipTruth, TruePass
from edge_alpr.geometry import Box


def true_pass(name: str, text: str, x: float, frames: range = range(10, 20)) -> TruePass:
    corners = {f: Box(x, 100, x + 60, 115).corners() for f in frames}
    return TruePass(id=name, text=text, corners=corners, readable=tuple(frames))


def told(text: str, x: float, frame: int = 15, name: str = "e", emitted: int = 25) -> Told:
    return Told(name, text, 0.9, ambiguous=False, frame=frame, emitted_frame=emitted,
                box=Box(x, 100, x + 60, 115))  # fmt: skip


CLIP = ClipTruth(
    "c", 10.0, 100, (640, 360), (true_pass("a", "XK0O1", 50), true_pass("b", "XB222", 300))
)


def test_an_event_belongs_to_the_plate_it_lies_on_whatever_it_says() -> None:
    outcome = judge_clip(CLIP, [told("XB222", 52)])
    first, second = outcome.verdicts
    assert first.told is not None
    assert not first.exact
    assert second.told is None
    assert outcome.strays == ()


def test_right_and_right_when_folded() -> None:
    first, second = judge_clip(CLIP, [told("XK001", 50), told("XB222", 300, name="f")]).verdicts
    assert (first.exact, first.folded) == (False, True)
    assert (second.exact, second.folded) == (True, True)


def test_a_second_event_of_a_pass_is_a_duplicate() -> None:
    events = [told("XK0O1", 50), told("XK0O1", 50, name="f", frame=18)]
    first, _ = judge_clip(CLIP, events).verdicts
    assert first.told == events[0]
    assert first.again == (events[1],)


def test_an_event_on_no_plate_is_false() -> None:
    outcome = judge_clip(CLIP, [told("BUS148", 500)])
    assert [stray.text for stray in outcome.strays] == ["BUS148"]


def test_what_is_read_on_something_before_the_plate_is_not_of_the_plate() -> None:
    hidden = replace(CLIP.passes[0], readable=(10, 11, 12))
    clip = replace(CLIP, passes=(hidden,))
    assert len(judge_clip(clip, [told("BUS148", 50)]).strays) == 1
    assert judge_clip(clip, [told("XK1O1", 50)]).verdicts[0].told is not None


def test_an_event_beside_its_plate_is_tried_by_its_text_and_has_the_wrong_picture() -> None:
    first, _ = judge_clip(CLIP, [told("XK0O2", 500)]).verdicts
    assert first.told is not None
    assert first.evidence is False


def test_but_not_long_after_the_pass() -> None:
    assert len(judge_clip(CLIP, [told("XK0O1", 500, frame=80)]).strays) == 1


@pytest.mark.parametrize(("x", "shows"), [(50.0, True), (60.0, True), (90.0, False)])
def test_the_picture_shows_the_plate_if_its_box_does(x: float, shows: bool) -> None:
    first, _ = judge_clip(CLIP, [told("XK0O1", x)]).verdicts
    assert first.evidence is shows


def test_latency_counts_from_the_last_readable_frame() -> None:
    first, _ = judge_clip(CLIP, [told("XK0O1", 50, emitted=25)]).verdicts
    assert first.latency_s == pytest.approx((25 - 19) / 10)


def test_a_pass_with_two_readable_frames_does_not_count() -> None:
    short = replace(CLIP.passes[0], readable=(10, 11))
    (verdict,) = judge_clip(replace(CLIP, passes=(short,)), []).verdicts
    assert not verdict.counts
    assert judge_clip(CLIP, []).verdicts[0].counts


@pytest.mark.parametrize(
    ("arrivals", "departures", "once"), [(1, 1, True), (2, 1, False), (1, 0, False)]
)
def test_a_stay_is_an_arrival_and_a_departure(arrivals: int, departures: int, once: bool) -> None:
    event = replace(told("XK0O1", 50), arrivals=arrivals, departures=departures)
    first, _ = judge_clip(CLIP, [event]).verdicts
    assert first.stayed_once is once


def test_the_single_frame_is_judged_beside_it() -> None:
    first, second = judge_clip(CLIP, [], {"a": "XK001"}).verdicts
    assert first.single_folded
    assert not second.single_folded
