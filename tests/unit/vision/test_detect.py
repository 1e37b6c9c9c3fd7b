"""The detector: from a network's map to plates in frame pixels, with a network that is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_alpr.errors import ModelError
from edge_alpr.geometry import Box, Points, bounding_box
from edge_alpr.vision.detect import DetectSettings, PlateDetector, cut_out, together
from edge_alpr.vision.finds import CHANNELS, STRIDE, decode
from fakes.model import DETECTOR_FACTS, FakeModel, plate_map
from strategies.detections import quads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CANVAS = (1280, 736)


def detector_of(
    plates: Sequence[tuple[Points, float]],
    canvas: tuple[int, int],
    closer_looks: int = 0,
    **settings: Any,
) -> PlateDetector:
    """Sees ``plates`` on the canvas of that size, and nothing on any other."""
    return seeing({canvas: plates}, closer_looks=closer_looks, **settings)


def seeing(
    plates: Mapping[tuple[int, int], Sequence[tuple[Points, float]]], **settings: Any
) -> PlateDetector:
    """Sees on each canvas, by its width and height, what is given for it."""

    def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        canvas = luma.shape[3], luma.shape[2]
        return plate_map(canvas, plates.get(canvas, []))[None]

    return PlateDetector(FakeModel(DETECTOR_FACTS, answer), DetectSettings(**settings))


@given(quads(), st.floats(0.51, 0.99))
def test_a_map_made_from_a_plate_gives_the_plate_back(quad: Points, score: float) -> None:
    box = bounding_box(quad)
    assume(max(box.width, box.height) < 1000)  # reach of a cell: e^5 steps
    found, corners, scores = decode(plate_map(CANVAS, [(quad, score)]), 0.5)
    assert scores == pytest.approx([score], abs=1e-4)
    assert found[0] == pytest.approx([box.x1, box.y1, box.x2, box.y2], abs=0.1)
    assert corners[0] == pytest.approx(quad, abs=0.1)


def test_an_empty_map_gives_nothing() -> None:
    found, corners, scores = decode(plate_map(CANVAS, []), 0.5)
    assert (found.shape, corners.shape, scores.shape) == ((0, 4), (0, 4, 2), (0,))


@pytest.mark.parametrize(("limit", "expected"), [(0.1, 3), (0.5, 2), (0.8, 1), (1.0, 0)])
def test_cells_below_the_limit_are_skipped(limit: float, expected: int) -> None:
    raw = np.zeros((CHANNELS, 4, 4), np.float32)
    raw[0] = -9
    for column, score in enumerate([0.2, 0.6, 0.9]):
        raw[0, 1, column] = np.log(score / (1 - score))
    assert len(decode(raw, limit)[2]) == expected


def test_of_too_many_cells_the_best_are_decoded_best_first() -> None:
    raw = np.zeros((CHANNELS, 20, 20), np.float32)
    raw[0] = np.random.default_rng(3).permutation(400).reshape(20, 20) / 100
    scores = decode(raw, 0.5, most=30)[2]
    assert len(scores) == 30
    assert (np.diff(scores) <= 0).all()
    assert scores.min() == pytest.approx(1 / (1 + np.exp(-3.70)), abs=1e-4)


def test_wild_distances_are_bounded() -> None:
    """A damaged map must not overflow: a side is at most e^5 cells away."""
    raw = np.full((CHANNELS, 1, 1), 60, np.float32)
    found = decode(raw, 0.5)[0]
    assert np.isfinite(found).all()
    assert found[0, 2] == pytest.approx(STRIDE / 2 + STRIDE * np.exp(5), rel=1e-4)


def test_detections_are_in_frame_pixels() -> None:
    """A frame of twice the canvas' side: what is found at (100, 50) lies at (200, 100)."""
    plate = Box(100, 50, 160, 66)
    detector = detector_of([(plate.corners(), 0.9)], (640, 384))
    (found,) = detector.detect(np.zeros((720, 1280), np.uint8))
    expected = Box(200, 100, 320, 132)
    assert found.box.corners() == pytest.approx(expected.corners(), abs=0.1)
    assert found.corners == pytest.approx(expected.corners(), abs=0.1)
    assert found.score == pytest.approx(0.9, abs=1e-4)


@pytest.mark.parametrize(
    ("frame", "side", "fine", "coarse"),
    [
        ((1280, 720), 640, (640, 384), (192, 128)),
        ((720, 1280), 640, (384, 640), (128, 192)),
        ((640, 360), 640, (640, 384), (192, 128)),
        ((1920, 1080), 500, (512, 288), (160, 96)),
        ((4000, 10), 640, (640, 32), (192, 32)),
    ],
)
def test_both_canvases_are_multiples_of_the_networks_step(
    frame: tuple[int, int], side: int, fine: tuple[int, int], coarse: tuple[int, int]
) -> None:
    shapes: list[tuple[int, ...]] = []

    def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        shapes.append(luma.shape)
        return plate_map((luma.shape[3], luma.shape[2]), [])[None]

    detector = PlateDetector(FakeModel(DETECTOR_FACTS, answer), DetectSettings(side_px=side))
    assert detector.detect(np.zeros((frame[1], frame[0]), np.uint8)) == []
    assert shapes == [(1, 1, height, width) for width, height in (fine, coarse)]


