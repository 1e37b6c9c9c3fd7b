"""This file turns a picture file into pixels, or says in words why it can not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge_alpr.capture import MAX_PIXELS
from edge_alpr.capture.plain_file import open_plain, shown
from edge_alpr.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.geometry import Luma
    from edge_alpr.types import Colour

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
MAX_BYTES = 64 * 1024 * 1024
_TOO_MANY: Final = "CV_IO_MAX_IMAGE_"
"""In OpenCV's words when the size in a picture's header is over the bound: nothing was decoded yet."""


def is_picture(path: Path) -> bool:
    """Whether the name looks like a picture's."""
    return path.suffix.lower() in SUFFIXES


def load_picture(path: Path) -> Colour:
    """A picture file as ``(H, W, 3) uint8`` BGR, turned upright by its EXIF tag.

    Raises:
        SourceError: missing, unreadable, no plain file, too large, or not a picture.
    """
    name = shown(path)
    try:
        with os.fdopen(open_plain(path), "rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if size > MAX_BYTES:
                raise SourceError(
                    f"{name}: {size} bytes; pictures up to {MAX_BYTES} bytes are read"
                )
            content = np.frombuffer(opened.read(MAX_BYTES), np.uint8)
    except OSError as error:
        raise SourceError(f"{name}: cannot be read: {error.strerror}") from error
    if content.size == 0:
        raise SourceError(f"{name}: the file is empty (0 bytes)")
    try:
        picture = cv2.imdecode(content, cv2.IMREAD_COLOR)
    except cv2.error as error:
        if _TOO_MANY in error.err:
            most = f"{MAX_PIXELS // 1_000_000} million pixels"
            raise SourceError(f"{name}: a picture of more than {most}; make it smaller") from error
        raise SourceError(f"{name}: the picture cannot be decoded ({error.err})") from error
    if picture is None:
        raise SourceError(f"{name}: not a picture that can be decoded (damaged, or another format)")
    return picture.astype(np.uint8, copy=False)


def check_frame_size(capture: cv2.VideoCapture, name: str) -> None:
    """Refuse an opened video whose frames are too large, before one is decoded.

    Raises:
        SourceError: they are.
    """
    width, height = (capture.get(p) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    if width * height > MAX_PIXELS:
        most = f"{MAX_PIXELS // 1_000_000} million pixels"
        raise SourceError(f"{name}: frames of {width:.0f}x{height:.0f}; at most {most} are read")


def to_luma(colour: Colour) -> Luma:
    """``(H, W, 3)`` BGR to ``(H, W)`` brightness."""
    return cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
