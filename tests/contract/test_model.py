"""What every `Model` must do: ONNX Runtime over a tiny network, over the shipped ones, and the fake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_alpr.vision.inference import (
    SHIPPED,
    InferenceSettings,
    Model,
    OnnxModel,
    load_model,
    read_card,
)
from fakes.model import DETECTOR_FACTS, READER_WH, FakeModel
from fakes.tiny_onnx import write_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _pytest.mark import ParameterSet
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Case:
    """A model, the size of the pictures it takes, and how many of them at once."""

    model: Model
    size_wh: tuple[int, int]
    most: int = 3


def tiny(folder: Path) -> Case:
    return Case(OnnxModel(read_card(write_model(folder)), threads=1), (6, 4))


def fake(_: Path) -> Case:
    return Case(FakeModel(DETECTOR_FACTS, lambda luma: -luma.astype(np.float32)), (6, 4))


def shipped_detector(_: Path) -> Case:
    return Case(load_model("detector", InferenceSettings(threads=1)), (320, 192), most=1)


def shipped_reader(_: Path) -> Case:
    return Case(load_model("reader", InferenceSettings(threads=1)), READER_WH)


def _shipped(case: Callable[[Path], Case], name: str) -> ParameterSet:
    missing = not (SHIPPED / f"{name}.card.json").exists()
    marks = [pytest.mark.model, pytest.mark.skipif(missing, reason=f"models/{name} is not there")]
    return pytest.param(case, marks=marks, id=f"shipped {name}")


@pytest.fixture(
    params=[
        pytest.param(tiny, id="tiny onnx"),
        pytest.param(fake, id="fake"),
        _shipped(shipped_detector, "detector"),
        _shipped(shipped_reader, "reader"),
    ]
)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    made: Case = request.param(tmp_path)
    return made


def pictures(number: int, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    shape = (number, 1, size_wh[1], size_wh[0])
    return np.random.default_rng(5).integers(0, 256, shape, np.uint8)


def test_one_answer_per_picture(case: Case) -> None:
    for number in {1, case.most}:
        answer = case.model.run(pictures(number, case.size_wh))
        assert answer.dtype == np.float32
        assert answer.shape[0] == number
        assert np.isfinite(answer).all()


def test_a_picture_is_answered_alike_alone_and_in_company(case: Case) -> None:
    several = pictures(case.most, case.size_wh)
    together = case.model.run(several)
    for n in range(case.most):
        assert case.model.run(several[n : n + 1])[0] == pytest.approx(together[n], abs=1e-3)


def test_the_picture_is_left_as_it_was(case: Case) -> None:
    luma = pictures(1, case.size_wh)
    before = luma.copy()
    case.model.run(luma)
    assert (luma == before).all()


def test_the_card_names_what_goes_in_and_out(case: Case) -> None:
    card = case.model.card
    assert card.input_name == card.facts["input"]["name"]
    assert card.output_names[0] == card.facts["output"]["name"]
    answers = case.model.run_all(pictures(1, case.size_wh))
    assert len(answers) == len(card.output_names)
    assert answers[0] == pytest.approx(case.model.run(pictures(1, case.size_wh)))
    assert len(card.sha256) == 64
