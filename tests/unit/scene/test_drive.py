"""A drive-by: truth that follows from geometry, and frames that agree with it."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from edge_alpr.geometry import grow_quad, is_convex, quad_size, rectify
from edge_alpr.scene.drive import READABLE_PX, Drive
from edge_alpr.types import Moment


@pytest.fixture(scope="module")
def drive() -> Drive:
    return Drive(1, passes=6)


def test_every_pass_has_a_truth_with_a_text_of_its_own(drive: Drive) -> None:
    assert len(drive.truth) == 6
    assert len({truth.text for truth in drive.truth}) == 6


def test_plates_come_in_different_lights_regions_and_directions() -> None:
    truth = Drive(1, passes=10).truth
    assert {"day", "night"} <= {one.light for one in truth}
    assert len({one.region for one in truth}) >= 8
    assert {one.rear for one in truth} == {True, False}


def test_plates_are_wide_enough_at_their_best_and_small_when_far() -> None:
    """What the readers' networks are made for: about 80 to 160 pixels at best."""
    for seed in range(1, 6):
        for one in Drive(seed, passes=10).truth:
            assert 78 < one.best_width_px < 170
            narrowest = min(quad_size(quad)[0] for quad in one.corners.values())
            assert READABLE_PX <= narrowest < 0.6 * one.best_width_px


def test_corners_are_convex_and_inside_the_picture(drive: Drive) -> None:
    for one in drive.truth:
        assert set(one.corners) <= set(range(one.first_frame, one.last_frame + 1))
        for quad in one.corners.values():
            assert is_convex(quad)
            assert quad.min() >= 0
            assert (quad <= [1280, 720]).all()


def test_two_vehicles_are_in_view_at_once(drive: Drive) -> None:
    frames = [set(one.corners) for one in drive.truth]
    assert any(a & b for a, b in itertools.combinations(frames, 2))


def test_the_near_lane_comes_nearer_and_the_far_lane_goes_away(drive: Drive) -> None:
    for one in drive.truth:
        first, last = (quad_size(one.corners[f])[0] for f in (min(one.corners), max(one.corners)))
        assert (last < first) == one.rear


def test_the_seed_decides_everything(drive: Drive) -> None:
    again, other = Drive(1, passes=6), Drive(2, passes=6)
    assert [one.text for one in again.truth] == [one.text for one in drive.truth]
    assert [one.text for one in other.truth] != [one.text for one in drive.truth]


def test_frames_are_repeatable_and_timed() -> None:
    start = Moment(100.0, 2000.0)
    drives = (Drive(3, passes=1, fps=5, start=start) for _ in range(2))
    one, two = (list(itertools.islice(drive.frames(), 3)) for drive in drives)
    assert [at.mono_s for _, at in one] == pytest.approx([100.0, 100.2, 100.4])
    assert [at.utc_s for _, at in one] == pytest.approx([2000.0, 2000.2, 2000.4])
    for (a, _), (b, _) in zip(one, two, strict=True):
        assert a.shape == (720, 1280, 3)
        assert np.array_equal(a, b)


def test_the_drawn_plate_lies_exactly_within_its_true_corners() -> None:
    """The crop at the true corners matches the flat plate, and better than a crop one letter's stroke aside."""
    drive = Drive(1, passes=1, fps=5, night_from=1)
    (truth,) = drive.truth
    frame, _ = next(itertools.islice(drive.frames(), truth.best_frame, None))
    luma = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    flat = drive._passes[0].vehicle.plate.picture
    wanted = cv2.resize(
        cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY), (160, 34), interpolation=cv2.INTER_AREA
    )

    def likeness(dx: float, dy: float) -> float:
        quad = truth.corners[truth.best_frame] + np.array([dx, dy], np.float32)
        crop = rectify(luma, quad, (160, 34))
        return float(np.corrcoef(crop.ravel(), wanted.ravel())[0, 1])

    best = likeness(0, 0)
    assert best > 0.93
    for aside in ((2, 0), (-2, 0), (0, 2), (0, -2)):
        assert likeness(*aside) < best - 0.02


@pytest.mark.parametrize("night_from", [0.0, 1.0])
def test_the_light_can_be_fixed(night_from: float) -> None:
    names = {one.light for one in Drive(1, passes=4, night_from=night_from).truth}
    assert names == ({"night"} if night_from == 0 else {"day"})


def test_a_hidden_plate_is_not_called_visible() -> None:
    """Where a nearer vehicle's outline covers a plate, the truth has no corners for that frame."""
    drive = Drive(1, passes=10)
    for one in drive._passes:
        for frame in range(0, drive.frame_count, 7):
            quad = drive._visible(one, frame)
            if quad is None:
                continue
            at_s = frame / drive.fps
            nearer = [p for p in drive._in_view(at_s) if p.distance(at_s) < one.distance(at_s)]
            for other in nearer:
                hull = other.vehicle.silhouette(drive.view, other.distance(at_s))
                corners = grow_quad(quad, -0.05, -0.05)
                assert all(cv2.pointPolygonTest(hull, c.tolist(), False) < 0 for c in corners)


@pytest.mark.parametrize(("passes", "fps"), [(0, 10.0), (1, 0.0)])
def test_an_empty_drive_is_refused(passes: int, fps: float) -> None:
    with pytest.raises(ValueError, match="a drive needs"):
        Drive(1, passes=passes, fps=fps)
