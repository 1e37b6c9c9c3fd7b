"""What is exported says the same as what was trained, and its card tells the truth about the file."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from edge_training import export
from edge_training.reader_export import CONTRACT
from edge_training.reader_net import ReaderNet
from edge_training.samples import Renderer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_training.fonts import Typefaces
    from edge_training.negatives import Backdrop


@pytest.fixture(scope="module")
def crops(faces: Typefaces, backdrops: list[Backdrop]) -> NDArray[np.uint8]:
    make = Renderer(faces, backdrops, 3).make
    return np.stack([make(k).crop[4:68, 8:200] for k in range(32)])[:, None]


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory, crops: NDArray[np.uint8]
) -> tuple[ReaderNet, Path, Path]:
    torch.manual_seed(1)
    net = ReaderNet()
    with (
        torch.no_grad()
    ):  # batch norm learns its statistics, so that folding it has something to do
        for _ in range(3):
            net.train()(torch.from_numpy(crops))
    folder = tmp_path_factory.mktemp("models")
    floating, model = folder / "float.onnx", folder / "reader.onnx"
    export.to_onnx(net, torch.zeros(1, 1, 64, 192, dtype=torch.uint8), CONTRACT, floating)
    export.quantise(floating, model, "luma", [crops[k : k + 8] for k in range(0, 32, 8)])
    return net.eval(), floating, model


def _run(file: Path, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    (logits,) = export.open_session(file).run(["logits"], {"luma": crops})
    return np.asarray(logits, np.float32)


def test_floating_point_is_the_network(
    files: tuple[ReaderNet, Path, Path], crops: NDArray[np.uint8]
) -> None:
    net, floating, _ = files
    with torch.inference_mode():
        expected, _ = (out.numpy() for out in net(torch.from_numpy(crops)))
    assert np.allclose(_run(floating, crops), expected, atol=1e-3)


def test_int8_is_near_it_and_a_quarter_of_the_size(
    files: tuple[ReaderNet, Path, Path], crops: NDArray[np.uint8]
) -> None:
    _, floating, model = files
    exact, rounded = _run(floating, crops), _run(model, crops)
    assert rounded.shape == exact.shape
    assert np.abs(rounded - exact).mean() < 0.1 * exact.std()
    assert model.stat().st_size < 0.3 * floating.stat().st_size


def test_both_outputs_are_exported(
    files: tuple[ReaderNet, Path, Path], crops: NDArray[np.uint8]
) -> None:
    net, floating, model = files
    (about,) = export.open_session(floating).run(["about"], {"luma": crops})
    with torch.inference_mode():
        assert np.allclose(about, net(torch.from_numpy(crops))[1].numpy(), atol=1e-3)
    names = [output.name for output in export.open_session(model).get_outputs()]
    assert names == ["logits", "about"]


def test_any_number_of_crops_at_a_time(
    files: tuple[ReaderNet, Path, Path], crops: NDArray[np.uint8]
) -> None:
    _, _, model = files
    one_by_one = np.concatenate([_run(model, crops[k : k + 1]) for k in range(4)])
    assert np.allclose(_run(model, crops[:4]), one_by_one, atol=1e-4)


def test_the_card_describes_the_file(tmp_path: Path) -> None:
    model = tmp_path / "reader.onnx"
    model.write_bytes(b"weights")
    about = {"name": "reader", "task": "read", "alphabet": "AB"}
    data = export.data_statement({"us-plates": 5}, {"openalpr-eu": 7})
    card = json.loads(export.write_card(model, about, data).read_text())
    assert card["schema"] == "edge-alpr.model-card/1"
    assert card["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert (card["file"], card["bytes"], card["alphabet"]) == ("reader.onnx", 7, "AB")
    by_name = {row["name"]: row for row in card["data"]}
    assert by_name["us-plates"]["weak_licence"] is True
    assert by_name["openalpr-eu"]["use"] == "judge"


def test_exports_of_a_day_are_counted(tmp_path: Path) -> None:
    model = tmp_path / "reader.onnx"
    model.write_bytes(b"weights")
    about = {"name": "reader", "task": "read"}
    versions = [
        json.loads(export.write_card(model, about, []).read_text())["version"] for _ in range(3)
    ]
    assert [v.rpartition(".")[2] for v in versions] == ["1", "2", "3"]
