"""Does to a picture what lens and sensor do: defocus, movement, exposure, noise, sharpening, JPEG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from edge_training.chance import Chance, Field
    from edge_training.fonts import Mask


def record(luma: Field, chance: Chance, plate_height: float, *, harsh: bool = True) -> Mask:
    """A scene's luma as a camera hands it over, ``(H, W) uint8``.

    Args:
        luma: ``(H, W) float32``, 0..255.
        chance: where the random numbers come from.
        plate_height: of one line of text with its margin, in pixels; blur is measured by it.
        harsh: also night, glare and heavy blur; switched off for photographs, which have their own.
    """
    picture = _bloom(luma, chance, plate_height / 30) if harsh else luma
    picture = _focus(picture, chance, plate_height / 30, harsh=harsh)
    picture = np.clip(picture, 0, 255) / np.float32(255)
    picture = _expose(picture, chance, harsh=harsh)
    if chance.happens(0.6):
        deviation = (
            chance.uniform(0.003, 0.025)
            if chance.happens(0.85)
            else chance.uniform(0.025, 0.07 if harsh else 0.03)
        )
        deviation *= max(0.25, float(picture.mean()) + 0.1)
        picture = picture + chance.noise(*picture.shape) * deviation
    recorded = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if chance.happens(0.12):  # sharpened by the camera
        soft = cv2.GaussianBlur(recorded, (0, 0), 1.2)
        recorded = cv2.addWeighted(recorded, 1.8, soft, -0.8, 0).astype(np.uint8, copy=False)
    if chance.happens(0.65 if harsh else 0.5):
        quality = chance.whole(25 if harsh else 30, 92)
        _, packed = cv2.imencode(".jpg", recorded, [cv2.IMWRITE_JPEG_QUALITY, quality])
        unpacked = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
        assert unpacked is not None, "what was just packed can be unpacked"
        recorded = unpacked.astype(np.uint8, copy=False)
    return recorded


def _bloom(picture: Field, chance: Chance, scale: float) -> Field:
    """Light that spills from what is bright: a reflecting ground or letters in headlights or infrared."""
    if not chance.happens(0.07):
        return picture
    bright = np.maximum(picture - np.float32(chance.uniform(90, 190)), 0)
    spilt = cv2.GaussianBlur(bright, (0, 0), max(0.5, chance.uniform(0.8, 3.0) * scale))
    seen: Field = picture + spilt.astype(np.float32) * np.float32(chance.uniform(0.4, 1.1))
    return seen


def _focus(picture: Field, chance: Chance, scale: float, *, harsh: bool) -> Field:
    if chance.happens(0.6 if harsh else 0.4):
        heavy = harsh and chance.happens(0.15)
        radius = (chance.uniform(0.8, 1.6) if heavy else chance.uniform(0.2, 1.0)) * scale
        picture = cv2.GaussianBlur(picture, (0, 0), max(0.25, radius)).astype(
            np.float32, copy=False
        )
    if chance.happens(0.18 if harsh else 0.1):
        streak = _streak(chance, max(2, round(chance.uniform(1.5, 4) * scale)))
        picture = cv2.filter2D(picture, -1, streak).astype(np.float32, copy=False)
    return picture


def _streak(chance: Chance, length: int) -> Field:
    """The kernel of a movement by ``length`` pixels, mostly sideways."""
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    angle = chance.uniform(-0.4, 0.4) if chance.happens(0.6) else chance.uniform(0, math.pi)
    dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
    start, end = (round(length - dx), round(length - dy)), (round(length + dx), round(length + dy))
    cv2.line(kernel, start, end, 1.0, 1)
    return kernel / np.float32(kernel.sum())


def _expose(picture: Field, chance: Chance, *, harsh: bool) -> Field:
    if chance.happens(0.5):
        picture = np.power(picture, np.float32(math.exp(chance.uniform(-0.7, 0.7))))
    if chance.happens(0.5):
        picture = picture * chance.uniform(0.45, 1.25) + chance.uniform(-0.08, 0.15)
    if harsh and chance.happens(0.09):  # night
        picture = picture * chance.uniform(0.12, 0.4)
    if harsh and chance.happens(0.06):  # a retroreflective plate in headlights or infrared
        picture = picture * chance.uniform(1.3, 2.0)
    return picture
