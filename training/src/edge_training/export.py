"""Turns a trained network into what the firmware loads: an INT8 ONNX file, and a card that says what it is.

Batch normalisation is folded into the convolutions. Quantisation is static (QDQ), per channel, unsigned activations and
signed 7-bit weights (``reduce_range``): with 8 bits, the AVX2 kernels of CPUs without VNNI overflow, and that cost 4
points of accuracy where true INT8 costs none.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from edge_training.photographs import DATA_SETS

SCHEMA = "edge-alpr.model-card/1"
LICENCE = "Apache-2.0"
OPSET = 17
QUANTISATION = "static QDQ, per channel, U8S8, reduce_range (7-bit weights)"
QUANTISED = ["Conv", "Add", "Relu"]
"""The normalisation in front of the first convolution stays in floating point."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Names and free dimensions of a network's one input and its outputs."""

    input_name: str
    output_name: str
    free: Mapping[str, Mapping[int, str]]
    """For every name, which dimensions vary and what they are called."""
    more_outputs: tuple[str, ...] = ()


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, name: str, batches: Iterable[NDArray[np.uint8]]) -> None:
        self._feeds: Iterator[dict[str, NDArray[np.uint8]]] = ({name: batch} for batch in batches)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._feeds, None)


def to_onnx(net: nn.Module, example: Tensor, contract: Contract, file: Path) -> None:
    """Write ``net`` in floating point."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the older exporter is announced to go; the newer needs another package
        torch.onnx.export(
            net.eval(),
            (example,),
            str(file),
            input_names=[contract.input_name],
            output_names=[contract.output_name, *contract.more_outputs],
            dynamic_axes={name: dict(axes) for name, axes in contract.free.items()},
            opset_version=OPSET,
            dynamo=False,
        )


def quantise(
    floating: Path,
    target: Path,
    input_name: str,
    batches: Iterable[NDArray[np.uint8]],
    kept: Sequence[str] = (),
) -> None:
    """Write the INT8 form of ``floating``; the ranges of its activations are those seen in ``batches`` (min-max).

    Nodes whose names are in ``kept`` stay in floating point.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        # Symbolic shape inference only needs to see convolutions; it fails on some free dimensions.
        quant_pre_process(str(floating), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Calibration(input_name, batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            nodes_to_exclude=list(kept),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def open_session(file: Path) -> onnxruntime.InferenceSession:
    """A session on one thread that does not spin."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def cpu_milliseconds(file: Path, feed: Mapping[str, NDArray[np.uint8]], runs: int = 200) -> float:
    """Median processor time of one run on one thread."""
    session = open_session(file)
    times = []
    for k in range(runs + 20):
        start = time.process_time()
        session.run(None, dict(feed))
        if k >= 20:
            times.append(time.process_time() - start)
    return float(np.median(times)) * 1000


def data_statement(trained: Mapping[str, int], judged: Mapping[str, int]) -> list[dict[str, Any]]:
    """For the card: every data set with its licence, what it was used for, and how many plates of it."""
    rows: list[dict[str, Any]] = [
        {"name": "rendered by this project", "licence": LICENCE, "use": "train", "plates": None}
    ]
    for use, counts in (("train", trained), ("judge", judged)):
        for name, plates in counts.items():
            known = DATA_SETS[name]
            row = {
                "name": name,
                "licence": known.licence,
                "use": use,
                "plates": plates,
                "source": known.source,
            }
            rows.append(row | ({"weak_licence": True} if known.weak else {}))
    return rows


def write_card(model: Path, about: Mapping[str, Any], data: Sequence[Mapping[str, Any]]) -> Path:
    """Write ``<name>.card.json`` beside ``model``, with its size and hash.

    ``about`` holds what only the network's own exporter knows: name, task, input, output, metrics and so on.
    """
    content = model.read_bytes()
    card_file = model.with_suffix(".card.json")
    card = {
        "schema": SCHEMA,
        "name": about["name"],
        "task": about["task"],
        "version": _next_version(card_file),
        "file": model.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        **{key: value for key, value in about.items() if key not in ("name", "task")},
        "quantisation": QUANTISATION,
        "licence": LICENCE,
        "data": list(data),
    }
    card_file.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card_file


def _next_version(card_file: Path) -> str:
    """``<date>.<n>``: n counts the exports of a day."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    before = json.loads(card_file.read_text())["version"] if card_file.exists() else ""
    date, _, count = before.rpartition(".")
    return f"{today}.{int(count) + 1 if date == today else 1}"