def test_a_plate_found_twice_is_one_and_the_better_one() -> None:
    twice = [(Box(100, 96, 164, 112).corners(), 0.7), (Box(108, 96, 172, 112).corners(), 0.9)]
    found = detector_of(twice, (640, 384)).detect(np.zeros((384, 640), np.uint8))
    assert [round(d.box.x1) for d in found] == [108]


def test_only_so_many_plates_are_kept_the_best_ones() -> None:
    many = [(Box(10, y, 60, y + 16).corners(), 0.55 + y / 1000) for y in range(8, 360, 32)]
    detector = detector_of(many, (640, 384), max_plates=3)
    found = detector.detect(np.zeros((384, 640), np.uint8))
    assert [round(d.box.y1) for d in found] == [328, 296, 264]


def test_a_box_is_clamped_to_the_frame_and_dropped_outside() -> None:
    """The canvas is padded below a frame of 360 rows: what is found only there is nothing."""
    plates = [(Box(600, 340, 632, 380).corners(), 0.9), (Box(100, 364, 160, 380).corners(), 0.9)]
    found = detector_of(plates, (640, 384)).detect(np.zeros((360, 640), np.uint8))
    assert [(round(d.box.y1), d.box.y2) for d in found] == [(340, 360)]


BOX = Box(100, 50, 160, 66)


@pytest.mark.parametrize(
    "corners",
    [
        BOX.corners()[[0, 2, 1, 3]],  # crossed
        BOX.corners()[::-1],  # counter-clockwise
        BOX.shift(300, 0).corners(),  # elsewhere
        np.full((4, 2), np.nan, np.float32),
    ],
    ids=["crossed", "reversed", "elsewhere", "nan"],
)
def test_corners_that_do_not_fit_the_box_are_replaced_by_it(corners: Points) -> None:
    raw = plate_map((640, 384), [(BOX.corners(), 0.9)])
    row, column = np.argwhere(raw[0] > 0)[0]
    middle = (np.array([column, row]) + 0.5) * STRIDE
    raw[5:, row, column] = ((corners - middle) / 16).ravel()
    nothing = plate_map((192, 128), [])

    def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        return (raw if luma.shape[3] == 640 else nothing)[None]

    detector = PlateDetector(FakeModel(DETECTOR_FACTS, answer), DetectSettings(closer_looks=0))
    (found,) = detector.detect(np.zeros((384, 640), np.uint8))
    assert found.corners == pytest.approx(BOX.corners(), abs=0.1)


def test_the_limit_is_the_cards_unless_it_is_set() -> None:
    plate = [(BOX.corners(), 0.6)]
    frame = np.zeros((384, 640), np.uint8)
    assert len(detector_of(plate, (640, 384)).detect(frame)) == 1
    assert detector_of(plate, (640, 384), min_score=0.7).detect(frame) == []


@pytest.mark.parametrize(
    "change",
    [{"task": "read"}, {"output": {"name": "map", "channels": 5}}, {"threshold": "high"}],
)
def test_a_card_of_something_else_is_refused(change: dict[str, Any]) -> None:
    model = FakeModel({**DETECTOR_FACTS, **change}, lambda _: np.zeros(1, np.float32))
    with pytest.raises(ModelError, match="card"):
        PlateDetector(model, DetectSettings())


def test_a_card_without_a_threshold_is_refused() -> None:
    facts = {k: v for k, v in DETECTOR_FACTS.items() if k != "threshold"}
    with pytest.raises(ModelError, match="threshold"):
        PlateDetector(FakeModel(facts, lambda _: np.zeros(1, np.float32)), DetectSettings())


FRAME = np.zeros((720, 1280), np.uint8)
FINE, COARSE = (640, 384), (192, 128)


def test_a_plate_too_wide_for_the_fine_canvas_is_found_on_the_coarse_one() -> None:
    """300 pixels of 1000 are 90 of 300: half as many on the fine canvas would be pieces."""
    plate = Box(40, 40, 130, 62)
    (found,) = seeing({COARSE: [(plate.corners(), 0.95)]}).detect(FRAME)
    expected = Box(*(v / 0.15 for v in (40, 40, 130, 62)))
    assert found.box.corners() == pytest.approx(expected.corners(), abs=0.5)


@pytest.mark.parametrize(
    ("canvas", "width"), [(FINE, 300), (COARSE, 20)], ids=["too wide", "too narrow"]
)
def test_what_a_canvas_knows_badly_is_left_to_the_other(
    canvas: tuple[int, int], width: int
) -> None:
    plate = Box(180 - width / 2, 28, 180 + width / 2, 44)
    assert seeing({canvas: [(plate.corners(), 0.95)]}).detect(FRAME) == []


