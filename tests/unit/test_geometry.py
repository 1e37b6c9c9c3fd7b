"""Coordinates: boxes, the letterbox, quads and the rectified crop."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from edge_alpr.geometry import (
    MIN_ASPECT,
    PAD_LEVEL,
    Box,
    Letterbox,
    Points,
    bounding_box,
    grow_quad,
    is_convex,
    quad_size,
    rectify,
    suppress,
)
from strategies.detections import boxes, eighths, near_plates, quads, scores

sizes = st.tuples(st.integers(1, 2000), st.integers(1, 2000))

# ------------------------------------------------------------------ boxes


@given(boxes(), boxes())
@example(Box(0, 0, 1e-200, 1e-200), Box(0, 0, 1e-200, 1e-200))  # an area that is no float any more
def test_overlap_is_symmetric_and_a_share(a: Box, b: Box) -> None:
    assert a.iou(b) == b.iou(a)
    assert 0 <= a.iou(b) <= 1


@given(boxes(), boxes())
def test_overlap_is_one_only_with_itself(a: Box, b: Box) -> None:
    assert a.iou(a) == (1 if a.area > 0 else 0)
    assert a.iou(b) < 1 or a == b


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(5, 0, 15, 10), 1 / 3),
        (Box(0, 0, 5, 10), 1 / 2),
        (Box(10, 0, 20, 10), 0),  # half-open: neighbours do not touch
        (Box(3, 3, 3, 3), 0),
    ],
)
def test_overlap_by_hand(other: Box, expected: float) -> None:
    assert Box(0, 0, 10, 10).iou(other) == pytest.approx(expected)


@given(boxes(), sizes)
def test_clamping_twice_is_clamping_once(box: Box, size: tuple[int, int]) -> None:
    once = box.clamp(*size)
    assert once.clamp(*size) == once
    assert 0 <= once.x1 <= once.x2 <= size[0]
    assert 0 <= once.y1 <= once.y2 <= size[1]
    assert once.area <= box.area


@given(boxes(), eighths, eighths)
def test_a_shifted_box_keeps_its_size(box: Box, dx: float, dy: float) -> None:
    moved = box.shift(dx, dy)
    assert (moved.width, moved.height) == (box.width, box.height)
    assert moved.centre == (box.centre[0] + dx, box.centre[1] + dy)


def test_growing_adds_on_every_side() -> None:
    assert Box(10, 10, 30, 20).grow(0.5, 0.1) == Box(0, 9, 40, 21)


@pytest.mark.parametrize("sides", [(1, 0, 0, 0), (0, 1, 0, 0), (math.nan, 0, 1, 1)])
def test_a_box_that_is_none_is_refused(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="a box needs"):
        Box(*sides)


@given(boxes())
def test_a_box_is_the_bounding_box_of_its_corners(box: Box) -> None:
    assert bounding_box(box.corners()) == box


# ------------------------------------------------------------------ the letterbox


@given(sizes, sizes, quads())
def test_letterbox_and_its_inverse_give_the_point_back(
    picture: tuple[int, int], canvas: tuple[int, int], points: Points
) -> None:
    letterbox = Letterbox.fit(picture, canvas)
    share = np.array([picture[0] / 1280, picture[1] / 720], np.float32)
    inside = (points * share).astype(np.float32)
    back = letterbox.to_picture(letterbox.to_canvas(inside))
    assert np.abs(back - inside).max() < 0.5


@given(sizes, sizes)
def test_a_picture_fits_its_canvas_and_touches_one_side(
    picture: tuple[int, int], canvas: tuple[int, int]
) -> None:
    letterbox = Letterbox.fit(picture, canvas)
    whole = letterbox.to_canvas(np.array([picture], np.float32))[0]
    room = np.array(canvas) - whole
    assert room.min() == pytest.approx(0, abs=1e-2)
    assert room.max() >= -1e-2


@given(
    st.tuples(st.integers(100, 900), st.integers(100, 900)),
    st.tuples(st.integers(100, 700), st.integers(100, 700)),
)
def test_what_is_seen_on_the_canvas_is_where_the_inverse_says(
    picture: tuple[int, int], canvas: tuple[int, int]
) -> None:
    """Pixels and formula agree within half a canvas pixel: a bright block is found where it was painted."""
    luma = np.zeros((picture[1], picture[0]), np.uint8)
    block = Box(picture[0] // 2, picture[1] // 2, picture[0] - 20, picture[1] - 20)
    luma[int(block.y1) : int(block.y2), int(block.x1) : int(block.x2)] = 255
    letterbox = Letterbox.fit(picture, canvas)
    seen = letterbox.apply(luma).astype(np.float64)
    seen[:, math.ceil(picture[0] * letterbox.scale - 10 * letterbox.scale) :] = 0
    seen[math.ceil(picture[1] * letterbox.scale - 10 * letterbox.scale) :, :] = 0
    weights = seen / seen.sum()
    rows, columns = np.mgrid[: canvas[1], : canvas[0]]
    middle = np.array([[(weights * (columns + 0.5)).sum(), (weights * (rows + 0.5)).sum()]])
    found = letterbox.to_picture(middle.astype(np.float32))[0]
    assert np.abs(found - block.centre).max() * letterbox.scale < 0.5


def test_padding_lies_right_and_below() -> None:
    canvas = Letterbox.fit((200, 100), (100, 100)).apply(np.zeros((100, 200), np.uint8))
    assert canvas.shape == (100, 100)
    assert (canvas[:50] == 0).all()
    assert (canvas[50:] == PAD_LEVEL).all()


# ------------------------------------------------------------------ quads


@given(quads())
def test_a_plate_at_an_angle_is_convex_and_its_mirror_image_is_not(quad: Points) -> None:
    assert is_convex(quad)
    assert not is_convex(quad[::-1])
    assert not is_convex(quad[[0, 2, 1, 3]])  # a bow tie


def test_a_line_is_not_convex() -> None:
    assert not is_convex(np.array([[0, 0], [9, 0], [9, 0], [0, 0]], np.float32))


@given(boxes(min_side=4, inside=True), st.floats(0, 0.5), st.floats(0, 0.5))
def test_growing_a_rectangle_is_growing_the_box(box: Box, across: float, down: float) -> None:
    grown = grow_quad(box.corners(), across, down)
    assert grown == pytest.approx(box.grow(across, down).corners(), abs=0.05)


@given(quads())
def test_a_quad_grown_by_nothing_stays(quad: Points) -> None:
    assert grow_quad(quad, 0, 0) == pytest.approx(quad, abs=0.05)


def test_growing_continues_the_plane_of_the_plate() -> None:
    """The far side of a plate seen at an angle grows by fewer pixels than the near one."""
    quad = np.array([[0, 0], [100, 20], [100, 60], [0, 80]], np.float32)
    grown = grow_quad(quad, 0.1, 0.0)
    assert -grown[0, 0] > grown[1, 0] - 100 > 0
    assert is_convex(grown)


def test_size_of_a_quad_is_the_mean_of_its_sides() -> None:
    quad = np.array([[0, 0], [100, 0], [80, 30], [20, 30]], np.float32)
    width, height = quad_size(quad)
    assert width == pytest.approx(80)
    assert height == pytest.approx(math.hypot(20, 30))


# ------------------------------------------------------------------ rectify


def test_a_straight_plate_at_its_own_size_is_cut_out_exactly() -> None:
    luma = np.random.default_rng(1).integers(0, 256, (100, 300), np.uint8)
    crop = rectify(luma, Box(40, 30, 136, 62).corners(), (96, 32))
    assert np.abs(crop.astype(int) - luma[30:62, 40:136]).max() <= 1


def _checks(
    cells_wh: tuple[int, int], cell: int
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    pattern = np.indices((cells_wh[1], cells_wh[0])).sum(axis=0) % 2
    return np.kron(pattern, np.ones((cell, cell))).astype(np.uint8) * 255


@settings(max_examples=30)
@given(near_plates())
def test_a_plate_drawn_at_an_angle_is_seen_straight(quad: Points) -> None:
    """Paint a chequered plate into the quad by projection; rectifying gives the chequers back."""
    width, height = quad_size(quad)
    assume(width / height >= MIN_ASPECT)  # otherwise it is widened
    plate = _checks((6, 2), 32)
    corners = np.array([[0, 0], [192, 0], [192, 64], [0, 64]], np.float32)
    half = np.float32(0.5)
    onto = cv2.getPerspectiveTransform(corners - half, (quad - half).astype(np.float32))
    scene = cv2.warpPerspective(
        plate, onto, (1280, 720), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8)
    crop = rectify(scene, quad, (192, 64))
    middles = crop[16::32, 16::32]
    assert ((middles > 127) == (plate[16::32, 16::32] > 127)).all()


def test_a_two_line_plate_is_widened_not_stretched() -> None:
    """A square of 60 gets the scene beside it, so that a square stays a square in the crop."""
    luma = np.zeros((200, 300), np.uint8)
    luma[70:130, 120:180] = 255
    crop = rectify(luma, Box(120, 70, 180, 130).corners(), (108, 60))
    bright = np.flatnonzero(crop[30] > 127)
    assert abs(bright.size - 60) <= 1
    assert abs(bright.mean() - 53.5) <= 1


def test_strong_reduction_does_not_alias() -> None:
    """Black and white grain becomes grey: every crop pixel is a mean of many, not a sample of a few."""
    grain = np.random.default_rng(6).integers(0, 2, (320, 1920)).astype(np.uint8) * 255
    crop = rectify(grain, Box(0, 0, 1920, 320).corners(), (192, 64))
    assert crop.std() < 40  # a sample between two pixels would have 64 or more
    assert crop.mean() == pytest.approx(127.5, abs=3)


def test_outside_of_the_picture_its_border_is_repeated() -> None:
    luma = np.full((40, 100), 200, np.uint8)
    assert (rectify(luma, Box(-50, -10, 60, 30).corners(), (96, 32)) == 200).all()


@pytest.mark.parametrize("box", [Box(200, 10, 300, 40), Box(-90, -90, -50, -70)])
def test_a_quad_out_of_sight_is_black(box: Box) -> None:
    assert not rectify(np.full((40, 100), 200, np.uint8), box.corners(), (96, 32)).any()


@given(quads(), st.tuples(st.integers(8, 200), st.integers(8, 64)))
def test_any_plate_gives_a_crop_of_the_size_asked_for(quad: Points, size: tuple[int, int]) -> None:
    crop = rectify(np.zeros((720, 1280), np.uint8), quad, size)
    assert crop.shape == (size[1], size[0])
    assert crop.dtype == np.uint8


# ------------------------------------------------------------------ suppression


def are_one(a: Box, b: Box, limit: float) -> bool:
    return max(a.area, b.area) <= 6 * min(a.area, b.area) and a.overlap(b) > limit


@given(st.lists(st.tuples(boxes(), scores), max_size=12), st.floats(0, 0.95))
def test_suppression_keeps_a_subset_without_overlaps(
    items: list[tuple[Box, float]], limit: float
) -> None:
    kept = suppress(items, limit)
    assert len(set(kept)) == len(kept)
    assert set(kept) <= set(range(len(items)))
    for a, b in itertools.combinations(kept, 2):
        assert not are_one(items[a][0], items[b][0], limit)
    assert [items[k][1] for k in kept] == sorted((items[k][1] for k in kept), reverse=True)
    for index in set(range(len(items))) - set(kept):
        rivals = [k for k in kept if items[k][1] >= items[index][1]]
        assert any(are_one(items[index][0], items[k][0], limit) for k in rivals)


def test_the_better_of_two_boxes_on_one_plate_stays() -> None:
    near = [(Box(0, 0, 10, 10), 0.6), (Box(1, 0, 11, 10), 0.9), (Box(50, 0, 60, 10), 0.3)]
    assert suppress(near, 0.4) == [1, 2]
    assert suppress([], 0.4) == []


def test_a_piece_of_a_plate_and_a_loose_box_around_it_are_the_same_plate() -> None:
    plate, piece, loose = Box(0, 0, 100, 20), Box(10, 2, 70, 15), Box(-20, -15, 120, 45)
    assert plate.iou(loose) < 0.3
    assert suppress([(plate, 0.9), (piece, 0.8), (loose, 0.7)], 0.4) == [0]
    assert plate.overlap(piece) == loose.overlap(plate) == 1


def test_a_house_front_does_not_swallow_the_plate_before_it() -> None:
    front, plate = Box(0, 0, 200, 180), Box(50, 150, 125, 170)
    assert suppress([(front, 0.9), (plate, 0.8)], 0.4) == [0, 1]


def test_an_empty_box_overlaps_nothing() -> None:
    assert Box(1, 1, 1, 5).overlap(Box(0, 0, 10, 10)) == 0
