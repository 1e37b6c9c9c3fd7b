"""What the plates of each region look like: sizes in millimetres, rounded, and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

Bgr: TypeAlias = tuple[int, int, int]
"""A colour, each part 0..255, in blue, green, red order."""

PIXELS_PER_MM: Final = 1.2

WHITE: Final[Bgr] = (240, 243, 243)
YELLOW: Final[Bgr] = (38, 190, 245)
BLACK: Final[Bgr] = (28, 26, 24)
EU_BLUE: Final[Bgr] = (150, 52, 12)


@dataclass(frozen=True, slots=True)
class Look:
    """What a region's plate looks like. Lengths in millimetres."""

    width: int
    height: int
    letters: int
    """Height of the letters."""
    weight: float = 12.0
    """As in `glyphs.draw_text_mask`."""
    stretch: float = 1.12
    paper: Bgr = WHITE
    ink: Bgr = BLACK
    band: str = ""
    """``eu:D``, ``eu2:F`` (both ends), ``top:BRASIL``, ``state:NAME:SLOGAN`` or nothing."""
    accent: Bgr = EU_BLUE
    """Colour of the band, the header or the slogan."""


LOOKS: Final[dict[str, tuple[Look, ...]]] = {
    "eu-de": (Look(520, 110, 75, 11.5, band="eu:D"),),
    "eu-fr": (Look(520, 110, 78, 12.5, 1.05, band="eu2:F"),),
    "eu-es": (Look(520, 110, 77, 11.0, 1.08, band="eu:E"),),
    "eu-nl": (Look(520, 110, 77, 12.0, paper=YELLOW, band="eu:NL"),),
    "eu-pl": (Look(520, 114, 80, 11.0, 1.0, band="eu:PL"),),
    "gb": (Look(520, 111, 79, 16.5, 1.1), Look(520, 111, 79, 16.5, 1.1, paper=YELLOW)),
    "us-franklin": (
        Look(305, 152, 72, 12.0, 0.9, (244, 240, 236), (120, 40, 20), "state:FRANKLIN:", (40, 30, 190)),
    ),
    "us-lincoln": (
        Look(
            305, 152, 70, 12.0, 0.85, (222, 240, 246), (50, 70, 20), "state:LINCOLN:EVERGREEN HILLS",
            (70, 105, 30),
        ),
    ),
    "us-absaroka": (
        Look(
            305, 152, 74, 13.0, 0.95, (247, 232, 215), (70, 30, 25), "state:ABSAROKA:LAND OF RIVERS",
            (150, 85, 30),
        ),
    ),
    "br": (Look(400, 130, 66, 12.0, 1.06, band="top:BRASIL"),),
    "in": (Look(340, 200, 68, 12.0, 1.1),),
    "my": (Look(460, 115, 72, 12.0, 1.1, BLACK, WHITE),),
}  # fmt: skip
"""The looks of each region of `series.SERIES`; the first is a vehicle's front, the last its rear."""
