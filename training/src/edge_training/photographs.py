"""Reads labelled photographs, and refuses for training what their licence or their role as judges forbids.

A data set is a folder of JPEG images and a ``labels.jsonl``, one object a line, with ``image``, ``plates`` (``box``,
``corners``, ``text``), ``split`` and optionally ``crop`` and ``synthetic``. No photograph is part of this repository.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from edge_alpr.geometry import Box, Luma, Points
from edge_alpr.plates import ALPHABET, MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Purpose = Literal["train", "judge"]


class LicenceError(ValueError):
    """A data set was asked for something that it may not be used for."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """What is known of one collection; both ends up in the model cards."""

    licence: str
    use: Purpose
    """``train``: its train split trains, its val split judges. ``judge``: nothing of it ever trains."""

    source: str
    weak: bool = False
    """The licence is what the repository states, but the stater gathered the photographs from the web."""


DATA_SETS: Mapping[str, DataSet] = {
    "romania": DataSet("MIT", "train", "RobertLucian/license-plate-dataset"),
    "openimages-plates": DataSet(
        "CC-BY-4.0, images CC-BY-2.0", "train", "TechKhid/LicensePlateDetection"
    ),
    "experiment-plates": DataSet("MIT", "train", "chirag-agrawal24/ANPR", weak=True),
    "egypt-moto": DataSet(
        "CC-BY-4.0", "train", "telattar/Egyptian-motorcycle-license-plate-dataset"
    ),
    "malaysia": DataSet("CC-BY-4.0", "train", "nadeemcodes/Malaysia_Delloyd_Assignment1"),
    "poland-2acholsk": DataSet("MIT", "train", "2acholsk1/car_license_plates_recognizer"),
    "iwpod-corners": DataSet("MIT", "train", "claudiojung/iwpod-net"),
    "openlpr": DataSet(
        "Apache-2.0", "train", "faisalthaheem/open-lpr-dataset-plate-detection", weak=True
    ),
    "us-plates": DataSet("MIT", "train", "andreasparas1/plate-classification", weak=True),
    "openalpr-eu": DataSet("AGPL-3.0", "judge", "openalpr/train-detector"),
    "openalpr-br": DataSet("AGPL-3.0", "judge", "openalpr/train-detector"),
    "openalpr-eu-2line": DataSet("AGPL-3.0", "judge", "openalpr/train-detector"),
    "openalpr-negatives": DataSet("AGPL-3.0", "judge", "openalpr/train-detector"),
}


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """One plate in a photograph."""

    quad: Points
    """``(4, 2) float32``: its corners, or those of its box where no corners were labelled."""

    has_corners: bool
    text: str | None
    """A-Z and 0-9, two lines from top to bottom; None where unknown, unreadable or in another script."""

    region: str | None = None

    @property
    def readable(self) -> bool:
        """Whether the text can be learnt or scored."""
        return (
            self.text is not None
            and 3 <= len(self.text) <= MAX_LENGTH
            and set(self.text) <= set(ALPHABET)
        )


@dataclass(frozen=True, slots=True)
class Photograph:
    """One labelled image of a data set."""

    data_set: str
    path: Path
    plates: tuple[LabelledPlate, ...]
    split: str
    is_crop: bool
    """The image is a plate with a little margin (up to about 10 %), not a scene."""

    is_rendered: bool
    """Mixed in by the source, not a photograph at all."""

    def luma(self) -> Luma:
        """The image in grey, ``(H, W) uint8``.

        Raises:
            OSError: it cannot be read.
        """
        luma = cv2.imread(str(self.path), cv2.IMREAD_GRAYSCALE)
        if luma is None:
            raise OSError(f"cannot read {self.path}")
        return luma.astype(np.uint8, copy=False)


def for_training(root: Path, name: str) -> Iterator[Photograph]:
    """The photographs of a data set that may train: its train split, and only if its licence allows.

    Raises:
        LicenceError: the data set is for judging only, or nobody has written down what it may be used for.
    """
    known = DATA_SETS.get(name)
    if known is None:
        raise LicenceError(f"{name}: no licence is recorded in DATA_SETS, so it cannot be used")
    if known.use != "train":
        raise LicenceError(
            f"{name}: {known.licence}, judges only; a shipped model must not depend on it"
        )
    return (p for p in _read(root / name) if p.split == "train" and not p.is_rendered)


def for_judging(root: Path, name: str) -> Iterator[Photograph]:
    """The photographs of a data set that never trained: its val split, or all of it if it is for judging only.

    Raises:
        LicenceError: nobody has written down what the data set may be used for.
    """
    known = DATA_SETS.get(name)
    if known is None:
        raise LicenceError(f"{name}: no licence is recorded in DATA_SETS, so it cannot be used")
    everything = known.use == "judge"
    return (p for p in _read(root / name) if not p.is_rendered and (everything or p.split == "val"))


def _read(folder: Path) -> Iterator[Photograph]:
    with (folder / "labels.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Photograph(
                data_set=folder.name,
                path=folder / row["image"],
                plates=tuple(_plate(plate) for plate in row["plates"]),
                split=row["split"],
                is_crop=bool(row.get("crop")),
                is_rendered=bool(row.get("synthetic")),
            )


def _plate(row: Mapping[str, object]) -> LabelledPlate:
    corners, text, region = row.get("corners"), row.get("text"), row.get("region")
    if corners:
        quad = np.array(corners, np.float32)
    else:
        box = np.array(row["box"], np.float64)
        quad = Box(*(float(v) for v in box)).corners()
    return LabelledPlate(
        quad,
        has_corners=bool(corners),
        text=str(text) if text else None,
        region=str(region) if region else None,
    )
