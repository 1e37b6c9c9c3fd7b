"""This file writes models/README.md from the model cards: ``python -m evaluation.cards > models/README.md``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent.parent / "models"

HEAD = """\
# Models

Our own networks, trained by [training/](../training/README.md), run by ONNX Runtime on the processor. A model is loaded
only if its SHA-256 is that of its card (`*.card.json`), which says how it is fed, what it was trained on under which
licence, and how well it does. The figures below are from the cards; photographs behind them were never trained on.

**Intended use**: finding and reading licence plates in pictures of road traffic on a roadside unit, with several frames
voting and a person comparing before anything is done. **Not** for use without that person. A single read can be wrong
with a high score; look-alikes (0/O, 1/I, 8/B, 5/S, 2/Z) are the commonest way.
"""

COLUMNS = {
    "pictures": "how many photographs",
    "plates": "how many plates are labelled on them",
    "n": "how many plates are labelled with their text; the reader is given them cut out along the label",
    "ap50": "average precision over all thresholds; a detection is right if it overlaps the label by IoU 0.5",
    "recall": "share of the labelled plates that are found at the card's threshold",
    "precision": "share of what is found at that threshold that is labelled; an unlabelled plate counts as wrong",
    "found": "of the pictures with one plate: share where the best detection lies on it, whatever its score",
    "mean_iou": "mean overlap of the found plates with their labels",
    "cornered": "how many found plates have labelled corners",
    "corner_error": "median distance of their corners from the labels, as a share of the plate's height",
    "false_per_picture": "detections at the threshold that are no labelled plate, per picture",
    "exact": "share of the texts that are right to the last character",
    "folded": "the same with O taken as 0 and I as 1",
    "cer": "wrong, missing and extra characters as a share of all",
}
"""What the columns mean, for those who did not train the networks. Shares are 0 to 1."""


STATE_COUNTS = ("n", "guessed", "named", "right")
"""What a reader's card counts of each US state."""


def page(cards: list[dict[str, Any]]) -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_section(card) for card in cards)])


def _section(card: dict[str, Any]) -> str:
    lines = [
        f"## {card['name']}",
        "",
        (
            f"`{card['file']}`, version {card['version']}, {card['bytes'] / 1000:.0f} kB, "
            f"{card['parameters'] / 1e6:.2f} M parameters, {card['licence']}"
        ),
        "",
        f"SHA-256 `{card['sha256']}`",
        "",
        f"Quantisation: {card['quantisation']}",
        "",
        *_metrics(card["metrics"]),
        "",
        *_meanings(card["metrics"]),
        "",
        *_origins(card),
        *_data(card["data"]),
        "",
    ]
    return "\n".join(lines)


def _origins(card: dict[str, Any]) -> list[str]:
    """Of a reader: how far it can tell where plates are from. Nothing of another network."""
    if "region" not in card:
        return []
    lines = [
        f"- {name}: {_percent(found['country'])} of {found['n']} in the right country by the best guess; "
        f"{_percent(found['named'])} named, {_percent(found['right_of_named'])} of the names right"
        for name, found in card["region"].items()
    ]
    for name, states in card.get("states", {}).items():
        total = {key: sum(state[key] for state in states.values()) for key in STATE_COUNTS}
        each = ", ".join(
            f"{state.removeprefix('US-')} {found['guessed']}/{found['n']}"
            for state, found in states.items()
        )
        lines.append(
            f"- US states, {name}: the best guess is right for {total['guessed']} of {total['n']} plates, "
            f"{total['named']} are named and {total['right']} of the names right. Right of all: {each}."
        )
    return [
        "Where a plate is from (a region is named if its score is 0.5 or more):",
        "",
        *lines,
        "",
    ]


def _percent(share: float) -> str:
    return f"{share:.0%}"


def columns_of(metrics: dict[str, Any]) -> list[str]:
    """The columns of a card's table, in their order."""
    rows = [figures for figures in metrics.values() if isinstance(figures, dict)]
    return list(dict.fromkeys(key for figures in rows for key in figures))


def _meanings(metrics: dict[str, Any]) -> list[str]:
    return [f"- {name}: {COLUMNS[name]}" for name in columns_of(metrics) if name in COLUMNS]


def _metrics(metrics: dict[str, Any]) -> list[str]:
    rows = {name: figures for name, figures in metrics.items() if isinstance(figures, dict)}
    columns = columns_of(metrics)
    return [
        "| photographs | " + " | ".join(columns) + " |",
        "|---|" + "--:|" * len(columns),
        *(
            f"| {name} | " + " | ".join(_shown(figures.get(column)) for column in columns) + " |"
            for name, figures in rows.items()
        ),
    ]


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def _data(data: list[dict[str, Any]]) -> list[str]:
    return [
        "| data | use | licence | plates |",
        "|---|---|---|--:|",
        *(
            f"| {item['name']} | {item['use']} | {item.get('licence', '-')} | {_shown(item.get('plates'))} |"
            for item in data
        ),
    ]


if __name__ == "__main__":
    found = sorted(MODELS.glob("*.card.json"))
    print(page([json.loads(path.read_text(encoding="utf-8")) for path in found]))
