"""Accuracy figures mean what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_alpr.geometry import Box
from edge_training.photographs import LabelledPlate, Photograph
from edge_training.score import Judge, compare, judge_crop, score_all, table


def test_figures_by_hand() -> None:
    score = compare(["AB12", "OX1", "A", ""], ["AB12", "0XI", "AB", "ABCDE"])
    assert (score.n, score.exact, score.folded) == (4, 0.25, 0.5)
    assert score.cer == pytest.approx((0 + 2 + 1 + 5) / 14)


@pytest.mark.parametrize(("said", "true"), [([], []), (["A"], ["A", "B"])])
def test_nothing_to_compare_is_an_error(said: list[str], true: list[str]) -> None:
    with pytest.raises(ValueError, match="readings"):
        compare(said, true)


def test_every_crop_is_read_once_and_in_order() -> None:
    crops = np.arange(150, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 64, 192), np.uint8)
    judge = Judge(crops, tuple(str(k) for k in range(150)))
    scores = score_all(lambda batch: [str(int(c[0, 0, 0])) for c in batch], {"x": judge})
    assert scores["x"].exact == 1
    assert "x" in table(scores)


def _photograph(*, is_crop: bool) -> Photograph:
    plate = LabelledPlate(Box(40, 30, 140, 60).corners(), has_corners=False, text="AB12")
    return Photograph("x", Path("x.png"), (plate,), "val", is_crop=is_crop, is_rendered=False)


def test_a_crop_gets_no_more_margin_and_a_scene_does() -> None:
    luma = np.zeros((90, 180), np.uint8)
    luma[30:60, 40:140] = 200
    assert judge_crop(luma, _photograph(is_crop=True), 0).min() > 90
    with_scene = judge_crop(luma, _photograph(is_crop=False), 0)
    assert with_scene[0].max() == 0
    assert with_scene[32].max() == 200
