"""Planes of a buffer back to the colours that were put in, with and without padding."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_alpr.capture.planes import colour_of, luma_of
from edge_alpr.errors import SourceError

WIDTH, HEIGHT = 64, 38  # half of the height is odd: the planes do not end with a row of the buffer
COLOURS = {"red": (20, 30, 220), "yellow": (40, 210, 230), "grey": (128, 128, 128)}


def buffer_of(layout: str, bgr: tuple[int, int, int], padding: int) -> NDArray[np.uint8]:
    pixel = np.full((1, 1, 3), bgr, np.uint8)
    luma, red, blue = (int(v) for v in cv2.cvtColor(pixel, cv2.COLOR_BGR2YCrCb)[0, 0])
    stride = WIDTH + padding
    buffer = np.full((HEIGHT * 3 // 2, stride), 7, np.uint8)
    buffer[:HEIGHT, :WIDTH] = luma
    if layout == "NV12":
        buffer[HEIGHT:, :WIDTH:2], buffer[HEIGHT:, 1:WIDTH:2] = blue, red
    else:
        flat = buffer[HEIGHT:].reshape(-1)
        half = flat.size // 2
        flat[:half], flat[half:] = blue, red
    return buffer


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize("layout", ["YUV420", "NV12"])
@pytest.mark.parametrize("bgr", COLOURS.values(), ids=COLOURS)
def test_colours_come_back(layout: str, bgr: tuple[int, int, int], padding: int) -> None:
    picture = colour_of(buffer_of(layout, bgr, padding), (WIDTH, HEIGHT), layout)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(picture.astype(int) - bgr).max() <= 3


def test_brightness_is_a_copy_without_the_padding() -> None:
    buffer = buffer_of("NV12", (128, 128, 128), 32)
    luma = luma_of(buffer, (WIDTH, HEIGHT))
    assert luma.shape == (HEIGHT, WIDTH)
    assert (luma == 128).all()
    assert luma.flags.c_contiguous
    assert not np.shares_memory(luma, buffer)


def test_another_layout_is_refused() -> None:
    with pytest.raises(SourceError, match=r"MJPEG.*camera\.colour: false"):
        colour_of(buffer_of("NV12", (1, 2, 3), 0), (WIDTH, HEIGHT), "MJPEG")
