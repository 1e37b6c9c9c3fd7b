"""This file writes a report as one HTML file that needs nothing beside it and is readable on a telephone.

Pictures are put into the page itself. A page with failures shows photographs and their texts: treat it like them.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #2a8a4a; --bad: #c03a2a; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.tiles { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
figure { margin: 0; } figure img { border: 1px solid var(--line); max-width: 100%; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } pre { overflow-x: auto; }
svg { max-width: 22rem; width: 100%; }
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """One failure to look at."""

    png: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a table, lines of text, a reliability picture and failures, each if there are any."""

    title: str
    rows: list[list[str]]
    lines: tuple[str, ...] = ()
    calibration: dict[str, Any] | None = None
    tiles: tuple[Tile, ...] = ()


def page(title: str, lead: str, sections: list[Section]) -> str:
    """The whole page."""
    body = "\n".join(_section(section) for section in sections)
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(lead)}</p>\n{body}\n</body></html>\n"
    )


def write_page(path: Path, text: str) -> None:
    """Into a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _section(section: Section) -> str:
    parts = [f"<h2>{html.escape(section.title)}</h2>"]
    if section.lines:
        parts.append(f"<pre>{html.escape(chr(10).join(section.lines))}</pre>")
    if section.rows:
        parts.append(_table(section.rows))
    if section.calibration is not None and section.calibration["bins"]:
        parts.append(reliability_picture(section.calibration))
    if section.tiles:
        parts.append('<div class="tiles">' + "".join(map(_tile, section.tiles)) + "</div>")
    return "\n".join(parts)


def _table(rows: list[list[str]]) -> str:
    head, *body = rows

    def line(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

    inner = "\n".join(line(row, "td") for row in body)
    return f'<div class="wide"><table>{line(head, "th")}\n{inner}</table></div>'


def _tile(tile: Tile) -> str:
    data = base64.b64encode(tile.png).decode("ascii")
    caption = html.escape(tile.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def reliability_picture(calibration: dict[str, Any]) -> str:
    """An SVG: what was claimed across, what came true up, with intervals; the diagonal is honesty."""

    def x(value: float) -> float:
        return round(20 + 200 * value, 1)

    def y(value: float) -> float:
        return round(220 - 200 * value, 1)

    marks = []
    for held in calibration["bins"]:
        across, right = x(held["claimed"]), held["right"]
        marks.append(
            f'<line x1="{across}" x2="{across}" y1="{y(right["low"])}" y2="{y(right["high"])}" '
            f'stroke="currentColor" opacity=".5"/>'
            f'<circle cx="{across}" cy="{y(right["share"])}" r="4" fill="#2a7ad0"/>'
        )
    return (
        '<svg viewBox="0 0 240 240" role="img" aria-label="claimed confidence against what came true">'
        '<rect x="20" y="20" width="200" height="200" fill="none" stroke="currentColor" opacity=".4"/>'
        '<line x1="20" y1="220" x2="220" y2="20" stroke="currentColor" stroke-dasharray="4"/>'
        + "".join(marks)
        + '<text x="120" y="236" font-size="10" text-anchor="middle" fill="currentColor">claimed</text>'
        '<text x="4" y="120" font-size="10" fill="currentColor" transform="rotate(-90 10 120)">right</text>'
        "</svg>"
    )