def test_letters_are_no_plates_beside_the_plate_they_stand_on() -> None:
    whole = Box(40, 40, 160, 70)
    letters = [
        Box(whole.x1 / 0.3 + x, whole.y1 / 0.3 + 20, whole.x1 / 0.3 + x + 60, 210)
        for x in (20, 120, 220)
    ]
    detector = seeing(
        {COARSE: [(whole.corners(), 0.9)], FINE: [(b.corners(), 0.97) for b in letters]},
        closer_looks=0,
    )
    (found,) = detector.detect(FRAME)
    assert found.box.width == pytest.approx(whole.width / 0.15, abs=1)


def test_a_small_plate_inside_a_house_front_taken_for_one_stays() -> None:
    front, plate = Box(40, 10, 150, 120), Box(300, 200, 360, 214)
    detector = seeing(
        {COARSE: [(front.corners(), 0.9)], FINE: [(plate.corners(), 0.97)]}, closer_looks=0
    )
    assert any(d.box.width == pytest.approx(120, abs=1) for d in detector.detect(FRAME))


CLOSE = (192, 128)
"""The coarse canvas of a wide frame has the same size, so the frames below are square."""
SMALL = Box(300, 200, 330, 208)
"""60 x 16 in the frame; the closer look shows it 96 wide in the middle of its canvas."""


def closer(score: float | None) -> list[tuple[Points, float]]:
    """What the closer look at `SMALL` shows."""
    return [] if score is None else [(Box(48, 51, 144, 77).corners(), score)]


@pytest.mark.parametrize(
    ("first", "second", "is_plate"),
    [(0.35, 0.95, True), (0.35, None, False), (0.6, 0.2, False), (0.95, 0.9, True)],
)
def test_what_two_looks_say_together_counts(
    first: float, second: float | None, is_plate: bool
) -> None:
    detector = seeing({(640, 640): [(SMALL.corners(), first)], CLOSE: closer(second)})
    found = detector.detect(np.zeros((1280, 1280), np.uint8))
    assert len(found) == is_plate


def test_box_and_corners_are_those_of_the_closer_look() -> None:
    """Enlarged by 1.6: the box that the survey saw 60 wide is 96 there, and its middle is the canvas' middle."""
    detector = seeing({(640, 640): [(SMALL.corners(), 0.8)], CLOSE: closer(0.9)})
    (found,) = detector.detect(np.zeros((1280, 1280), np.uint8))
    assert found.box.width == pytest.approx(60, abs=0.5)
    assert found.box.centre == pytest.approx((630, 408), abs=1.0)
    assert bounding_box(found.corners).corners() == pytest.approx(found.box.corners(), abs=0.5)


def test_a_large_sure_plate_is_not_looked_at_again() -> None:
    plate = Box(300, 200, 390, 220)
    detector = seeing({(640, 640): [(plate.corners(), 0.95)], CLOSE: []})
    (found,) = detector.detect(np.zeros((1280, 1280), np.uint8))
    assert found.score == pytest.approx(0.95, abs=1e-3)


@pytest.mark.parametrize(("looks", "runs"), [(0, 2), (1, 3), (2, 4), (12, 5)])
def test_a_frame_takes_so_many_closer_looks_at_most(looks: int, runs: int) -> None:
    many = [(Box(10, y, 50, y + 10).corners(), 0.6) for y in (40, 140, 240)]

    def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        canvas = luma.shape[3], luma.shape[2]
        return plate_map(canvas, many if canvas == (640, 640) else [])[None]

    model = FakeModel(DETECTOR_FACTS, answer)
    PlateDetector(model, DetectSettings()).detect(np.zeros((1280, 1280), np.uint8), looks)
    assert len(model.shapes) == runs


@given(
    st.tuples(st.integers(8, 1500), st.integers(8, 1500)),
    st.tuples(*[st.floats(0, 1)] * 4),
)
def test_a_cut_out_lies_in_the_frame_and_holds_the_middle_of_its_box(
    frame_wh: tuple[int, int], place: tuple[float, float, float, float]
) -> None:
    width, height = frame_wh
    x, y = place[0] * width, place[1] * height
    box = Box(x, y, x + place[2] * (width - x), y + place[3] * (height - y))
    left, top, part, letterbox = cut_out(np.zeros((height, width), np.uint8), box)
    rows, columns = part.shape
    assert left >= 0
    assert top >= 0
    assert left + columns <= width
    assert top + rows <= height
    middle_x, middle_y = box.centre
    assert left - 1 <= middle_x <= left + columns + 1
    assert top - 1 <= middle_y <= top + rows + 1
    assert letterbox.apply(part).shape == (128, 192)


def test_two_looks_of_one_opinion_keep_it() -> None:
    assert together(0.7, 0.7) == pytest.approx(0.7)
    assert together(1.0, 1.0) < 1
    assert together(0.5, 0.9) > 0.5 > together(0.5, 0.1)
