"""Exports the detector: ONNX that takes luma as bytes, INT8 inside, with its threshold, its scores and its card.

Two layers stay in float. The stem, because an INT8 kernel gains nothing from one input channel (measured: 3.5 ms
instead of 0.6). And the head, because its 13 channels differ in range by an order of magnitude and would share one
step of 1/255.
"""

from __future__ import annotations

import copy
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from edge_alpr.vision.inference import OnnxModel
from edge_training import export
from edge_training.chance import Chance
from edge_training.detector_net import CHANNELS, LEVEL, SPREAD, STRIDE, Block, DetectorNet
from edge_training.detector_score import (
    Judged,
    Score,
    best_threshold,
    card_for,
    detect_all,
    load_judges,
    score_all,
    table,
)
from edge_training.detector_train import Material, load_material
from edge_training.detector_widths import score_widths
from edge_training.detector_window import WINDOW
from edge_training.photographs import LabelledPlate
from edge_training.scenes import Picture, compose
from edge_training.weights import load_history, load_weights, parameter_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from edge_alpr.geometry import Luma

log = logging.getLogger(__name__)

CONTRACT = export.Contract(
    "luma", "raw", {"luma": {2: "height", 3: "width"}, "raw": {2: "rows", 3: "columns"}}
)
QUANTISED = ["Conv", "Add", "Relu", "Resize"]
CALIBRATION_PICTURES = 256
THRESHOLD_PICTURES = 1500
PREFERRED = (640, 384)
"""Width and height of the picture that the cost is measured on: 16:9 at 640."""

SEED = 77
"""Pictures for calibration and threshold are others than the training's."""


@dataclass(frozen=True, slots=True)
class DetectorExport:
    """What to export, and where to."""

    weights: Path
    photographs: Path
    """Root of the data sets: the train splits calibrate, what never trained judges."""

    fonts: tuple[Path, ...]
    models: Path
    """Folder for ``detector.onnx`` and ``detector.card.json``."""

    reviewed: Path | None = None
    """Plates on the judging photographs that nobody labelled, see `load_judges`."""

    threshold: float | None = None
    """Score that a plate needs. None: where composed pictures balance, which is on the side of recall."""


