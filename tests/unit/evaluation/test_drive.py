"""Made traffic: casts, films and their truth, from rendered plates and from a photograph that is rendered too."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from evaluation.drive.actors import Flicker, Rain, draw_board, draw_walker
from evaluation.drive.camera import LIGHTS, RollingView, Sway, draw_camera
from evaluation.drive.film import Cast, Film
from evaluation.drive.journey import Journey
from evaluation.drive.mount import mount_photograph, plate_width_m
from evaluation.drive.parked import plan_parked
from evaluation.drive.plan import LIGHT_SHARES, PASSES_A_CLIP, plan_passes
from evaluation.drive.plate_free import Panorama, plan_streets
from evaluation.drive.readable import is_readable
from evaluation.drive.stock import plate_free, plates_with_text

from edge_alpr.evaluate.labels import LABELS
from edge_alpr.geometry import Box, bounding_box, quad_size
from edge_alpr.scene.view import PinholeView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.scene.clip import Still


@pytest.fixture
def photographs(tmp_path: Path, stills: Callable[..., Still]) -> Path:
    """A rendered picture of two plates, labelled, and a folder with one that has none."""
    for name, count in (("cars", 2), ("empty", 0)):
        folder = tmp_path / name
        folder.mkdir()
        still = stills(count)
        cv2.imwrite(str(folder / "a.png"), still.picture)
        plates = [
            {"box": list(_edges(bounding_box(p.corners))), "text": p.text, "region": "gb"}
            for p in still.plates
        ]
        label = {"image": "a.png", "plates": plates}
        (folder / LABELS).write_text(json.dumps(label) + "\n", encoding="utf-8")
    return tmp_path


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.x1, box.y1, box.x2, box.y2


def first_cast(seed: int = 1, **options: str) -> Cast:
    return next(plan_passes(4, [], seed=seed, **options))


def test_a_plan_has_as_many_vehicles_as_were_asked_for() -> None:
    casts = list(plan_passes(PASSES_A_CLIP + 3, [], seed=2))
    assert [len(cast.actors) for cast in casts] == [PASSES_A_CLIP, 3]


def test_the_lights_come_in_their_shares() -> None:
    clips = 20
    lights = [cast.camera.light.name for cast in plan_passes(clips * PASSES_A_CLIP, [], seed=1)]
    for light, share in LIGHT_SHARES.items():
        assert lights.count(light) == pytest.approx(share * clips, abs=1.01)


def test_the_same_seed_gives_the_same_truth_and_pictures() -> None:
    one, two = Film(first_cast()), Film(first_cast())
    assert [p.text for p in one.truth.passes] == [p.text for p in two.truth.passes]
    assert [p.readable for p in one.truth.passes] == [p.readable for p in two.truth.passes]
    np.testing.assert_array_equal(next(one.pictures()), next(two.pictures()))
    assert [p.text for p in Film(first_cast(2)).truth.passes] != [p.text for p in one.truth.passes]


def test_the_truth_lies_in_the_picture_and_readable_frames_are_a_part_of_it() -> None:
    film = Film(first_cast())
    truth = film.truth
    assert truth.frames == film.frame_count
    assert len({one.id for one in truth.passes}) == len(truth.passes) > 0
    for one in truth.passes:
        assert set(one.readable) <= set(one.corners)
        assert max(one.corners) < truth.frames
        for quad in one.corners.values():
            assert (quad >= 0).all()
            assert (quad <= truth.frame_wh).all()


def test_the_plate_is_where_the_truth_says() -> None:
    """Painted white, the plate is the brightest thing of a dark picture, and in its true place."""
    cast = first_cast(light="night")
    actor = cast.actors[0]
    assert actor.mounted is not None
    plate = actor.mounted.plate
    white = replace(plate, picture=np.full_like(plate.picture, 255))
    vehicle = replace(actor.vehicle, plate=white)
    journey = Journey(0.4, 9.0, -0.01)
    still = replace(cast.camera, sway_px=0.0, gain=0.1, fps=10.0)
    alone = replace(
        cast, seconds=0.5, camera=still, boards=(), walkers=(), rain=None, flicker=None,
        actors=(replace(actor, vehicle=vehicle, journey=journey),),
    )  # fmt: skip
    film = Film(alone)
    (one,) = film.truth.passes
    *_, picture = film.pictures()
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(one.corners[4]).astype(np.int32), 1)
    inside = picture[mask.astype(bool)].mean()
    box = bounding_box(one.corners[4]).grow(0.5, 1.0).clamp(*film.truth.frame_wh)
    around = picture[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)].mean()
    assert inside > 1.5 * around


def test_frames_carry_their_time_and_exposure() -> None:
    cast = first_cast()
    film = Film(replace(cast, seconds=0.5))
    frames = list(film.frames())
    assert [frame.sequence for frame in frames] == list(range(film.frame_count))
    assert frames[1].at.mono_s - frames[0].at.mono_s == pytest.approx(1 / film.fps)
    assert frames[0].exposure_us == pytest.approx(cast.camera.exposure_s * 1e6)
    assert film.handed == film.frame_count - 1


def test_somebody_in_front_makes_a_plate_unreadable() -> None:
    cast = plan_parked(2.0, seed=1)
    owner = replace(cast, actors=cast.actors[:1], walkers=(), flicker=None)
    (free,) = Film(owner).truth.passes
    middle = free.readable[len(free.readable) // 2]
    x, z = owner.actors[0].vehicle.lane_x, owner.actors[0].journey.at_m
    rng = np.random.default_rng(1)
    before = replace(
        draw_walker(rng, middle / cast.camera.fps, across=True),
        start=(x * 0.8, z * 0.8), way=(0.0, 0.0), tall_m=1.9,
    )  # fmt: skip
    (hidden,) = Film(replace(owner, walkers=(before,))).truth.passes
    assert middle not in hidden.readable
    assert middle in hidden.corners


def test_infrared_has_no_colours() -> None:
    picture = next(Film(first_cast(light="ir")).pictures())
    assert (picture[..., 0] == picture[..., 2]).all()


@pytest.mark.parametrize("light", LIGHTS)
def test_a_camera_exposes_within_its_lights_range(light: str) -> None:
    camera = draw_camera(np.random.default_rng(1), light, 15.0)
    shortest, longest = LIGHTS[light][1]
    assert shortest <= camera.exposure_s <= longest


def test_a_rolling_shutter_moves_what_is_low_more() -> None:
    view = PinholeView()
    rolling = RollingView(view, np.array([0.0, 0.0, -20.0]), 0.02)
    points = np.array([[2.0, 2.0, 15.0], [2.0, 0.1, 9.0]])
    moved = np.abs(rolling.project(points) - view.project(points)).sum(axis=1)
    assert moved[1] > moved[0]
    still = RollingView(view, np.zeros(3), 0.02)
    np.testing.assert_array_equal(still.project(points), view.project(points))


def test_swaying_moves_the_picture_by_what_it_says() -> None:
    sway = Sway(6.0, np.random.default_rng(3))
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[28:32, 38:42] = 255
    moved = sway.apply(picture, 0.3)[..., 0].astype(float)
    ys, xs = np.mgrid[0:60, 0:80]
    middle = np.array([(xs * moved).sum(), (ys * moved).sum()]) / moved.sum()
    np.testing.assert_allclose(middle, np.array([39.5, 29.5]) + sway.shift(0.3), atol=0.1)


def test_a_journey_without_a_stand_is_even() -> None:
    journey = Journey(2.0, 10.0, -5.0)
    assert journey.distance(3.0) == pytest.approx(5.0)
    assert journey.velocity(1.0) == pytest.approx(-5.0)


def test_a_journey_with_a_stand_comes_stands_and_leaves() -> None:
    journey = Journey(60.0, 10.0, -5.0, stands_s=20.0)
    assert journey.velocity(10.0) == pytest.approx(-5.0)
    assert [journey.distance(t) for t in (50.5, 60.0, 69.5)] == [10.0] * 3
    assert journey.distance(30.0) > 10.0 > journey.distance(80.0)
    assert journey.velocity(90.0) == pytest.approx(-5.0)
    steps = np.diff([journey.distance(t) for t in np.arange(40, 80, 0.1)])
    assert (steps <= 1e-9).all()


@pytest.mark.parametrize(
    ("size", "blur", "contrast", "readable"),
    [
        ((100, 22), (0, 0), 20, True),
        ((40, 16), (0, 0), 20, False),
        ((100, 10), (0, 0), 20, False),
        ((100, 22), (12, 0), 20, False),
        ((100, 22), (0, 5), 20, False),
        ((100, 22), (0, 0), 4, False),
        ((100, 22), (4, 1), 6, True),
    ],
)
def test_readable_is_large_sharp_and_no_paler_than_noise(
    size: tuple[float, float], blur: tuple[float, float], contrast: float, readable: bool
) -> None:
    quad = Box(10, 10, 10 + size[0], 10 + size[1]).corners()
    assert is_readable(quad, np.array(blur, np.float32), contrast) is readable


def test_a_photograph_is_mounted_with_its_surroundings(photographs: Path) -> None:
    stock = plates_with_text(photographs)
    assert len(stock) == 2
    photograph, label = stock[0]
    mounted = mount_photograph(photograph, label)
    assert mounted.source == "cars"
    assert mounted.plate.bare
    assert mounted.plate.text == label.text
    assert mounted.plate.width_m > 0.52
    assert 60 < mounted.spread < 255
    seen = mounted.corners(Box(0, 0, *mounted.plate.cover.shape[::-1]).corners())
    assert quad_size(seen)[0] == pytest.approx(label.box.width, abs=1.0)
    assert seen.min() > 0


def test_photographs_drive_by(photographs: Path) -> None:
    stock = plates_with_text(photographs)
    cast = next(plan_passes(12, stock, seed=5))
    texts = {label.text for _, label in stock}
    passes = Film(cast).truth.passes
    assert "cars" in {one.source for one in passes}
    assert {one.text for one in passes if one.source == "cars"} <= texts


def test_a_plate_without_a_text_is_not_mounted(photographs: Path) -> None:
    photograph, label = plates_with_text(photographs)[0]
    with pytest.raises(ValueError, match="without a text"):
        mount_photograph(photograph, replace(label, text=None))


@pytest.mark.parametrize(
    ("region", "size", "width"),
    [
        ("us-tx", (60, 30), 0.305),
        ("br", (90, 30), 0.4),
        ("gb", (90, 20), 0.52),
        ("eu", (30, 25), 0.28),
        (None, (90, 20), 0.52),
    ],
)
def test_a_plate_is_as_wide_as_its_countrys(
    region: str | None, size: tuple[float, float], width: float
) -> None:
    assert plate_width_m(region, *size) == width


def test_streets_without_plates_have_no_passes() -> None:
    (cast,) = plan_streets(60.0, seed=1)
    film = Film(cast)
    assert film.truth.passes == ()
    assert film.truth.kind == "plate-free"
    assert cast.actors
    assert next(film.pictures()).shape == (720, 1280, 3)


def test_photographs_without_plates_are_panned_across(photographs: Path) -> None:
    pictures = plate_free(photographs)
    assert [path.parent.name for path in pictures] == ["empty"]
    panorama = Panorama(pictures, seconds=1.0)
    frames = list(panorama.frames())
    assert len(frames) == panorama.frame_count == 5
    assert (frames[0].luma != frames[-1].luma).any()
    with pytest.raises(ValueError, match="photographs"):
        Panorama([], seconds=1.0)


def test_a_parked_vehicle_comes_stands_and_leaves() -> None:
    cast = plan_parked(3.0, seed=2, light="night")
    (one,) = Film(cast).truth.passes
    assert one.parked
    assert min(one.corners) > 0
    assert max(one.corners) < Film(cast).frame_count - 1
    assert len(one.readable) > 0.5 * len(one.corners)


def test_rain_boards_and_flicker_change_the_picture() -> None:
    rng = np.random.default_rng(4)
    picture = np.full((720, 1280, 3), 90, np.uint8)
    rainy = picture.copy()
    Rain(rng, 200).draw(rainy)
    assert (rainy > 90).any()
    board = replace(draw_board(rng), at=(3.0, 1.5, 12.0))
    signed = picture.copy()
    board.draw(signed, PinholeView(), LIGHTS["day"][0])
    assert (signed != 90).any()
    gains = [Flicker(rng, 0.2).gain(t / 4) for t in range(400)]
    assert min(gains) < 0.95
    assert max(gains) > 1.05
