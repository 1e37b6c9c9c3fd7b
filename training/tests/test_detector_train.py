"""The network's shape, its exported form, and that it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
import torch

from edge_training import export
from edge_training.chance import Chance
from edge_training.detector_export import CONTRACT, FromBytes, quantise
from edge_training.detector_loss import measure
from edge_training.detector_net import CHANNELS, STRIDE, DetectorNet, count_macs, normalise
from edge_training.detector_targets import Marks, assign
from edge_training.detector_train import rate_at

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.geometry import Luma


@pytest.fixture(scope="module")
def net() -> DetectorNet:
    """A network with lively batch-norm statistics, as after training."""
    torch.manual_seed(0)
    network = DetectorNet()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.7, 1.3)
    return network.eval()


def _pictures(count: int, height: int = 64, width: int = 96) -> list[Luma]:
    return [
        np.clip(Chance(20, k).clouds(height, width, 8) * 60 + 120, 0, 255).astype(np.uint8)
        for k in range(count)
    ]


def test_the_map_is_an_eighth_of_any_picture(net: DetectorNet) -> None:
    for height, width in ((64, 64), (96, 160), (384, 640)):
        raw = net(torch.zeros(1, 1, height, width))
        assert raw.shape == (1, CHANNELS, height // STRIDE, width // STRIDE)


def test_the_network_stays_within_its_budget(net: DetectorNet) -> None:
    assert 350e6 < count_macs(net) < 600e6


def test_a_new_network_says_there_is_no_plate() -> None:
    with torch.inference_mode():
        raw = DetectorNet().eval()(torch.zeros(1, 1, 64, 64))
    assert float(raw[:, 0].sigmoid().max()) < 0.2


def test_the_exported_graph_takes_bytes_of_any_size_and_agrees(
    net: DetectorNet, tmp_path: Path
) -> None:
    file = tmp_path / "detector.onnx"
    example = torch.zeros(1, 1, 64, 96, dtype=torch.uint8)
    export.to_onnx(FromBytes(net), example, CONTRACT, file)
    graph = onnx.load(file).graph
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert not [n for n in graph.node if n.op_type == "BatchNormalization"]
    session = export.open_session(file)
    for picture in (*_pictures(1), *_pictures(1, 128, 64)):
        (got,) = session.run(None, {"luma": picture[None, None]})
        with torch.inference_mode():
            wanted = net(normalise(torch.from_numpy(picture)[None, None])).numpy()
        assert np.abs(got - wanted).max() < 1e-3


def test_int8_keeps_stem_and_head_in_float_and_stays_near(net: DetectorNet, tmp_path: Path) -> None:
    floating, small = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    export.to_onnx(FromBytes(net), torch.zeros(1, 1, 64, 96, dtype=torch.uint8), CONTRACT, floating)
    pictures = _pictures(12)
    quantise(floating, small, pictures)
    assert small.stat().st_size < 0.4 * floating.stat().st_size
    graph = onnx.load(small).graph
    makers = {output: node for node in graph.node for output in node.output}
    convolutions = [n for n in graph.node if n.op_type == "Conv"]
    from_bytes = [makers[n.input[1]].op_type if n.input[1] in makers else "" for n in convolutions]
    assert from_bytes[0] == from_bytes[-1] == ""
    assert set(from_bytes[1:-1]) == {"DequantizeLinear"}
    for picture in pictures[:3]:
        feed = {"luma": picture[None, None]}
        (a,), (b,) = (export.open_session(f).run(None, feed) for f in (floating, small))
        assert np.abs(a - b).mean() < 0.1 * a.std()


def test_the_rate_climbs_and_falls() -> None:
    rates = [rate_at(seen, 100_000) for seen in range(0, 100_001, 500)]
    assert rates[0] < 0.01
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates[-1] == pytest.approx(0.01, abs=1e-6)
    peak = rates.index(max(rates))
    assert all(a >= b for a, b in zip(rates[peak:], rates[peak + 1 :], strict=False))


def test_it_learns_one_white_plate() -> None:
    """Thirty steps on one easy picture must bring every part of the loss down."""
    torch.manual_seed(1)
    luma = np.full((64, 64), 40, np.uint8)
    luma[24:36, 14:50] = 230
    box = np.array([[14, 24, 50, 36]], np.float32)
    quad = np.array([[[14, 24], [50, 24], [50, 36], [14, 36]]], np.float32)
    targets = assign([Marks(box, quad, np.array([True]))] * 2, 64, 64)
    pictures = normalise(torch.from_numpy(np.stack([luma, luma]))[:, None])
    network = DetectorNet()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    history = []
    for _ in range(30):
        losses = measure(network(pictures), targets)
        optimiser.zero_grad()
        losses.total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        history.append([float(v.detach()) for v in losses])
    assert all(last < 0.5 * first for first, last in zip(history[0], history[-1], strict=True))
