"""This file turns judged clips into figures: passes read right, missed, told twice, and by what that differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_alpr.evaluate.calibration import calibration_as_json
from edge_alpr.evaluate.share import percentile, share_of
from edge_alpr.plates import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.evaluate.judge import ClipOutcome, Verdict

SLOW_MPS: Final = 8.0
FAST_MPS: Final = 15.0
FRAME_STEPS: Final = (5, 10, 20, 1_000_000)
CONTRAST_STEPS: Final = (8, 12, 20, 40)
ANGLE_STEPS: Final = (10.0, 20.0, 30.0, 45.0, 90.0)


def pass_figures(outcomes: Sequence[ClipOutcome]) -> dict[str, Any]:
    """All figures as JSON: shares with their 95 % intervals.

    ``passes`` are those with enough readable frames (`judge.ENOUGH_FRAMES`); the rest are counted as ``hard``.
    """
    verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    asked = [verdict for verdict in verdicts if verdict.counts]
    hard = [verdict for verdict in verdicts if not verdict.counts]
    seconds = sum(outcome.clip.seconds for outcome in outcomes)
    strays = sum(len(outcome.strays) for outcome in outcomes)
    claims = [(v.told.confidence, v.folded) for v in asked if v.told is not None]
    return {
        "clips": len(outcomes),
        "hours": round(seconds / 3600, 3),
        "passes": _summary(asked),
        "hard": _summary(hard),
        "false_events": {
            "n": strays,
            "per_hour": round(strays * 3600 / seconds, 2) if seconds else None,
        },
        "stayed_once": share_of(
            [v.stayed_once for o in outcomes if o.clip.kind == "parked" for v in o.verdicts]
        ).as_json(),
        "latency_s": latency(asked),
        "calibration": calibration_as_json(claims),
        "by": {name: _by(asked, key) for name, key in GROUPS.items()},
    }


def _summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    told = [v for v in verdicts if v.told is not None]
    tried = [v for v in verdicts if v.single is not None or v.told is not None]
    wrong_voted = sum(not v.folded for v in verdicts)
    wrong_single = sum(not v.single_folded for v in verdicts)
    return {
        "n": len(verdicts),
        "one_event": share_of([v.told is not None and not v.again for v in verdicts]).as_json(),
        "told": share_of([v.told is not None for v in verdicts]).as_json(),
        "exact": share_of([v.exact for v in verdicts]).as_json(),
        "folded": share_of([v.folded for v in verdicts]).as_json(),
        "folded_of_told": share_of([v.folded for v in told]).as_json(),
        "duplicates": sum(len(v.again) for v in verdicts),
        "evidence": share_of([bool(v.evidence) for v in told]).as_json(),
        "ambiguous": share_of([v.told.ambiguous for v in told if v.told is not None]).as_json(),
        "single_folded": share_of([v.single_folded for v in verdicts]).as_json(),
        "single_folded_of_found": share_of([v.single_folded for v in tried]).as_json(),
        "fewer_errors": round(1 - wrong_voted / wrong_single, 3) if wrong_single else None,
        "direction": share_of(
            [
                v.told.direction == v.truth.direction
                for v in told
                if v.told is not None and v.told.direction is not None and not v.truth.parked
            ]
        ).as_json(),
    }


def latency(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    """Seconds of the clip from the last readable frame to the event; vehicles that stand are left out."""
    times = [v.latency_s for v in verdicts if v.latency_s is not None and not v.truth.parked]
    shares = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    found = {name: percentile(times, share) for name, share in shares.items()}
    return {name: None if value is None else round(value, 2) for name, value in found.items()}


def _by(verdicts: Sequence[Verdict], key: Callable[[Verdict], str]) -> dict[str, Any]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(key(verdict), []).append(verdict)
    return {
        name: {
            "told": share_of([v.told is not None for v in held]).as_json(),
            "folded": share_of([v.folded for v in held]).as_json(),
            "single_folded": share_of([v.single_folded for v in held]).as_json(),
        }
        for name, held in sorted(groups.items())
    }


def _speed(verdict: Verdict) -> str:
    speed = verdict.truth.speed_mps
    if verdict.truth.parked:
        return "0 parked"
    if speed is None:
        return "unknown"
    return "1 slow" if speed < SLOW_MPS else "2 medium" if speed < FAST_MPS else "3 fast"


def _angle(verdict: Verdict) -> str:
    angle = verdict.truth.angle_deg
    if angle is None:
        return "unknown"
    return f"under {next((s for s in ANGLE_STEPS if angle < s), 90.0):02.0f} degrees"


def _contrast(verdict: Verdict) -> str:
    contrast = verdict.truth.contrast
    if contrast is None:
        return "unknown"
    most = next((step for step in CONTRAST_STEPS if contrast < step), None)
    return f"under {most:02} x noise" if most else f"{CONTRAST_STEPS[-1]} x noise and more"


def _frames(verdict: Verdict) -> str:
    count = len(verdict.truth.readable)
    most = next(step for step in FRAME_STEPS if count <= step)
    return "more than 20" if most == FRAME_STEPS[-1] else f"at most {most:02}"


GROUPS: Final[dict[str, Callable[[Verdict], str]]] = {
    "light": lambda v: v.truth.light or "unknown",
    "speed": _speed,
    "angle": _angle,
    "lane": lambda v: v.truth.lane or "unknown",
    "direction": lambda v: v.truth.direction or "unknown",
    "contrast": _contrast,
    "readable frames": _frames,
    "source": lambda v: v.truth.source or "unknown",
}
"""By what passes are told apart."""


def describe(verdict: Verdict) -> str | None:
    """What went wrong with a pass, in words; None if nothing did. The plate is not named."""
    if verdict.told is None:
        return "missed"
    if verdict.again:
        return f"told {1 + len(verdict.again)} times"
    if not verdict.folded:
        said, true = fold(verdict.told.text), fold(verdict.truth.text)
        return "wrong length" if len(said) != len(true) else "wrong characters"
    if not verdict.evidence:
        return "picture of something else"
    return None


def stray_lines(outcome: ClipOutcome) -> list[str]:
    """The false events of a clip, each with its place, for those who want to look."""
    return [
        f"false: {stray.text} {stray.confidence:.2f} in {outcome.clip.name} frame {stray.frame}, "
        f"{stray.box.width:.0f}x{stray.box.height:.0f} at {stray.box.x1:.0f},{stray.box.y1:.0f}"
        for stray in outcome.strays
    ]
