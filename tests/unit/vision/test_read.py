"""The reader: CTC decoding, crops, and what is not worth a read, with a network that is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_alpr.errors import ModelError
from edge_alpr.geometry import Box
from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_alpr.types import Detection
from edge_alpr.vision.read import PlateReader, ReadSettings, decode, sharpness, softmax
from fakes.model import READER_FACTS, READER_WH, FakeModel, text_logits
from strategies.reads import texts


def detection_of(box: Box) -> Detection:
    return Detection(box, box.corners(), 0.9)


def silent_reader(**settings: Any) -> PlateReader:
    def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([text_logits("")] * len(luma))

    return PlateReader(FakeModel(READER_FACTS, answer), ReadSettings(**settings))


# ------------------------------------------------------------------ decoding


@given(texts, st.floats(0.6, 0.999))
def test_a_map_made_from_a_text_gives_the_text_back(text: str, sureness: float) -> None:
    read = decode(text_logits(text, sureness=sureness))
    assert read.text == text
    assert read.scores.shape == (len(text), len(ALPHABET))
    assert read.scores.sum(axis=1) == pytest.approx(np.ones(len(text)), abs=1e-5)
    assert [ALPHABET[k] for k in read.scores.argmax(axis=1)] == list(text)
    assert 0 < read.score <= 1


@given(texts, st.floats(0.6, 0.9))
def test_a_surer_network_gives_a_higher_score(text: str, sureness: float) -> None:
    surer = decode(text_logits(text, sureness=sureness + 0.09))
    assert surer.score > decode(text_logits(text, sureness=sureness)).score


def _steps(*classes: int) -> NDArray[np.float32]:
    """``(37, 1, T)``: a network that is nearly certain of these classes, step by step."""
    logits = np.full((37, 1, len(classes)), -10, np.float32)
    logits[list(classes), 0, range(len(classes))] = 10
    return logits


A, B, C = (1 + ALPHABET.index(c) for c in "ABC")


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ((A, A, A), "A"),
        ((A, 0, A), "AA"),
        ((A, B, A), "ABA"),
        ((0, A, A, 0, 0, B, 0), "AB"),
    ],
)
def test_repeats_are_one_character_unless_a_blank_is_between(
    steps: tuple[int, ...], text: str
) -> None:
    assert decode(_steps(*steps)).text == text


def test_the_second_row_is_read_after_the_first() -> None:
    upper, lower = _steps(0, A, 0), _steps(0, B, 0)
    assert decode(np.concatenate([upper, lower], axis=1)).text == "AB"


def test_a_character_nearly_seen_between_two_others_lowers_the_score() -> None:
    certain = _steps(A, 0, B)
    doubtful = certain.copy()
    doubtful[C, 0, 1] = 9.5  # almost as likely as the blank
    assert decode(doubtful).text == decode(certain).text == "AB"
    assert decode(doubtful).score < 0.7 < decode(certain).score


@pytest.mark.parametrize("text", ["", "A" * (MAX_LENGTH + 1)])
def test_nothing_and_too_much_are_no_text(text: str) -> None:
    read = decode(text_logits(text))
    assert (read.text, read.scores.shape, read.score) == ("", (0, 36), 0.0)


def test_softmax_of_large_numbers_is_finite() -> None:
    shares = softmax(np.array([[1e4, 0, -1e4], [0, 0, 0]], np.float32))
    assert shares == pytest.approx(np.array([[1, 0, 0], [1 / 3] * 3]), abs=1e-6)


# ------------------------------------------------------------------ crops


def test_a_crop_has_the_readers_size_and_the_cards_margin() -> None:
    """A white plate of 100 x 30 on black: the margin of 7 % and 10 % is what is black around it."""
    luma = np.zeros((100, 200), np.uint8)
    luma[40:70, 50:150] = 255
    crop = silent_reader().crop(luma, detection_of(Box(50, 40, 150, 70)))
    width, height = READER_WH
    assert crop.shape == (height, width)
    across, down = (crop > 127).mean(axis=1).max(), (crop > 127).mean(axis=0).max()
    assert across == pytest.approx(1 / 1.14, abs=2 / width)
    assert down == pytest.approx(1 / 1.20, abs=2 / height)


def test_reads_come_in_the_order_of_the_crops_from_one_run() -> None:
    """The fake says A to a dark crop and B to a bright one."""

    def answer(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([text_logits("A" if crop.mean() < 128 else "B") for crop in luma])

    model = FakeModel(READER_FACTS, answer)
    reader = PlateReader(model, ReadSettings())
    luma = np.zeros((60, 200), np.uint8)
    luma[:, 100:] = 255
    left, right = detection_of(Box(10, 10, 80, 40)), detection_of(Box(115, 10, 185, 40))
    assert [r.text for r in reader.read(luma, [right, left, right])] == ["B", "A", "B"]
    assert model.shapes == [(3, 1, READER_WH[1], READER_WH[0])]


def test_no_crop_needs_no_run() -> None:
    model = FakeModel(READER_FACTS, lambda _: np.zeros(0, np.float32))
    assert PlateReader(model, ReadSettings()).read(np.zeros((9, 9), np.uint8), []) == []
    assert model.shapes == []


# ------------------------------------------------------------------ the plate as a whole


def describing_reader(about: list[float], **card: Any) -> PlateReader:
    """A reader that reads AB1 and has this to say of the crop: "a plate", then Germany and Texas."""
    facts = {
        **READER_FACTS,
        "more_outputs": [{"name": "about"}],
        "regions": ["de", "us-tx"],
        **card,
    }
    model = FakeModel(
        facts,
        lambda luma: np.stack([text_logits("AB1")] * len(luma)),
        more=[lambda luma: np.array([about] * len(luma), np.float32)],
    )
    return PlateReader(model, ReadSettings())


CROP = np.zeros((READER_WH[1], READER_WH[0]), np.uint8)


def test_a_read_names_its_regions_best_first() -> None:
    (read,) = describing_reader([4.0, 0.0, 2.0]).read_crops([CROP])
    assert read.text == "AB1"
    assert [name for name, _ in read.regions] == ["US-TX", "DE"]
    assert sum(score for _, score in read.regions) == pytest.approx(1)
    assert read.not_a_plate == pytest.approx(1 / (1 + np.exp(4.0)), rel=1e-4)


def test_what_is_no_plate_has_no_text_and_says_why() -> None:
    (read,) = describing_reader([-3.0, 0.0, 2.0]).read_crops([CROP])
    assert (read.text, read.regions, read.confidence) == ("", (), None)
    assert read.not_a_plate > 0.9


def test_a_calibrated_reader_is_confident_and_another_is_not() -> None:
    curve = {"temperature": 1.0, "slope": 1.0, "offset": -1.0}
    (calibrated,) = describing_reader([4.0, 0.0, 0.0], calibration=curve).read_crops([CROP])
    (plain,) = describing_reader([4.0, 0.0, 0.0]).read_crops([CROP])
    assert plain.confidence is None
    assert calibrated.score == plain.score
    assert calibrated.confidence is not None
    assert 0 < calibrated.confidence < calibrated.score


def test_a_temperature_makes_the_reader_less_sure() -> None:
    logits = text_logits("AB1", sureness=0.95)
    warm, cool = decode(logits, temperature=2.0), decode(logits)
    assert warm.text == cool.text
    assert warm.score < cool.score


@pytest.mark.parametrize(("height", "worth"), [(7.9, False), (8.0, True), (40.0, True)])
def test_too_low_a_plate_is_not_worth_a_read(height: float, worth: bool) -> None:
    reader = silent_reader(min_height_px=8)
    assert reader.can_read(detection_of(Box(0, 0, 100, height))) is worth


def test_blur_lowers_sharpness_and_contrast_does_not() -> None:
    fine = np.random.default_rng(2).integers(0, 200, (64, 192)).astype(np.uint8)
    coarse = np.kron(fine[::8, ::8], np.ones((8, 8))).astype(np.uint8)
    assert sharpness(coarse) < 0.3 * sharpness(fine)
    assert sharpness((fine // 2 + 40).astype(np.uint8)) == pytest.approx(sharpness(fine), rel=0.05)
    assert sharpness(np.full((64, 192), 7, np.uint8)) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"task": "detect"},
        {"alphabet": ALPHABET[:10]},
        {"crop": {}},
        {"input": {"name": "x"}},
        {"calibration": {}},
    ],
)
def test_a_card_of_something_else_is_refused(change: dict[str, Any]) -> None:
    model = FakeModel({**READER_FACTS, **change}, lambda _: np.zeros(1, np.float32))
    with pytest.raises(ModelError, match="card"):
        PlateReader(model, ReadSettings())
