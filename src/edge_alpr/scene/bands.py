"""Draws what stands on a plate beside its text: blue bands with stars, headers, hills and slogans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.scene.glyphs import draw_text_mask
from edge_alpr.scene.looks import PIXELS_PER_MM, WHITE, YELLOW

if TYPE_CHECKING:
    from edge_alpr.scene.glyphs import Mask
    from edge_alpr.scene.looks import Bgr, Look
    from edge_alpr.types import Colour


def draw_band(picture: Colour, look: Look) -> tuple[float, float, float, float]:
    """The band's decoration; returns what is left for the text: left, top, right, bottom in pixels."""
    height, width = picture.shape[:2]
    margin = 8 * PIXELS_PER_MM
    kind, _, words = look.band.partition(":")
    if kind in ("eu", "eu2"):
        band = round(42 * PIXELS_PER_MM)
        picture[:, :band] = look.accent
        _draw_stars(picture, band / 2, height * 0.34, band * 0.27)
        _centre(picture, words, (band / 2, height * 0.78), round(height * 0.2), WHITE)
        if kind == "eu2":
            picture[:, width - band :] = look.accent
            cv2.circle(
                picture, (width - band // 2, round(height * 0.3)), band // 4, YELLOW, 2, cv2.LINE_AA
            )
            return band + margin, 0, width - band - margin, height
        return band + margin, 0, width - margin, height
    if kind == "top":
        band = round(30 * PIXELS_PER_MM)
        picture[:band] = look.accent
        _centre(picture, words, (width / 2, band / 2 + 1), round(band * 0.52), WHITE)
        flag = (round(width - band * 1.6), round(band * 0.2))
        size = (round(band * 1.1), round(band * 0.65))
        picture[flag[1] : flag[1] + size[1], flag[0] : flag[0] + size[0]] = (60, 140, 30)
        disc(picture, flag[0] + size[0] / 2, flag[1] + size[1] / 2, size[1] * 0.33, (40, 200, 240))
        return margin, band, width - margin, height
    if kind == "state":
        return _draw_state(picture, words, look)
    return margin, 0, width - margin, height


def _draw_state(picture: Colour, words: str, look: Look) -> tuple[float, float, float, float]:
    """A header with the state's name above, hills and a slogan below."""
    height, width = picture.shape[:2]
    name, _, slogan = words.partition(":")
    top, bottom = round(height * 0.24), round(height * 0.83)
    fade = np.linspace(1.0, 0.0, round(height * 0.5), dtype=np.float32)[:, None, None]
    upper = picture[: len(fade)]
    tint = np.array(look.accent, np.float32) * 0.45 + 255 * 0.55
    upper[:] = (upper * (1 - 0.6 * fade) + tint * 0.6 * fade).astype(np.uint8)
    x = np.arange(width + 1)
    ridge = height * 0.66 - 14 * np.sin(x / 27.0) - 9 * np.sin(x / 11.0 + 1) + 10 * np.cos(x / 60.0)
    hills = np.concatenate([np.stack([x, ridge], 1), [[width, height], [0, height]]])
    pale = tuple(int(0.13 * a + 0.87 * p) for a, p in zip(look.accent, look.paper, strict=True))
    cv2.fillPoly(picture, [np.round(hills).astype(np.int32)], pale, cv2.LINE_AA)
    _centre(picture, name, (width / 2, height * 0.125), round(height * 0.145), look.accent)
    if slogan:
        _centre(picture, slogan, (width / 2, height * 0.9), round(height * 0.085), look.accent)
    for side in (0.06, 0.94):
        disc(picture, width * side, height * 0.12, height * 0.035, (120, 120, 118))
    margin = 12 * PIXELS_PER_MM
    return margin, top, width - margin, bottom


def _centre(picture: Colour, text: str, at: tuple[float, float], height: int, colour: Bgr) -> None:
    x, y = at
    mask = draw_text_mask(text, height, weight=13, gap=12)
    ink(picture, mask, round(x - mask.shape[1] / 2), round(y - height / 2), colour)


def _draw_stars(picture: Colour, x: float, y: float, radius: float) -> None:
    for angle in np.arange(12) * (2 * np.pi / 12):
        disc(picture, x + radius * np.cos(angle), y + radius * np.sin(angle), 2.6, (50, 215, 250))


def ink(picture: Colour, mask: Mask, x: int, y: int, colour: Bgr) -> None:
    part = picture[y : y + mask.shape[0], x : x + mask.shape[1]]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
    part[:] = np.round(part * (1 - share) + np.array(colour, np.float32) * share).astype(np.uint8)


def disc(picture: Colour, x: float, y: float, radius: float, colour: Bgr) -> None:
    centre = (round(x * 16), round(y * 16))
    cv2.circle(picture, centre, round(radius * 16), colour, -1, cv2.LINE_AA, 4)
