"""Picture files: what is one, what can be wrong with one, and that it stands upright."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_alpr.capture import picture as room
from edge_alpr.capture.picture import is_picture, load_picture, to_luma
from edge_alpr.errors import SourceError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def striped() -> NDArray[np.uint8]:
    """``(20, 40, 3)``: the left half is blue, the right half red."""
    picture = np.zeros((20, 40, 3), np.uint8)
    picture[:, :20, 0] = 255
    picture[:, 20:, 2] = 255
    return picture


def jpeg_with_orientation(value: int) -> bytes:
    """A JPEG whose EXIF tag 0x0112 says how the camera was held."""
    there, encoded = cv2.imencode(".jpg", striped())
    assert there
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, value, 0)
    tiff = b"MM\x00\x2a" + struct.pack(">I", 8) + struct.pack(">H", 1) + entry + b"\0" * 4
    exif = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    plain = encoded.tobytes()
    return plain[:2] + segment + plain[2:]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", True),
        ("a.JPEG", True),
        ("a.png", True),
        ("a.mp4", False),
        ("jpg", False),
        (".png", False),
    ],
)
def test_a_picture_is_known_by_its_name(tmp_path: Path, name: str, expected: bool) -> None:
    assert is_picture(tmp_path / name) is expected


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp", ".tiff", ".ppm", ".jpg"])
def test_a_picture_comes_in_blue_green_red(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    assert cv2.imwrite(str(path), striped())
    loaded = load_picture(path)
    assert loaded.dtype == np.uint8
    assert loaded.shape == (20, 40, 3)
    for column, channel in ((5, 0), (35, 2)):
        assert loaded[10, column, channel] > 200
        assert loaded[10, column, 2 - channel] < 60


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_grey_and_16_bit_pictures_become_colour_of_8_bits(
    tmp_path: Path, depth: type[np.uint8 | np.uint16]
) -> None:
    path = tmp_path / "a.png"
    assert cv2.imwrite(str(path), np.full((9, 9), np.iinfo(depth).max // 2, depth))
    loaded = load_picture(path)
    assert loaded.shape == (9, 9, 3)
    assert loaded.dtype == np.uint8
    assert loaded.min() == loaded.max() == 127


@pytest.mark.parametrize(
    ("orientation", "blue_at"), [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")]
)
def test_a_picture_is_turned_upright(tmp_path: Path, orientation: int, blue_at: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_with_orientation(orientation))
    blue = load_picture(path)[..., 0].astype(float)
    rows, columns = blue.shape
    sides = {
        "left": blue[:, : columns // 2],
        "right": blue[:, columns // 2 :],
        "top": blue[: rows // 2],
        "bottom": blue[rows // 2 :],
    }
    assert max(sides, key=lambda side: sides[side].mean()) == blue_at


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "0 bytes"), (b"GIF89a?", "not a picture"), (b"\xff\xd8\xff", "not a picture")],
)
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=rf"a\.jpg.*{words}"):
        load_picture(path)


def test_a_missing_picture_and_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    for name in ("missing.jpg", "folder.jpg"):
        with pytest.raises(SourceError, match=rf"{name}: cannot be read"):
            load_picture(tmp_path / name)


def test_too_large_a_file_is_not_even_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_BYTES", 10)
    path = tmp_path / "a.png"
    path.write_bytes(b"x" * 11)
    with pytest.raises(SourceError, match="11 bytes; pictures up to 10 bytes"):
        load_picture(path)


def huge_png(width: int, height: int) -> bytes:
    """A small file that says it is a large picture: one bit a pixel, all black."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    rows = b"".join([packer.compress(row) for _ in range(height)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_that_is_too_large_is_refused_by_its_header(tmp_path: Path) -> None:
    """In a process of its own, since OpenCV learns the bound when it is loaded; its memory is the proof."""
    path = tmp_path / "bomb.png"
    path.write_bytes(huge_png(20_000, 20_000))
    script = (
        "import re, sys; from edge_alpr.cli import main; status = main(sys.argv[1:]);"
        # Not getrusage: that remembers the parent's memory from before exec.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024, status)"
    )
    command = [sys.executable, "-c", script, "read", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "bomb.png: a picture of more than 50 million pixels" in done.stderr
    megabytes, status = map(int, done.stdout.split())
    assert status == 1
    assert megabytes < 600, "decoded, it would take 1,200 MB"


def test_special_files_are_refused_at_once(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe.jpg", tmp_path / "zero.jpg"
    os.mkfifo(pipe)
    link.symlink_to("/dev/zero")
    for path in (pipe, link):
        with pytest.raises(SourceError, match=r"it is a pipe, a socket or a device"):
            load_picture(path)


def test_names_that_cannot_be_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="File name too long"):
        load_picture(tmp_path / ("x" * 300 + ".jpg"))
    with pytest.raises(SourceError, match="no name of a file"):
        load_picture(tmp_path / "a\0.jpg")


def test_a_name_that_is_no_utf_8_can_be_read_and_shown(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.png"))
    there, encoded = cv2.imencode(".png", striped())
    assert there
    path.write_bytes(encoded.tobytes())
    assert load_picture(path).shape == (20, 40, 3)
    path.write_bytes(b"damaged")
    with pytest.raises(SourceError) as caught:
        load_picture(path)
    assert str(caught.value).encode().startswith(f"{tmp_path}/a\\xff.png: not a".encode())


def test_luma_weighs_the_colours_as_the_eye_does() -> None:
    luma = to_luma(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8))
    assert luma.tolist() == [[29, 150, 76, 255]]
