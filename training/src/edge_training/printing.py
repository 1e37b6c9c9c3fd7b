"""Prints what stands above and below a plate's text: the state and its motto, stickers, a town."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_training import ornaments
from edge_training.states import STATES

if TYPE_CHECKING:
    from edge_training.chance import Chance, Field
    from edge_training.fonts import Typefaces

STATE_OF = {f"us-{state.code}": state for state in STATES}

TOP, BELOW = (0.02, 0.08), (0.81, 0.87)
"""Where a line of print begins, as a share of the plate's height."""


def print_state(
    canvas: Field, chance: Chance, faces: Typefaces, ink_level: float, region: str
) -> None:
    """A North American plate's print: the state (any word where ``region`` is none), its motto, stickers."""
    height, width = canvas.shape
    state = STATE_OF.get(region)
    name = chance.pick((state.name, state.name.upper())) if state else None
    motto = state.motto if state and chance.happens(0.7) else None
    own = chance.uniform(0, 255)  # the state's name is often in another colour
    level = own if chance.happens(0.3) else ink_level + chance.uniform(-20, 60)
    for_name, for_motto = (BELOW, TOP) if chance.happens(0.15) else (TOP, BELOW)
    if chance.happens(0.93):
        ornaments.word(
            canvas, chance, faces, _line(canvas, chance, for_name, (0.1, 0.2), phrase=name), level
        )
    if chance.happens(0.75):
        spot = _line(canvas, chance, for_motto, (0.08, 0.15), phrase=motto)
        ornaments.word(canvas, chance, faces, spot, ink_level + chance.uniform(-20, 80))
    for x, y in ((0.08, 0.1), (0.92, 0.1), (0.08, 0.88), (0.92, 0.88)):
        if chance.happens(0.3):
            ornaments.sticker(canvas, chance, faces, width * x, height * y)


def print_town(
    canvas: Field, chance: Chance, faces: Typefaces, ink_level: float, style: str
) -> None:
    """A South American plate's town or country, on a strip of its own or not; rarely a word under a long plate."""
    height, width = canvas.shape
    if style == "br":
        if chance.happens(0.35):
            canvas[: int(height * chance.uniform(0.15, 0.24))] = chance.uniform(40, 120)
            spot = _line(canvas, chance, (0.03, 0.03), (0.13, 0.13), wide=0.5)
            ornaments.word(canvas, chance, faces, spot, 230)
        elif chance.happens(0.9):
            spot = _line(canvas, chance, (0.03, 0.08), (0.09, 0.16), wide=0.8)
            ornaments.word(canvas, chance, faces, spot, ink_level)
    elif width > 2.6 * height and chance.happens(0.12):
        spot = _line(canvas, chance, (0.9, 0.93), (0.08, 0.08), wide=0.5)
        ornaments.word(canvas, chance, faces, spot, ink_level)


def _line(
    canvas: Field,
    chance: Chance,
    top: tuple[float, float],
    tall: tuple[float, float],
    *,
    phrase: str | None = None,
    wide: float = 0.75,
) -> ornaments.Spot:
    """Room for a line of print near the plate's middle."""
    height, width = canvas.shape
    return ornaments.Spot(
        width * chance.uniform(0.42, 0.58),
        height * chance.uniform(*top),
        height * chance.uniform(*tall),
        width * wide,
        phrase,
    )
