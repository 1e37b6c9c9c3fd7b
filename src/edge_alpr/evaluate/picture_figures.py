"""This file turns judged photographs into figures: found, read right, corners off; and by what that differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_alpr.evaluate.calibration import calibration_as_json
from edge_alpr.evaluate.share import Share, percentile, share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.evaluate.picture import PictureOutcome, PlateOutcome

HEIGHT_STEPS: Final = (12, 16, 24, 32, 48, 64)
ANGLE_STEPS: Final = (5, 15, 30)


def picture_figures(outcomes: Sequence[PictureOutcome]) -> dict[str, Any]:
    """All figures as JSON: shares with their 95 % intervals."""
    plates = [plate for outcome in outcomes for plate in outcome.plates]
    beside = sum(len(outcome.beside) for outcome in outcomes)
    complete = [outcome for outcome in outcomes if outcome.photograph.is_complete]
    claims = [
        (plate.found.confidence, plate.folded)
        for plate in plates
        if plate.found is not None and plate.label.text is not None
    ]
    return {
        "pictures": len(outcomes),
        **plate_figures(plates),
        "precision": _precision(complete).as_json(),
        "detector": {
            "recall": _total([outcome.detected for outcome in outcomes]).as_json(),
            "precision": _total([outcome.boxes_right for outcome in complete]).as_json(),
        },
        "beside_per_picture": round(beside / len(outcomes), 4) if outcomes else None,
        "calibration": calibration_as_json(claims),
        "by": {name: _by(plates, key) for name, key in GROUPS.items()},
    }


def _total(shares: Sequence[Share]) -> Share:
    return sum(shares, Share(0, 0))


def _precision(outcomes: Sequence[PictureOutcome]) -> Share:
    """Finds in the right place, of all finds."""
    right = sum(plate.located for outcome in outcomes for plate in outcome.plates)
    paired = sum(plate.found is not None for outcome in outcomes for plate in outcome.plates)
    return Share(right, paired + sum(len(outcome.beside) for outcome in outcomes))


def plate_figures(plates: Sequence[PlateOutcome]) -> dict[str, Any]:
    """Of labelled plates: recall over all, the rest over those with a known text."""
    texts = [plate for plate in plates if plate.label.text is not None]
    characters = sum(len(plate.label.text or "") for plate in texts)
    errors = [e for plate in plates if (e := plate.corner_error) is not None]
    return {
        "plates": len(plates),
        "found": share_of([plate.found is not None for plate in plates]).as_json(),
        "recall": share_of([plate.located for plate in plates]).as_json(),
        "texts": len(texts),
        "exact": share_of([plate.exact for plate in texts]).as_json(),
        "folded": share_of([plate.folded for plate in texts]).as_json(),
        "cer": round(sum(p.edits for p in texts) / characters, 4) if characters else None,
        "corner_error": {
            "n": len(errors),
            "median": _rounded(percentile(errors, 0.5)),
            "p95": _rounded(percentile(errors, 0.95)),
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _by(plates: Sequence[PlateOutcome], key: Callable[[PlateOutcome], str]) -> dict[str, Any]:
    groups: dict[str, list[PlateOutcome]] = {}
    for plate in plates:
        groups.setdefault(key(plate), []).append(plate)
    return {name: plate_figures(held) for name, held in sorted(groups.items())}


def _height(plate: PlateOutcome) -> str:
    return _class(plate.height_px, HEIGHT_STEPS, "px")


def _angle(plate: PlateOutcome) -> str:
    angle = plate.angle_deg
    return "not known" if angle is None else _class(angle, ANGLE_STEPS, "degrees")


def _class(value: float, steps: Sequence[int], unit: str) -> str:
    """The step that a value lies in, named so that names sort as values do."""
    low = 0
    for step in steps:
        if value < step:
            return f"{low:02} to {step:02} {unit}"
        low = step
    return f"{low:02} {unit} and more"


GROUPS: Final[dict[str, Callable[[PlateOutcome], str]]] = {
    "folder": lambda plate: plate.photograph.path.parent.name,
    "region": lambda plate: (plate.label.region or "not known").partition("-")[0],
    "height": _height,
    "light": lambda plate: plate.light,
    "angle": _angle,
}
"""By what plates are told apart."""


def describe(plate: PlateOutcome) -> str | None:
    """What went wrong with a plate, in words; None if nothing did. The plate is not named."""
    if plate.found is None:
        return "not found"
    if plate.label.text is None:
        return None if plate.located else "box off"
    if plate.folded:
        return None
    return "wrong length" if len(plate.text) != len(plate.label.text) else "wrong characters"
