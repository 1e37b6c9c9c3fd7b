"""Plates, their photographs and the crops: what is drawn is where the labels say it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_alpr.geometry import Box, Points
from edge_alpr.plates import MAX_LENGTH
from edge_training import negatives, samples
from edge_training.camera import photograph
from edge_training.chance import Chance
from edge_training.crops import STORED_HEIGHT, STORED_WIDTH, as_detected, cut, with_margin
from edge_training.lettering import choose_hand, draw_line, split_lines, squared
from edge_training.negatives import Backdrop, draw_negative
from edge_training.plate import draw_plate
from edge_training.samples import RealPlate, Renderer, retake
from edge_training.texts import PlateText

if TYPE_CHECKING:
    from edge_training.fonts import Typefaces

SAMPLES = range(60)


@pytest.fixture(scope="module")
def renderer(faces: Typefaces, backdrops: list[Backdrop]) -> Renderer:
    return Renderer(faces, backdrops, seed=11)


def test_a_sample_is_the_same_when_made_again(renderer: Renderer) -> None:
    first, again = renderer.make(17), renderer.make(17)
    assert first.text == again.text
    assert np.array_equal(first.crop, again.crop)


def test_samples_are_labelled_crops(renderer: Renderer) -> None:
    for index in SAMPLES:
        sample = renderer.make(index)
        assert sample.crop.shape == (STORED_HEIGHT, STORED_WIDTH)
        assert sample.crop.dtype == np.uint8
        assert len(sample.text) <= MAX_LENGTH
        assert sample.places is not None
        assert len(sample.places) == len(sample.text)


def test_places_run_from_left_to_right_in_each_line(renderer: Renderer) -> None:
    for index in SAMPLES:
        places = renderer.make(index).places or ()
        lines = [line for _, line in places]
        assert lines == sorted(lines), "the upper line is read first"
        for row in set(lines):
            across = [x for x, line in places if line == row]
            assert across == sorted(across)


def test_an_o_with_square_corners_is_a_d(faces: Typefaces) -> None:
    """Its left is a stem from top to bottom, its right half and the room inside stay the ring's."""
    for face in faces.faces[:4]:
        ring = face.glyphs["O"]
        d = squared(ring)
        left, middle = int(np.flatnonzero(d.max(axis=0) > 127)[0]), ring.shape[1] // 2
        inked = np.flatnonzero(ring[:, middle] > 127)
        assert (d[inked[0] : inked[-1] + 1, left + 1] > 127).all()
        assert np.array_equal(d[:, middle:], ring[:, middle:])
        assert d[ring.shape[0] // 2, middle] == ring[ring.shape[0] // 2, middle]


def test_every_plate_style_comes_with_one_and_two_lines(faces: Typefaces) -> None:
    plates = [draw_plate(Chance(1, k), faces) for k in range(250)]
    two_line = [p for p in plates if {c.line for c in p.characters} == {0, 1}]
    assert {p.style for p in plates} == {"us", "eu", "uk", "br", "in"}
    assert 0.15 < len(two_line) / len(plates) < 0.4
    assert all(p.luma.min() >= 0 and p.luma.max() <= 255 for p in plates)


def test_a_characters_centre_is_on_its_ink(faces: Typefaces) -> None:
    """An I is a bar with ink at its centre."""
    text = PlateText(("I1I",), (), national=False)
    for k in range(20):
        chance = Chance(6, k)
        hand = choose_hand(chance, faces, "us", text)
        line = draw_line(chance, hand, text, 60, 500)
        at = [round(c * line.ink.shape[1]) for c in line.centres]
        assert len(at) == 3
        for x in (at[0], at[2]):
            assert line.ink[:, max(0, x - 4) : x + 5].max() > 128


def test_a_narrow_place_squeezes_the_line(faces: Typefaces) -> None:
    text = PlateText(("ABC", "1234"), ("-",), national=True)
    chance = Chance(3)
    hand = choose_hand(chance, faces, "eu", text)
    assert draw_line(chance, hand, text, 60, 90).ink.shape[1] <= 92


def test_two_lines_are_cut_between_groups() -> None:
    text = PlateText(("AB", "12", "CD"), ("-", "*"), national=True)
    for k in range(10):
        upper, lower = split_lines(Chance(1, k), text)
        assert upper.text + lower.text == "AB12CD"
        assert upper.text in {"AB", "AB12"}


def test_the_mark_at_the_cut_mostly_stays() -> None:
    text = PlateText(("AB", "12"), ("*",), national=True)
    pairs = [split_lines(Chance(2, k), text) for k in range(200)]
    assert all((upper.text, lower.text) == ("AB", "12") for upper, lower in pairs)
    above = sum("*" in upper.separators for upper, _ in pairs)
    below = sum("*" in lower.separators for _, lower in pairs)
    assert above > 3 * below > 0
    assert above + below < 200


def test_a_cut_out_picture_ends_where_the_quad_does() -> None:
    luma = np.arange(60 * 100, dtype=np.int64).astype(np.uint8).reshape(60, 100)
    quad = np.array([[10.4, 20.2], [70, 19.1], [71.5, 40], [11, 80]], np.float32)
    part, corner = samples._cut_out(luma, quad)
    assert corner.tolist() == [10, 19]
    assert np.array_equal(part, luma[19:60, 10:72])


def test_a_photograph_says_where_the_plate_and_its_characters_are(
    faces: Typefaces, backdrops: list[Backdrop]
) -> None:
    for k in range(20):
        chance = Chance(8, k)
        plate = draw_plate(chance, faces)
        photo = photograph(plate, chance, faces, [b.luma for b in backdrops])
        width, height = plate.size_wh
        corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
        assert np.allclose(cv2.perspectiveTransform(corners, photo.plane)[0], photo.quad, atol=0.1)
        rows, columns = photo.luma.shape
        assert (photo.quad >= 0).all()
        assert (photo.quad <= [columns, rows]).all()
        centres = np.array([[[c.x, c.y] for c in plate.characters]], np.float64)
        seen = cv2.perspectiveTransform(centres, photo.plane)[0]
        assert all(cv2.pointPolygonTest(photo.quad, (x, y), measureDist=False) > 0 for x, y in seen)


def _square(at: tuple[int, int]) -> tuple[np.ndarray, Points]:
    luma = np.full((120, 400), 40, np.uint8)
    cv2.circle(luma, at, 4, 255, -1)
    quad = np.array([[60, 30], [330, 40], [325, 95], [55, 85]], np.float32)
    return luma, quad


def test_points_follow_the_crop() -> None:
    """A bright dot in the picture is found in the crop at the place that `cut` names."""
    for at in ((100, 60), (200, 50), (300, 80)):
        luma, quad = _square(at)
        centre = np.array([[at[0] + 0.5, at[1] + 0.5]], np.float32)
        crop, points = cut(luma, with_margin(quad), centre)
        rows, columns = np.nonzero(crop > 150)
        assert abs(columns.mean() + 0.5 - points[0, 0]) < 1.0
        assert abs(rows.mean() + 0.5 - points[0, 1]) < 1.0


def test_points_follow_a_crop_that_was_widened() -> None:
    luma = np.full((200, 200), 40, np.uint8)
    cv2.circle(luma, (100, 120), 4, 255, -1)
    quad = np.array([[60, 60], [140, 60], [140, 140], [60, 140]], np.float32)
    crop, points = cut(luma, with_margin(quad), np.array([[100.5, 120.5]], np.float32))
    rows, columns = np.nonzero(crop > 150)
    assert abs(columns.mean() + 0.5 - points[0, 0]) < 1.0
    assert abs(rows.mean() + 0.5 - points[0, 1]) < 1.0


def test_detected_quads_keep_nearly_all_of_the_plate() -> None:
    _, quad = _square((0, 0))
    for k in range(200):
        grown = as_detected(Chance(4, k), quad)
        missing = [
            cv2.pointPolygonTest(grown, tuple(map(float, p)), measureDist=True) for p in quad
        ]
        assert min(missing) > -0.12 * 55, "a corner may be missed by an eighth of the height"


def test_negatives_say_nothing(faces: Typefaces, backdrops: list[Backdrop]) -> None:
    for k in range(80):
        sample = draw_negative(Chance(2, k), faces, backdrops)
        assert sample.text == ""
        assert not sample.places
        assert sample.crop.shape == (STORED_HEIGHT, STORED_WIDTH)


def test_patches_keep_away_from_labelled_plates() -> None:
    luma = np.full((300, 400), 90, np.uint8)
    luma[100:200, 100:300] = 255
    marked = Backdrop(luma, (Box(100, 100, 300, 200),))
    patches = [negatives._patch(Chance(2, k), marked) for k in range(150)]
    found = [patch for patch in patches if patch is not None]
    assert len(found) > 50
    assert all(patch.max() == 90 for patch in found)


def test_a_retaken_plate_is_still_in_the_crop() -> None:
    """A bright plate on black stays in the middle of the crop, whatever the zoom."""
    luma = np.zeros((200, 400), np.uint8)
    luma[60:130, 80:320] = 255
    quad = np.array([[80, 60], [320, 60], [320, 130], [80, 130]], np.float32)
    plate = RealPlate(luma, quad, "AB12", is_crop=False)
    for k in range(40):
        crop = retake(plate, Chance(5, k)).crop.astype(np.float64)
        middle = crop[
            STORED_HEIGHT // 3 : -STORED_HEIGHT // 3, STORED_WIDTH // 4 : -STORED_WIDTH // 4
        ]
        assert middle.mean() > 2 * np.concatenate([crop[:3].ravel(), crop[-3:].ravel()]).mean()