class FromBytes(nn.Module):
    """The network as it is shipped: luma ``(1, 1, H, W) uint8``, 0..255, in; batch norm folded, the spread too."""

    def __init__(self, net: DetectorNet) -> None:
        super().__init__()
        self.net = copy.deepcopy(net).eval()
        for block in [m for m in self.net.modules() if isinstance(m, Block)]:
            convolution, norm = block[0], block[1]
            assert isinstance(convolution, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            block[0] = fuse_conv_bn_eval(convolution, norm)
            block[1] = nn.Identity()
        stem = self.net.stem[0]
        assert isinstance(stem, nn.Conv2d)
        stem.weight.data /= SPREAD

    def forward(self, luma: Tensor) -> Tensor:
        raw: Tensor = self.net(luma.float() - LEVEL)
        return raw


def export_detector(settings: DetectorExport) -> dict[str, Score]:
    """Write the model and its card; returns the INT8 scores that stand in it."""
    net = DetectorNet()
    net.load_state_dict(load_weights(settings.weights))
    material = load_material(settings.photographs, settings.fonts)
    model = settings.models / "detector.onnx"
    with tempfile.TemporaryDirectory() as folder:
        floating = Path(folder) / "detector.onnx"
        width, height = PREFERRED
        example = torch.zeros(1, 1, height, width, dtype=torch.uint8)
        export.to_onnx(FromBytes(net), example, CONTRACT, floating)
        pictures = [p.luma for p in _pictures(material, CALIBRATION_PICTURES, first=0)]
        quantise(floating, model, pictures)
        unseen = _judged(_pictures(material, THRESHOLD_PICTURES, first=CALIBRATION_PICTURES))
        threshold = settings.threshold or best_threshold(
            unseen, detect_all(_open(model), unseen, side=WINDOW)
        )
        judges = load_judges(settings.photographs, reviewed=settings.reviewed)
        before = score_all(_open(floating), judges, threshold)
        feed = {"luma": _sample(judges)}
        costs = [export.cpu_milliseconds(file, feed) for file in (floating, model)]
    scores = score_all(_open(model), judges, threshold)
    scores |= score_widths(_open(model), judges, threshold)
    log.info("threshold %.2f", threshold)
    log.info("fp32, %.2f CPU ms a picture\n%s", costs[0], table(before))
    log.info("INT8, %.2f CPU ms a picture\n%s", costs[1], table(scores))
    history = load_history(settings.weights)
    about = {
        "name": "detector",
        "task": "detect",
        "parameters": parameter_count(net),
        "input": {
            "name": "luma",
            "dtype": "uint8",
            "layout": "N1HW",
            "height": None,
            "width": None,
            "multiple": 32,
            "preferred": list(PREFERRED),
        },
        "output": {"name": "raw", "layout": "NCHW", "stride": STRIDE, "channels": CHANNELS},
        "threshold": threshold,
        "float_layers": ["stem", "head"],
        "unlabelled_plates_left_out": sum(len(p.unlabelled) for j in judges.values() for p in j),
        "metrics": {name: score.as_row() for name, score in scores.items()},
        "metrics_fp32": {name: score.as_row() for name, score in before.items()},
        "trained": {
            "pictures": sum(int(cycle["pictures"]) for cycle in history),
            "core_seconds": sum(int(cycle["core_seconds"]) for cycle in history),
            "cycles": history,
        },
    }
    judged = {name: sum(len(p.plates) for p in pictures) for name, pictures in judges.items()}
    export.write_card(model, about, export.data_statement(material.plates, judged))
    return scores


def quantise(floating: Path, target: Path, pictures: Sequence[Luma]) -> None:
    """Write the INT8 form of ``floating``, ranges by min and max over ``pictures``, each ``(H, W) uint8``."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(floating), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Calibration(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            nodes_to_exclude=_float_nodes(prepared),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Hands calibration pictures to ONNX Runtime, one at a time."""

    def __init__(self, pictures: Sequence[Luma]) -> None:
        self._rest: Iterator[Luma] = iter(pictures)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        picture = next(self._rest, None)
        return None if picture is None else {CONTRACT.input_name: picture[None, None]}


def _float_nodes(file: Path) -> list[str]:
    """Names of the first convolution, its activation, and the last convolution."""
    nodes = onnx.load(file).graph.node
    convolutions = [n for n in nodes if n.op_type == "Conv"]
    first, last = convolutions[0], convolutions[-1]
    after = next(n for n in nodes if first.output[0] in n.input)
    return [first.name, after.name, last.name]


def _open(file: Path) -> OnnxModel:
    return OnnxModel(card_for(file), threads=1)


def _pictures(material: Material, count: int, first: int) -> list[Picture]:
    return [compose(Chance(SEED, first + k), material.scenes, material.props) for k in range(count)]


def _judged(pictures: Sequence[Picture]) -> list[Judged]:
    """The pictures in which every plate is one that can be asked for."""
    return [
        Judged(
            p.luma,
            tuple(LabelledPlate(_quad(b), has_corners=False, text=None) for b in p.marks.boxes),
        )
        for p in pictures
        if p.marks.learn.all()
    ]


def _quad(box: NDArray[np.float32]) -> NDArray[np.float32]:
    x1, y1, x2, y2 = box
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)


def _sample(judges: dict[str, list[Judged]]) -> NDArray[np.uint8]:
    """One photograph at the preferred size, to measure the cost on."""
    width, height = PREFERRED
    luma = next(iter(judges.values()))[0].luma
    return np.ascontiguousarray(np.resize(luma, (height, width)))[None, None]
