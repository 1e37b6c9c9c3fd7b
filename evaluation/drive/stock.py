"""This file picks the photographs that clips are made from: plates with a text, as many of each kind as there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge_alpr.evaluate.labels import find_folders, read_photographs

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.evaluate.labels import LabelledPlate, Photograph

SMALLEST_PX: Final = 40.0
"""A labelled plate that is less wide has nothing to show on a nearer vehicle."""


def plates_with_text(root: Path, split: str = "val") -> list[tuple[Photograph, LabelledPlate]]:
    """Every plate with a known text in that split, folders taken in turn, so that the first ones are a mixture."""
    by_folder: list[list[tuple[Photograph, LabelledPlate]]] = []
    for number, folder in enumerate(find_folders(root)):
        held = [
            (photograph, plate)
            for photograph in read_photographs(folder)
            if photograph.split == split and not photograph.is_rendered
            for plate in photograph.plates
            if plate.text is not None and plate.box.width >= SMALLEST_PX
        ]
        order = np.random.default_rng([23, number]).permutation(len(held))
        by_folder.append([held[int(place)] for place in order])
    return [
        held[turn]
        for turn in range(max(map(len, by_folder), default=0))
        for held in by_folder
        if turn < len(held)
    ]


def plate_free(root: Path) -> list[Path]:
    """Photographs in which no plate is labelled, from folders that hold nothing else.

    A picture without labels in a folder of plates may well show one that was not labelled.
    """
    return [
        photograph.path
        for folder in find_folders(root)
        if all(not one.plates for one in read_photographs(folder))
        for photograph in read_photographs(folder)
    ]
