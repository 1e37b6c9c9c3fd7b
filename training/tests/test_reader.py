"""The reader's network, its losses and its training, on samples small enough for a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from edge_alpr.plates import ALPHABET
from edge_training import curves
from edge_training.reader_loss import about_loss, alignment_loss, ctc_loss
from edge_training.reader_net import (
    CLASSES,
    CROP_HEIGHT,
    CROP_WIDTH,
    ROWS,
    STEPS,
    ReaderNet,
    as_sequence,
    collapse,
    greedy_texts,
)
from edge_training.reader_train import FLOOR, ReaderTraining, augment, rate_at, train_reader
from edge_training.regions import REGIONS, admitted
from edge_training.render import fill
from edge_training.samples import Renderer
from edge_training.store import Part
from edge_training.weights import load_history, load_weights, parameter_count

if TYPE_CHECKING:
    from pathlib import Path

    from edge_training.fonts import Typefaces
    from edge_training.negatives import Backdrop


def _classes(*texts: str) -> torch.Tensor:
    rows = [[ALPHABET.index(c) + 1 for c in text] + [0] * (12 - len(text)) for text in texts]
    return torch.tensor(rows)


def _saying(text: str, steps: list[int], sureness: float = 12.0) -> torch.Tensor:
    """Logits ``(1, 37, 2, 48)`` that say each character of ``text`` at its step and blank elsewhere."""
    logits = torch.zeros(1, CLASSES, ROWS, STEPS)
    logits[:, 0] = sureness
    for character, step in zip(text, steps, strict=True):
        row, column = divmod(step, STEPS)
        logits[0, 0, row, column] = 0
        logits[0, ALPHABET.index(character) + 1, row, column] = sureness
    return logits


def test_the_network_keeps_its_contract() -> None:
    net = ReaderNet().eval()
    crops = torch.randint(0, 256, (2, 1, CROP_HEIGHT, CROP_WIDTH), dtype=torch.uint8)
    with torch.inference_mode():
        logits, about = net(crops)
    assert logits.shape == (2, CLASSES, ROWS, STEPS)
    assert about.shape == (2, 1 + len(REGIONS))
    assert parameter_count(net) == 1_390_751


def test_exposure_and_contrast_do_not_change_a_reading() -> None:
    net = ReaderNet().eval()
    crop = torch.rand(1, 1, CROP_HEIGHT, CROP_WIDTH) * 60 + 20
    with torch.inference_mode():
        assert torch.allclose(net(crop)[0], net(crop * 2 + 30)[0], atol=1e-3)


def test_bytes_and_floats_are_normalised_alike() -> None:
    """Bytes go by whole numbers, so that every processor rounds alike."""
    crops = torch.randint(0, 256, (3, 1, CROP_HEIGHT, CROP_WIDTH), dtype=torch.uint8)
    crops[1] //= 40
    crops[2] = 255
    normalise = ReaderNet().normalise
    assert torch.allclose(normalise(crops), normalise(crops.float()), atol=2e-3)


def test_a_flat_crop_is_not_amplified() -> None:
    almost_flat = torch.full((1, 1, CROP_HEIGHT, CROP_WIDTH), 90.0)
    almost_flat[..., ::2] += 1
    assert ReaderNet().normalise(almost_flat).abs().max() < 0.1


def test_collapse_is_the_ctc_rule() -> None:
    assert collapse([0, 11, 11, 0, 11, 12, 0, 0]) == "AAB"
    assert collapse([0, 0, 0]) == ""


def test_two_rows_are_read_one_after_the_other() -> None:
    assert greedy_texts(_saying("AB12", [10, 20, STEPS + 10, STEPS + 20])) == ["AB12"]


def test_ctc_loss_is_low_for_the_truth_only() -> None:
    sequence = as_sequence(_saying("AB12", [5, 15, 25, 35]))
    true, wrong = (float(ctc_loss(sequence, _classes(t))) for t in ("AB12", "AB13"))
    assert true < 0.05
    assert wrong > 1


def test_an_empty_text_asks_for_blanks() -> None:
    nothing, something = as_sequence(_saying("", [])), as_sequence(_saying("AB12", [5, 15, 25, 35]))
    assert float(ctc_loss(nothing, _classes(""))) < 0.05
    assert float(ctc_loss(something, _classes(""))) > 1


def _about(plate: float, likely: str) -> torch.Tensor:
    about = torch.zeros(1, 1 + len(REGIONS))
    about[0, 0] = plate
    about[0, 1 + REGIONS.index(likely)] = 9
    return about


@pytest.mark.parametrize(
    ("label", "taught"), [("de", False), ("eu", False), ("fr", True), ("us", True)]
)
def test_a_region_is_wrong_only_if_its_label_rules_it_out(label: str, taught: bool) -> None:
    loss = about_loss(_about(9, "de"), _classes("AB1"), torch.from_numpy(admitted([label])))
    assert (float(loss) > 0.1) == taught


def test_nothing_is_learnt_of_a_region_that_nobody_knows() -> None:
    unknown = torch.from_numpy(admitted([""]))
    assert float(about_loss(_about(9, "de"), _classes("AB1"), unknown)) < 1e-3
    assert float(about_loss(_about(-9, "de"), _classes(""), unknown)) < 1e-3


def test_a_plate_that_is_none_and_the_reverse_cost() -> None:
    unknown = torch.from_numpy(admitted([""]))
    assert float(about_loss(_about(9, "de"), _classes(""), unknown)) > 0.5
    assert float(about_loss(_about(-9, "de"), _classes("AB1"), unknown)) > 0.5


def test_alignment_loss_wants_characters_at_their_places() -> None:
    sequence = as_sequence(_saying("AB1", [5, 15, 25]))
    there = torch.tensor([[5, 15, 25] + [-1] * 9])
    beside = torch.tensor([[8, 18, 28] + [-1] * 9])
    texts = _classes("AB1")
    assert (
        float(alignment_loss(sequence, texts, there))
        < float(alignment_loss(sequence, texts, beside)) - 5
    )


def test_alignment_loss_can_do_without_places() -> None:
    unknown = torch.full((1, 12), -1)
    assert torch.isfinite(alignment_loss(as_sequence(_saying("A", [3])), _classes("A"), unknown))


def test_the_rate_climbs_and_falls() -> None:
    assert rate_at(0) < 0.1
    assert rate_at(0.03) == pytest.approx(1, abs=0.01)
    assert rate_at(1) == pytest.approx(FLOOR)
    assert rate_at(1.2) == pytest.approx(FLOOR)


def test_augmentation_keeps_the_shape_and_the_input() -> None:
    crops = np.random.default_rng(1).integers(0, 256, (32, CROP_HEIGHT, CROP_WIDTH), dtype=np.uint8)
    before = crops.copy()
    changed = augment(crops, np.random.default_rng(2))
    assert changed.shape == (32, 1, CROP_HEIGHT, CROP_WIDTH)
    assert np.array_equal(crops, before)
    assert not np.array_equal(changed[:, 0].numpy(), before)


@pytest.fixture(scope="module")
def store(
    tmp_path_factory: pytest.TempPathFactory, faces: Typefaces, backdrops: list[Backdrop]
) -> Path:
    folder = tmp_path_factory.mktemp("store")
    fill(Part(folder, "rendered-0", 96), Renderer(faces, backdrops, 1).make, 96)
    return folder


def _training(store: Path, run: Path, samples: int) -> ReaderTraining:
    return ReaderTraining(
        store=store,
        run=run,
        start=None,
        samples=samples,
        batch=16,
        rate=2e-3,
        aligned=10_000,
        photographed=0.25,
        judges=None,
        score_every=64,
        threads=1,
        seed=1,
    )


def test_training_learns_resumes_and_leaves_its_traces(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_training.reader_train.FIRST_SAMPLES", 50)
    train_reader(_training(store, tmp_path, 192))
    train_reader(_training(store, tmp_path, 320))
    rows = curves.read(tmp_path / "log.jsonl")
    assert [row["samples"] for row in rows] == [64, 128, 192, 256, 320]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert (tmp_path / "curve.png").stat().st_size > 1000
    (cycle,) = load_history(tmp_path / "weights.pt")
    assert cycle["samples"] == 320
    ReaderNet().load_state_dict(load_weights(tmp_path / "weights.pt"))
    assert (tmp_path / "weights.pt").stat().st_size < 4_000_000


def test_too_many_photographs_are_refused(store: Path, tmp_path: Path) -> None:
    settings = _training(store, tmp_path, 64)
    with pytest.raises(ValueError, match="by heart"):
        train_reader(
            ReaderTraining(
                **{n: getattr(settings, n) for n in settings.__slots__} | {"photographed": 0.5}
            )
        )
