"""Composed pictures: what is in them is where the labels say it is, and every one can be made again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from edge_alpr.geometry import Points, bounding_box, is_convex, quad_size
from edge_training.chance import Chance
from edge_training.detector_lookalikes import draw_look_alike
from edge_training.detector_paste import Texture, framed, paste, see_from_an_angle
from edge_training.detector_window import WINDOW, Draft, Scene, open_window
from edge_training.scenes import compose

UNKNOWN = np.full((1, 4, 2), np.nan, np.float32)
NOWHERE = np.zeros((0, 4), np.float32)


FINER = 8


def _scene(quad: Points, *, cornered: bool) -> Scene:
    """A dark photograph with one white quadrangle, drawn finer than a pixel and reduced."""
    fine = np.full((480 * FINER, 640 * FINER), 20, np.uint8)
    cv2.fillConvexPoly(fine, np.round(quad * FINER - 0.5).astype(np.int32), 255)
    luma = cv2.resize(fine, (640, 480), interpolation=cv2.INTER_AREA).astype(np.uint8)
    box = bounding_box(quad)
    boxes = np.array([[box.x1, box.y1, box.x2, box.y2]], np.float32)
    return Scene(luma, boxes, quad[None] if cornered else UNKNOWN, NOWHERE, NOWHERE)


def _padded(draft: Draft) -> bool:
    """Whether the window reaches beyond the photograph, so that bright padding could be taken for the plate."""
    return bool(max(draft.luma[y, x] for y in (0, -1) for x in (0, -1)) > 30)


UPRIGHT = np.array([[300, 200], [380, 200], [380, 225], [300, 225]], np.float32)
ASKEW = np.array([[300, 200], [380, 215], [376, 245], [296, 226]], np.float32)


@dataclass(frozen=True)
class WhitePlate:
    def plate(self, chance: Chance) -> tuple[Texture, bool]:
        return Texture.solid(np.full((50, 200), 240.0)), True


@pytest.mark.parametrize(("quad", "cornered"), [(UPRIGHT, False), (ASKEW, True)])
def test_the_window_moves_a_plate_and_its_labels_together(quad: Points, cornered: bool) -> None:
    compared = 0
    for index in range(60):
        draft = open_window(Chance(4, index), _scene(quad, cornered=cornered))
        if not draft.boxes or not draft.learn[0] or _padded(draft):
            continue
        x1, y1, x2, y2 = draft.boxes[0]
        if min(x1, y1) < 2 or max(x2, y2) > WINDOW - 2 or x2 - x1 < 20:
            continue
        rows, columns = np.nonzero(draft.luma > 135)
        inside = (rows > y1 - 4) & (rows < y2 + 4) & (columns > x1 - 4) & (columns < x2 + 4)
        seen = [
            columns[inside].min(),
            rows[inside].min(),
            columns[inside].max() + 1,
            rows[inside].max() + 1,
        ]
        assert np.abs(np.array(seen) - draft.boxes[0]).max() < 1.2, index
        assert np.isnan(draft.quads[0]).any() != cornered
        compared += 1
    assert compared > 15


def test_a_mirrored_quad_still_begins_at_the_top_left() -> None:
    for index in range(40):
        draft = open_window(Chance(5, index), _scene(ASKEW, cornered=True))
        for quad in draft.quads:
            assert is_convex(quad)
            assert quad[0, 0] < quad[1, 0]
            assert quad[0, 1] < quad[3, 1]


def test_a_photograph_without_all_corners_is_never_turned() -> None:
    for index in range(30):
        draft = open_window(Chance(6, index), _scene(UPRIGHT, cornered=False))
        if _padded(draft):
            continue
        ys, xs = np.nonzero(draft.luma > 200)
        if len(ys) > 50:
            filled = len(ys) / ((np.ptp(ys) + 1) * (np.ptp(xs) + 1))
            assert filled > 0.85


def test_what_is_cut_off_narrow_or_unsure_is_not_asked_for() -> None:
    draft = Draft(np.zeros((WINDOW, WINDOW), np.uint8))
    quad = UNKNOWN[0]
    draft.note(np.array([-70, 10, 30, 40], np.float32), quad)
    draft.note(np.array([50, 50, 57, 53], np.float32), quad)
    draft.note(np.array([90, 90, 150, 120], np.float32), quad, sure=False)
    draft.note(np.array([180, 90, 240, 120], np.float32), quad)
    draft.note(np.array([-99, 0, -1, 20], np.float32), quad)
    assert draft.learn == [False, False, False, True]
    assert draft.boxes[0].tolist() == [0, 10, 30, 40]


def test_a_plate_that_vanished_in_the_dark_is_not_asked_for() -> None:
    draft = Draft(np.zeros((WINDOW, WINDOW), np.uint8))
    draft.note(np.array([10, 10, 70, 30], np.float32), UNKNOWN[0])
    draft.note(np.array([100, 100, 160, 120], np.float32), UNKNOWN[0])
    recorded = draft.luma.copy()
    recorded[100:110, 100:130] = 200
    assert draft.marks(recorded).learn.tolist() == [False, True]


def test_a_pasted_plate_lies_on_its_quad() -> None:
    for index in range(20):
        chance = Chance(7, index)
        picture = np.full((WINDOW, WINDOW), 20, np.uint8)
        texture = Texture.solid(np.full((50, 200), 240.0))
        quad = see_from_an_angle(chance, texture.aspect, 90.0) + np.float32(WINDOW / 2)
        source = np.array([[0, 0], [200, 0], [200, 50], [0, 50]], np.float32)
        paste(chance, picture, texture, source, quad)
        rows, columns = np.nonzero(picture > 130)
        box = bounding_box(quad)
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert np.abs(np.array(seen) - [box.x1, box.y1, box.x2, box.y2]).max() < 1.6
        assert abs(box.width - 90) < 0.1


def test_a_quad_seen_from_an_angle_keeps_its_corners_in_order() -> None:
    for index in range(100):
        quad = see_from_an_angle(Chance(8, index), 4.6, 100.0)
        assert is_convex(quad)
        assert quad_size(quad)[0] > 80


def test_a_frame_leaves_the_plate_untouched() -> None:
    texture = Texture.solid(np.full((40, 160), 99.0))
    for index in range(20):
        whole, corners = framed(Chance(9, index), texture)
        x1, y1, x2, y2 = (int(v) for v in (*corners[0], *corners[2]))
        assert np.array_equal(whole.luma[y1:y2, x1:x2], texture.luma)
        assert (x2 - x1, y2 - y1) == (160, 40)


def test_composing_is_repeatable_and_varied() -> None:
    scenes = [_scene(UPRIGHT, cornered=False), _scene(ASKEW, cornered=True)]
    first = [compose(Chance(10, k), scenes, WhitePlate()) for k in range(12)]
    again = [compose(Chance(10, k), scenes, WhitePlate()) for k in range(12)]
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.luma, b.luma)
        assert np.array_equal(a.marks.boxes, b.marks.boxes)
    assert len({p.luma.tobytes() for p in first}) == 12


def test_composed_pictures_hold_plates_of_all_sizes() -> None:
    scenes = [_scene(UPRIGHT, cornered=False)]
    pictures = [compose(Chance(11, k), scenes, WhitePlate()) for k in range(150)]
    widths = np.concatenate(
        [p.marks.boxes[p.marks.learn][:, 2] - p.marks.boxes[p.marks.learn][:, 0] for p in pictures]
    )
    assert 0.15 < np.mean(widths < 30) < 0.6
    assert widths.max() > 90
    assert any(not len(p.marks.boxes) for p in pictures)
    for picture in pictures:
        assert picture.luma.shape == (WINDOW, WINDOW)
        assert picture.luma.dtype == np.uint8
        assert picture.marks.boxes.min(initial=0) >= 0
        assert picture.marks.boxes.max(initial=0) <= WINDOW


def test_look_alikes_are_textures_of_many_kinds() -> None:
    scene = np.clip(Chance(1).clouds(200, 300, 9) * 60 + 120, 0, 255).astype(np.uint8)
    drawn = [draw_look_alike(Chance(12, k), scene) for k in range(80)]
    for texture in drawn:
        assert texture.luma.shape == texture.cover.shape
        assert texture.luma.dtype == np.float32
        assert 0 <= texture.cover.min() <= texture.cover.max() <= 1
    assert len({t.luma.shape for t in drawn}) > 20
    assert any(t.cover.min() == 0 for t in drawn), "letters without a ground behind them"
