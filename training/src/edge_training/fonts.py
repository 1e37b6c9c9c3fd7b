"""Turns font files into glyph masks once, and refuses the faces that no plate could be written in."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from edge_alpr.plates import ALPHABET
from edge_training.chance import Chance

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

Mask = NDArray[np.uint8]
"""``(H, W) uint8``: 255 where there is ink."""

GLYPH_HEIGHT = 64
"""Every glyph mask is this many pixels high; its width is its own."""

STROKE_FACE = "edge-alpr strokes"
"""The project's own stroke alphabet, in which the demo and the tests are drawn."""

STROKE_SHARE = 0.04
PHRASE_FACES = 5
PREFERRED_SHARE = 0.6
"""How often a plate is lettered in one of the faces nearest to its country's dies."""

WANTED_FILES = (
    (
        "RG2014 OSP-DIN osifont routed-gothic NationalPark B612-Bold B612Mono-Bold BebasNeue Cabin-Bold "
        "CabinCondensed-Bold ClearSans-Bold DejaVuSans-Bold. DejaVuSansCondensed-Bold. "
        "DejaVuSansMono-Bold. Dosis-Bold Dosis-SemiBold GilliusADF-BoldCond. GilliusADFNo2-BoldCond. "
        "Hack-Bold. JetBrainsMono-Bold. JetBrainsMono-ExtraBold. Jura-Bold Jura-DemiBold Lato-Bold. "
        "Karla-Bold. LeagueSpartan-Bold LiberationSans-Bold. LiberationSansNarrow-Bold. mononoki-Bold. "
        "NimbusMonoPS-Bold. NimbusSans-Bold. NimbusSansNarrow-Bold. OpenSans-CondBold "
        "OpenSans-SemiboldCond Oxygen-Sans-Bold Play-Bold Roboto-Bold. Roboto-Medium. "
        "RobotoCondensed-Bold. RobotoCondensed-Regular. SwitzeraADF-Bold texgyreheroscn-bold. tiresias "
        "Tuffy_Bold. UbuntuTitle UniversalisADFStd-BoldCond. UniversalisADFStd-Cond. "
        "YanoneKaffeesatz-Bold YanoneKaffeesatz-Regular Allerta"
    )
    .lower()
    .split()
)
"""Beginnings of file names in Debian's fonts-* packages; of npm's @fontsource packages all latin 400-700 are taken."""

PREFERRED: Mapping[str, tuple[str, ...]] = {
    "us": ("RG2014B", "RG2014C", "RG2014D", "routed-gothic", "NationalPark", "barlow-condensed",
           "saira-condensed", "oswald", "overpass", "Dosis", "pt-sans-narrow", "RobotoCondensed",
           "rajdhani", "fjalla"),
    "eu": ("OSP-DIN", "osifont", "RG2014C", "RG2014D", "barlow-semi", "barlow-latin", "overpass",
           "DejaVuSansCondensed", "B612", "share-tech", "saira-semi", "Universalis", "JetBrains",
           "Hack", "bai-jamjuree", "chakra"),
    "uk": ("RG2014D", "RG2014E", "overpass", "barlow-semi", "UniversalisADFStd-Bold",
           "NimbusSansNarrow", "texgyreheroscn", "RobotoCondensed", "LiberationSansNarrow",
           "archivo-narrow"),
    "br": ("RG2014C", "RG2014D", "OSP-DIN", "routed-gothic", "osifont", "barlow", "B612", "Dosis",
           "DejaVuSansCondensed", "NimbusSansNarrow", "RobotoCondensed"),
    "in": ("RG2014D", "RG2014E", "overpass", "OSP-DIN", "barlow-semi", "DejaVuSansCondensed",
           "archivo-narrow", "NimbusSansNarrow"),
}  # fmt: skip
"""For each plate style, faces near to its dies, by the beginning of the file name."""


@dataclass(frozen=True, slots=True)
class Face:
    """One typeface as glyph masks of `GLYPH_HEIGHT`; ``aspect`` is the mean width over the height."""

    name: str
    glyphs: Mapping[str, Mask]
    aspect: float


@dataclass(frozen=True, slots=True)
class Typefaces:
    """All faces that plates are lettered in, and words drawn beside the text, as masks of any size."""

    faces: Sequence[Face]
    words: Sequence[Mask]
    strokes: Face | None
    phrases: Mapping[str, Sequence[Mask]] = field(default_factory=dict)
    """Words that are asked for by what they say, each in several faces."""

    def choose(self, chance: Chance, style: str) -> Face:
        if self.strokes is not None and chance.happens(STROKE_SHARE):
            return self.strokes
        starts = tuple(start.lower() for start in PREFERRED[style])
        near = [face for face in self.faces if face.name.lower().startswith(starts)]
        return chance.pick(near if near and chance.happens(PREFERRED_SHARE) else self.faces)

    @classmethod
    def load(
        cls, folders: Iterable[Path], words: Sequence[str], phrases: Sequence[str] = ()
    ) -> Typefaces:
        """Rasterise every wanted face below ``folders`` (about 20 s for 200 faces).

        Raises:
            FileNotFoundError: no usable face in ``folders``.
        """
        files = find_files(folders)
        faces = [face for file in files if (face := load_face(file)) is not None]
        if not faces:
            raise FileNotFoundError(f"no usable font below {[str(f) for f in folders]}")
        chance = Chance(seed=0)
        drawn = [draw_word(chance.pick(files), text) for text in (*words, *words)]
        named = {
            text: [
                mask
                for _ in range(PHRASE_FACES)
                if (mask := draw_word(chance.pick(files), text)) is not None
            ]
            for text in phrases
        }
        return cls(faces, [mask for mask in drawn if mask is not None], stroke_face(), named)


