"""Adds the firmware's own rendered road to the training photographs, since its demo and its tests are played on it."""

from __future__ import annotations

import cv2
import numpy as np

from edge_alpr.geometry import bounding_box
from edge_alpr.scene.clip import render_still
from edge_alpr.scene.light import DAY, NIGHT, mix
from edge_training.detector_window import Scene, as_row

FIRST_SEED = 700_000
"""The firmware's tests and demo use small seeds, so that no network has seen their pictures."""

VEHICLES = 4


def render_scenes(count: int) -> list[Scene]:
    """``count`` stills of one to four vehicles, from noon to night, with exact corners. About 0.8 s each."""
    scenes = []
    for k in range(count):
        light = mix(DAY, NIGHT, (0.0, 1.0, 0.5)[k % 3])
        still = render_still(FIRST_SEED + k, 1 + k % VEHICLES, light=light)
        luma = cv2.cvtColor(still.picture, cv2.COLOR_BGR2GRAY).astype(np.uint8)
        quads = np.array([p.corners for p in still.plates], np.float32)
        boxes = np.array([as_row(bounding_box(q)) for q in quads], np.float32)
        nothing = np.zeros((0, 4), np.float32)
        scenes.append(Scene(luma, boxes, quads, nothing, nothing))
    return scenes
