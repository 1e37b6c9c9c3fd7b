"""Finds against labels, and the figures over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_alpr.evaluate.failures import TILE_WH, failure_tiles, sheet
from edge_alpr.evaluate.labels import LabelledPlate, Photograph
from edge_alpr.evaluate.page import Section, page
from edge_alpr.evaluate.picture import Found, judge_picture, light_of
from edge_alpr.evaluate.picture_figures import describe, picture_figures
from edge_alpr.evaluate.tables import as_text, picture_lines, picture_rows
from edge_alpr.geometry import Box

LABEL = Box(100, 100, 160, 115)


def photograph(*plates: LabelledPlate, complete: bool = True) -> Photograph:
    return Photograph(Path("set/a.png"), plates, "val", is_complete=complete)


def found(box: Box, text: str = "XK001") -> Found:
    return Found(box, box.corners(), text, 0.9)


ONE = LabelledPlate(LABEL, "XK001", LABEL.corners(), "gb")


def test_the_best_overlap_gets_the_label() -> None:
    outcome = judge_picture(photograph(ONE), [found(LABEL.shift(20, 0), "B"), found(LABEL)], "day")
    (plate,) = outcome.plates
    assert plate.exact
    assert plate.located
    assert [find.text for find in outcome.beside] == ["B"]


def test_the_detector_is_counted_whatever_the_reader_made_of_it() -> None:
    boxes = [LABEL.shift(1, 0), LABEL.shift(0, 200)]
    outcome = judge_picture(photograph(ONE), [], "day", boxes)
    figures = picture_figures([outcome])
    assert (figures["recall"]["k"], figures["detector"]["recall"]["k"]) == (0, 1)
    assert (figures["detector"]["precision"]["k"], figures["detector"]["precision"]["n"]) == (1, 2)
    assert any("detector, recall" in line for line in picture_lines(figures))


def test_a_loose_box_is_read_but_not_in_its_place() -> None:
    (plate,) = judge_picture(photograph(ONE), [found(LABEL.grow(0.4, 0.8))], "day").plates
    assert plate.exact
    assert not plate.located
    assert plate.corner_error is not None


@pytest.mark.parametrize("box", [LABEL.shift(0, 200), Box(0, 0, 640, 360)])
def test_a_box_elsewhere_or_of_another_size_is_beside(box: Box) -> None:
    outcome = judge_picture(photograph(ONE), [found(box)], "day")
    assert outcome.plates[0].found is None
    assert len(outcome.beside) == 1


def test_corner_error_is_in_plate_heights() -> None:
    (plate,) = judge_picture(photograph(ONE), [found(LABEL.shift(0, 3))], "day").plates
    assert plate.corner_error == pytest.approx(3 / 15)
    assert plate.angle_deg == pytest.approx(0.0)


def test_the_figures() -> None:
    other = LabelledPlate(LABEL.shift(200, 0), "XB0O2", None, "us-tx")
    unread = LabelledPlate(LABEL.shift(0, 100), None)
    finds = [found(LABEL), found(other.box, "XB002"), found(Box(5, 5, 40, 15), "BUS")]
    outcomes = [judge_picture(photograph(ONE, other, unread), finds, "dark")]
    outcomes.append(judge_picture(photograph(complete=False), [found(LABEL)], "day"))
    figures = picture_figures(outcomes)
    assert figures["recall"] == {"k": 2, "n": 3, "share": 0.6667, "low": 0.2077, "high": 0.9385}
    assert (figures["exact"]["k"], figures["folded"]["k"], figures["texts"]) == (1, 2, 2)
    assert figures["cer"] == pytest.approx(1 / 10)
    assert (figures["precision"]["k"], figures["precision"]["n"]) == (2, 3)
    assert set(figures["by"]["region"]) == {"gb", "us", "not known"}
    assert figures["by"]["light"]["dark"]["plates"] == 3
    assert figures["corner_error"]["n"] == 1
    assert len(picture_rows(figures)) > 5
    assert as_text(picture_rows(figures))
    assert [describe(plate) for plate in outcomes[0].plates] == [None, None, "not found"]


def test_no_photographs_give_no_figures_and_no_error() -> None:
    figures = picture_figures([])
    assert figures["exact"]["share"] is None
    assert as_text(picture_rows(figures))


@pytest.mark.parametrize(
    ("bgr", "light"), [((120, 90, 200), "day"), ((20, 30, 60), "dark"), ((99, 99, 99), "grey")]
)
def test_light_by_brightness_and_colour(bgr: tuple[int, int, int], light: str) -> None:
    assert light_of(np.full((80, 90, 3), bgr, np.uint8)) == light


def test_failures_are_cut_out_and_put_on_one_sheet() -> None:
    picture = np.full((360, 640, 3), 200, np.uint8)
    outcomes = [judge_picture(photograph(ONE), [found(LABEL, "XK007")], "day")] * 7
    tiles = failure_tiles(outcomes, lambda _: picture, most=6)
    assert len(tiles) == 6
    assert "wrong characters" in tiles[0].caption
    whole = sheet(tiles)
    assert whole is not None
    assert whole.shape == (2 * TILE_WH[1], 5 * TILE_WH[0], 3)
    assert sheet([]) is None


def test_a_report_needs_nothing_beside_it_and_escapes_what_it_shows() -> None:
    picture = np.full((360, 640, 3), 200, np.uint8)
    outcomes = [judge_picture(photograph(ONE), [found(LABEL, "XK007")], "day")]
    figures = picture_figures(outcomes)
    tiles = failure_tiles(outcomes, lambda _: picture)
    text = page(
        "A <b>",
        "x & y",
        [Section("S", picture_rows(figures), ("<i>",), figures["calibration"], tiles)],
    )
    assert "<b>" not in text
    assert "<i>" not in text
    assert 'src="data:image/png;base64,' in text
    assert "http" not in text
    assert 'name="viewport"' in text
    assert "<svg" in text
