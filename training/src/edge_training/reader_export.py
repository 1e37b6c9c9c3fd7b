"""Exports the reader: ONNX, INT8, scores on photographs that never trained, and its card."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from edge_alpr.plates import ALPHABET
from edge_training import export
from edge_training.crops import MARGIN_X, MARGIN_Y
from edge_training.negatives import patches_without_plates
from edge_training.photographs import for_judging
from edge_training.reader_calibrate import Ask, fit, plates_for_calibration
from edge_training.reader_judge import Verdict, judge, open_reader, reliability_of, silence
from edge_training.reader_net import (
    CLASSES,
    CROP_HEIGHT,
    CROP_WIDTH,
    ROWS,
    STEPS,
    ReaderNet,
    greedy_texts,
)
from edge_training.regions import REGIONS
from edge_training.render import training_photographs
from edge_training.samples import real_plates
from edge_training.score import Read, load_judges, score_all, table
from edge_training.store import Store
from edge_training.weights import Cycle, load_history, load_weights, parameter_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

CONTRACT = export.Contract(
    "luma",
    "logits",
    {"luma": {0: "n"}, "logits": {0: "n"}, "about": {0: "n"}},
    more_outputs=("about",),
)
HEADS = ("/head/Conv", "/about/Conv", "/about_small_print/Conv")
"""Stay in floating point: a step of 1/255 of all logits' range is a third of a logit, too coarse for a confidence."""

NO_PLATES = "openalpr-negatives"
"""A data set without a plate: whatever is read in it was not there."""

PATCHES_EACH = 4
CALIBRATION_CROPS = 512
CALIBRATION_BATCH = 16


@dataclass(frozen=True, slots=True)
class ReaderExport:
    """What to export, and where to."""

    weights: Path
    store: Path
    """Rendered crops for the calibration."""

    photographs: Path
    models: Path
    """Folder for ``reader.onnx`` and ``reader.card.json``."""


def export_reader(settings: ReaderExport) -> dict[str, Verdict]:
    """Write the model and its card; returns the INT8 verdicts that stand in it.

    The card is written twice: first as far as the firmware needs it, so that the firmware's own reader can be judged,
    then with what the judges say.
    """
    net = ReaderNet()
    net.load_state_dict(load_weights(settings.weights))
    judges = load_judges(settings.photographs)
    with tempfile.TemporaryDirectory() as folder:
        floating, model = Path(folder) / "float.onnx", Path(folder) / "reader.onnx"
        example = torch.zeros(1, 1, CROP_HEIGHT, CROP_WIDTH, dtype=torch.uint8)
        export.to_onnx(net, example, CONTRACT, floating)
        export.quantise(floating, model, "luma", _calibration(settings.store), HEADS)
        before = score_all(reading_with(floating), judges)
        feed = {"luma": next(iter(judges.values())).crops[:1]}
        costs = [export.cpu_milliseconds(file, feed) for file in (floating, model)]
        plates = plates_for_calibration(settings.photographs)
        calibration = fit(_asking(model), plates)
        about = _contract(net) | {"calibration": asdict(calibration)}
        reader = open_reader(export.write_card(model, about, []))
        verdicts = judge(reader, judges)
        silent = silence(reader, _without_plates(settings.photographs))
        shutil.copyfile(model, settings.models / model.name)
    scores = {name: verdict.score for name, verdict in verdicts.items()}
    log.info("fp32, %.2f CPU ms a crop\n%s", costs[0], table(before))
    log.info("INT8, %.2f CPU ms a crop\n%s", costs[1], table(scores))
    log.info("%s, silent to no plate: %s", calibration, silent)
    about |= {
        "metrics": {name: score.as_json() for name, score in scores.items()},
        "metrics_fp32": {name: score.as_json() for name, score in before.items()},
        "region": {name: verdict.region for name, verdict in verdicts.items() if verdict.region},
        "states": {name: verdict.states for name, verdict in verdicts.items() if verdict.states},
        "reliability": reliability_of(verdicts),
        "silence": {NO_PLATES: silent},
        "trained": _summary(load_history(settings.weights)),
    }
    judged = {name: len(judge.texts) for name, judge in judges.items()}
    data = export.data_statement(_plates_by_data_set(settings.photographs), judged)
    export.write_card(settings.models / "reader.onnx", about, data)
    return verdicts


def _contract(net: ReaderNet) -> dict[str, Any]:
    """What the firmware must know to feed the model and to take its answer."""
    return {
        "name": "reader",
        "task": "read",
        "parameters": parameter_count(net),
        "input": {
            "name": "luma",
            "dtype": "uint8",
            "layout": "N1HW",
            "height": CROP_HEIGHT,
            "width": CROP_WIDTH,
        },
        "crop": {"margin_x": MARGIN_X, "margin_y": MARGIN_Y},
        "output": {
            "name": "logits",
            "layout": "NCRT",
            "classes": CLASSES,
            "rows": ROWS,
            "steps": STEPS,
        },
        "more_outputs": [
            {"name": "about", "layout": "N(1+R)", "first": "plate", "rest": "regions"}
        ],
        "alphabet": ALPHABET,
        "regions": [name.upper() for name in REGIONS],
    }


def _asking(file: Path) -> Ask:
    session = export.open_session(file)

    def ask(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        (logits,) = session.run(["logits"], {"luma": crops})
        return np.asarray(logits, np.float32)

    return ask


def reading_with(file: Path) -> Read:
    """What an exported reader says to crops, by the best path."""
    ask = _asking(file)

    def read(crops: NDArray[np.uint8]) -> list[str]:
        return greedy_texts(torch.from_numpy(ask(crops)))

    return read


def _calibration(store: Path) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(5)
    rendered = Store(store, {"rendered": 1.0})
    for _ in range(CALIBRATION_CROPS // CALIBRATION_BATCH):
        yield rendered.draw(rng, CALIBRATION_BATCH).crops[:, None]


def _without_plates(root: Path) -> NDArray[np.uint8]:
    if not (root / NO_PLATES).is_dir():
        return np.zeros((0, 1, CROP_HEIGHT, CROP_WIDTH), np.uint8)
    return patches_without_plates(list(for_judging(root, NO_PLATES)), PATCHES_EACH)


def _plates_by_data_set(root: Path) -> dict[str, int]:
    counts = Counter(
        {
            shot.data_set: 0
            for shot in training_photographs(root)
            if any(plate.readable for plate in shot.plates)
        }
    )
    for name in counts:
        shots = [shot for shot in training_photographs(root) if shot.data_set == name]
        counts[name] = len(real_plates(shots))
    return dict(counts)


def _summary(history: list[Cycle]) -> dict[str, object]:
    summary: dict[str, object] = {
        "samples": sum(int(cycle["samples"]) for cycle in history),
        "core_seconds": sum(int(cycle["core_seconds"]) for cycle in history),
        "cycles": history,
    }
    notes = " ".join(str(cycle["note"]) for cycle in history if "note" in cycle)
    return summary | ({"note": notes} if notes else {})