def find_files(folders: Iterable[Path]) -> list[Path]:
    """The wanted font files below ``folders``, one per file name, in a fixed order."""
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            name = file.name.lower()
            packaged = name.endswith((".ttf", ".otf")) and name.startswith(tuple(WANTED_FILES))
            upright = "talic" not in name and "blique" not in name
            web = any(
                name.endswith(f"-latin-{weight}-normal.woff") for weight in (400, 500, 600, 700)
            )
            if (packaged and upright) or web:
                found.setdefault(name, file)
    return [found[name] for name in sorted(found)]


def load_face(file: Path) -> Face | None:
    """The face in ``file``, or nothing where a plate could not be written in it.

    Refused are faces with old-style figures or small capitals (a short glyph), hairline, ultra-bold or outline faces
    (ink share), a serifed I wider than an N, and "boxed" faces, whose glyphs are white holes in black rectangles.
    """
    try:
        font = ImageFont.truetype(_open(file), 96)
        drawn = {character: _ink(font, character) for character in ALPHABET}
    except (OSError, ValueError) as error:
        log.warning("%s: %s", file.name, error)
        return None
    heights = [drawn[c].shape[0] for c in ALPHABET if c not in "QJ"]
    ink = float(np.mean([drawn[c].mean() / 255 for c in "ACEHKNSTXZ2347"]))
    corners = float(
        np.mean([drawn[c][:4, :4].mean() + drawn[c][-4:, -4:].mean() for c in "A4XCSO"])
    )
    boxed = corners > 0.8 * 510 and ink > 0.6
    uneven = min(heights) < 0.86 * max(heights)
    wide_i = drawn["I"].shape[1] > 1.2 * drawn["N"].shape[1]
    if uneven or wide_i or boxed or not 0.15 < ink < 0.72:
        return None
    return _as_face(file.name, drawn)


def stroke_face() -> Face | None:
    """The project's own alphabet (`edge_alpr.scene.glyphs`) as a face, where that module is installed."""
    if find_spec("edge_alpr.scene.glyphs") is None:
        return None
    draw = import_module("edge_alpr.scene.glyphs").draw_text_mask
    return _as_face(STROKE_FACE, {c: _crop(np.asarray(draw(c, 96))) for c in ALPHABET})


def draw_word(file: Path, text: str) -> Mask | None:
    """``text`` in 30-pixel letters as a mask, or nothing if the font cannot be read."""
    try:
        font = ImageFont.truetype(_open(file), 30)
        left, top, right, bottom = (int(v) for v in font.getbbox(text))
    except (OSError, ValueError):
        return None
    picture = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, font=font, fill=255)
    return np.asarray(picture)


def _as_face(name: str, drawn: Mapping[str, Mask]) -> Face:
    scale = GLYPH_HEIGHT / max(drawn[c].shape[0] for c in "HEB8")
    glyphs = {
        c: _scale(m, max(3, round(m.shape[1] * scale)), GLYPH_HEIGHT) for c, m in drawn.items()
    }
    aspect = float(np.mean([glyphs[c].shape[1] for c in "ABCDEHKNPRSTUXYZ23456890"])) / GLYPH_HEIGHT
    return Face(name, glyphs, aspect)


def _scale(mask: Mask, width: int, height: int) -> Mask:
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )


def _ink(font: ImageFont.FreeTypeFont, character: str) -> Mask:
    picture = Image.new("L", (220, 200))
    ImageDraw.Draw(picture).text((50, 30), character, font=font, fill=255)
    return _crop(np.asarray(picture))


def _crop(mask: Mask) -> Mask:
    """The mask without its empty border.

    Raises:
        ValueError: there is no ink in it.
    """
    rows, columns = np.nonzero(mask > 100)
    if not len(rows):
        raise ValueError("an empty glyph")
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _open(file: Path) -> io.BytesIO:
    """The font's bytes; web fonts (woff) are unpacked to plain sfnt, which Pillow can read."""
    if file.suffix != ".woff":
        return io.BytesIO(file.read_bytes())
    font = TTFont(file)
    font.flavor = None
    unpacked = io.BytesIO()
    font.save(unpacked)
    unpacked.seek(0)
    return unpacked
