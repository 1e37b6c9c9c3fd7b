"""Draws what could be mistaken for a plate: grilles, badges, signs, lamps, stickers, patches of the scene itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_training.detector_paste import Floats, Texture

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.geometry import Luma
    from edge_training.chance import Chance

HEIGHT = 72
"""Rows of a texture; its columns follow from its aspect."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FACES = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)


def draw_look_alike(chance: Chance, scene: Luma) -> Texture:
    """One texture that is no plate; ``scene`` is the photograph it will be put into."""
    kinds: tuple[Callable[[Chance, Luma], Texture], ...] = (
        _grille,
        _badge,
        _sign,
        _lamp,
        _window,
        _sticker,
        _patch,
        _patch,
    )
    return chance.pick(kinds)(chance, scene)


def _panel(chance: Chance, low: float, high: float) -> Floats:
    """A plain surface of random aspect with a gradient from top to bottom."""
    width = round(HEIGHT * chance.log_uniform(low, high))
    panel = np.full((HEIGHT, width), chance.uniform(10, 230), np.float32)
    panel += np.linspace(0, chance.uniform(-60, 60), HEIGHT, dtype=np.float32)[:, None]
    return panel


def _grille(chance: Chance, _scene: Luma) -> Texture:
    """Parallel bars, sometimes crossed: radiator grilles, vents, fences, shutters."""
    panel = _panel(chance, 1.0, 6.0)
    height, width = panel.shape
    bar = chance.uniform(0, 255)
    step = max(3, int(chance.uniform(0.06, 0.3) * height))
    thick = max(1, int(step * chance.uniform(0.2, 0.7)))
    upright = chance.happens(0.5)
    lean = int(chance.normal(height * 0.15)) if chance.happens(0.3) else 0
    if upright or chance.happens(0.25):
        for x in range(0, width, step):
            cv2.line(panel, (x, 0), (x + lean, height), bar, thick)
    if not upright or chance.happens(0.25):
        for y in range(0, height, step):
            cv2.line(panel, (0, y), (width, y + lean), bar, thick)
    if chance.happens(0.3):
        centre = (round(width * chance.uniform(0.3, 0.7)), height // 2)
        cv2.circle(panel, centre, round(height * chance.uniform(0.15, 0.4)), 255 - bar, -1)
    return Texture.solid(panel)


def _write(
    chance: Chance, canvas: Floats, text: str, line: tuple[float, float], ink: float
) -> None:
    """Write ``text`` between the heights ``line`` (0..1), stretched to most of the canvas' width."""
    height, width = canvas.shape
    face, thick = chance.pick(FACES), chance.pick((1, 2, 2, 3, 4))
    (w, h), base = cv2.getTextSize(text, face, 1.0, thick)
    drawn = np.zeros((h + base + 4, w + 4), np.uint8)
    cv2.putText(drawn, text, (2, h + 2), face, 1.0, 255, thick, cv2.LINE_AA)
    rows = max(3, round((line[1] - line[0]) * height))
    columns = max(4, round(width * chance.uniform(0.5, 0.95)))
    mask = cv2.resize(drawn, (columns, rows), interpolation=cv2.INTER_AREA)
    x = round((width - columns) * chance.uniform(0.1, 0.9))
    y = min(height - rows, round(line[0] * height))
    place = canvas[y : y + rows, x : x + columns]
    place += (ink - place) * (mask.astype(np.float32) / 255)


def _word(chance: Chance, low: int, high: int) -> str:
    return "".join(chance.pick(LETTERS) for _ in range(chance.whole(low, high)))


def _badge(chance: Chance, _scene: Luma) -> Texture:
    """Letters fixed to the bodywork, with nothing behind them: a model's or a maker's name."""
    width = round(HEIGHT * chance.log_uniform(2.0, 9.0))
    cover = np.zeros((HEIGHT, width), np.float32)
    _write(chance, cover, _word(chance, 3, 10), (0.1, 0.9), 1.0)
    return Texture(np.full_like(cover, chance.pick((20.0, 120.0, 230.0))), cover)


def _sign(chance: Chance, _scene: Luma) -> Texture:
    """Several lines of small writing: a shop sign, a notice, an advertisement."""
    panel = _panel(chance, 0.8, 3.5)
    ink = float(255 - panel.mean()) if chance.happens(0.8) else chance.uniform(0, 255)
    lines = chance.whole(3, 6)
    for i in range(lines):
        words = " ".join(_word(chance, 2, 9) for _ in range(chance.whole(2, 4)))
        _write(chance, panel, words, ((i + 0.15) / lines, (i + 0.75) / lines), ink)
    return Texture.solid(panel)


def _window(chance: Chance, _scene: Luma) -> Texture:
    """Panes in a frame: windows, doors, shelves, lockers."""
    panel = _panel(chance, 0.4, 2.5)
    height, width = panel.shape
    frame, thick = chance.uniform(0, 255), chance.whole(1, 5)
    across, down = chance.whole(1, 5), chance.whole(1, 4)
    for row in range(down):
        for column in range(across):
            y1, y2 = (round(height * k / down) for k in (row, row + 1))
            x1, x2 = (round(width * k / across) for k in (column, column + 1))
            panel[y1:y2, x1:x2] += chance.uniform(-50, 50)
            cv2.rectangle(panel, (x1, y1), (x2 - 1, y2 - 1), frame, thick)
    return Texture.solid(np.clip(panel, 0, 255))


def _lamp(chance: Chance, _scene: Luma) -> Texture:
    """A bright or a dark rectangle with soft insides: a lamp, a window, a reflector, an empty plate holder."""
    panel = _panel(chance, 0.8, 5.0)
    height, width = panel.shape
    panel += chance.clouds(height, width, chance.whole(2, 9)) * chance.uniform(0, 50)
    if chance.happens(0.5):
        thick = chance.whole(1, 8)
        cv2.rectangle(panel, (0, 0), (width - 1, height - 1), chance.uniform(0, 255), thick)
    if chance.happens(0.4):
        spot = (round(width * chance.uniform(0, 1)), round(height * chance.uniform(0, 1)))
        cv2.circle(panel, spot, round(height * chance.uniform(0.1, 0.5)), 255.0, -1)
        panel = cv2.GaussianBlur(panel, (0, 0), chance.uniform(1, 8)).astype(np.float32)
    return Texture.solid(np.clip(panel, 0, 255))


def _sticker(chance: Chance, _scene: Luma) -> Texture:
    """Blocks of random grey: stickers, barcodes, bricks, tiles."""
    rows, columns = chance.whole(1, 6), chance.whole(2, 24)
    low = chance.whole(0, 120)
    blocks = chance.mosaic(rows, columns, low, chance.whole(low + 20, 255))
    width = round(HEIGHT * chance.log_uniform(0.8, 5.0))
    method = cv2.INTER_NEAREST if chance.happens(0.7) else cv2.INTER_CUBIC
    drawn = cv2.resize(blocks, (width, HEIGHT), interpolation=method)
    return Texture.solid(drawn)


def _patch(chance: Chance, scene: Luma) -> Texture:
    """A piece of the photograph itself, so that the edge of a pasted rectangle alone means nothing."""
    height, width = scene.shape
    columns = min(width, chance.whole(24, 200))
    rows = min(height, max(10, round(columns / chance.log_uniform(1.2, 5.0))))
    x, y = chance.whole(0, width - columns), chance.whole(0, height - rows)
    return Texture.solid(scene[y : y + rows, x : x + columns])
