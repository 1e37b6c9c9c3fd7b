"""This file says of the aiming page's numbers whether they will do, and in words what to change.

The limits are those that makers and installers publish: 2.7 pixels a stroke (Milestone), 2 at the least (AxxonSoft); 20
degrees for stated accuracy (AxxonSoft), 30 at the most (Axis); three pictures of a plate at the least (AxxonSoft); blur
under a stroke. Those of contrast and glare were chosen on rendered scenes. Pure functions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Verdict: TypeAlias = Literal["pass", "close", "fail", "unknown"]

LEAST_STROKE_PX: Final = 2.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One number's limits: ``good`` passes, ``bare`` is close; beyond it fails."""

    title: str
    unit: str
    good: float
    bare: float
    advice: str
    """What to change if it does not pass."""
    more_is_better: bool = True


RULES: Final[dict[str, Rule]] = {
    "stroke_px": Rule(
        "Strokes", "px", 2.7, LEAST_STROKE_PX,
        "The letters are too small. Zoom in, go nearer, or watch one lane only.",
    ),
    "width_px": Rule(
        "Plate width", "px", 130, 100,
        "The plate is too small in the picture. Zoom in, go nearer, or watch one lane only.",
    ),
    "blur_px": Rule(
        "Blur", "px", 2.0, 2.8,
        "Edges are soft. Turn the focus until the needle is at its best; if only moving plates are soft, "
        "shorten camera.exposure_us.", more_is_better=False,
    ),
    "angle_deg": Rule(
        "Angle", "°", 20, 30,
        "The plate is seen too much from the side or from above. Read it farther away, or mount the camera lower "
        "or nearer to the lane.", more_is_better=False,
    ),
    "contrast": Rule(
        "Contrast", "%", 0.35, 0.2,
        "Letters hardly differ from the plate. More light, an infrared lamp beside the lens, or a longer exposure.",
    ),
    "glare": Rule(
        "Glare", "%", 0.05, 0.2,
        "Part of the plate is burnt out. Less lamp, a shorter exposure, or camera.shutter: plates.",
        more_is_better=False,
    ),
    "frames": Rule(
        "Pictures in the zone", "", 5, 3,
        "A vehicle at the speed limit is gone too soon. A longer zone, a wider view along the road, or more frames "
        "a second.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One line of the page."""

    name: str
    title: str
    unit: str
    value: float | None
    limit: float
    verdict: Verdict
    advice: str
    """Empty where it passes."""


def judge(numbers: Mapping[str, float | None]) -> list[Judged]:
    """Every number against its limits, in the page's order."""
    lines = []
    for name, rule in RULES.items():
        value, good, bare = numbers.get(name), rule.good, rule.bare
        if name == "blur_px" and (stroke := numbers.get("stroke_px")) is not None:
            good, bare = max(good, 0.75 * stroke), max(bare, stroke)  # thick strokes bear more
        verdict = _verdict(value, good, bare, more=rule.more_is_better)
        advice = "" if verdict in {"pass", "unknown"} else rule.advice
        lines.append(Judged(name, rule.title, rule.unit, value, good, verdict, advice))
    return lines


def as_json(lines: list[Judged]) -> list[dict[str, Any]]:
    """For the page and the report."""
    return [asdict(line) for line in lines]


def _verdict(value: float | None, good: float, bare: float, *, more: bool) -> Verdict:
    if value is None:
        return "unknown"
    sign = 1 if more else -1
    if sign * value >= sign * good:
        return "pass"
    return "close" if sign * value >= sign * bare else "fail"
