"""Figures over judged clips."""

from __future__ import annotations

import pytest

from edge_alpr.evaluate.judge import ClipOutcome, Told, judge_clip
from edge_alpr.evaluate.pass_figures import describe, latency, pass_figures, stray_lines
from edge_alpr.evaluate.tables import as_text, pass_lines, pass_rows, reliability_rows
from edge_alpr.evaluate.truth import ClipTruth, TruePass
from edge_alpr.geometry import Box


def outcome(kind: str = "passes") -> ClipOutcome:
    """Four passes: right, wrong, missed and told twice; one event of nothing; half an hour."""
    passes = tuple(
        TruePass(
            id=str(n),
            text=f"XK000{n}",
            corners={f: Box(100 * n, 50, 100 * n + 60, 65).corners() for f in range(4)},
            readable=(0, 1, 2, 3),
            light="day" if n < 2 else "night",
            direction="approaching",
            parked=kind == "parked",
        )
        for n in range(4)
    )

    def event(n: int, text: str, x: float, *, arrivals: int = 1) -> Told:
        return Told(f"{n}{x}", text, 0.9, ambiguous=False, frame=2, emitted_frame=5,
                    box=Box(x, 50, x + 60, 65), direction="approaching", arrivals=arrivals,
                    departures=1)  # fmt: skip

    events = [
        event(0, "XK0000", 0), event(1, "XK0007", 100), event(3, "XK0003", 300),
        event(3, "XK0003", 301), event(9, "BUS148", 500),
    ]  # fmt: skip
    clip = ClipTruth("c", 1.0, 1800, (640, 360), passes, kind)
    return judge_clip(clip, events, {"0": "XK0000", "1": "XK0001", "2": "", "3": "XK0"})


def test_the_figures_of_a_clip() -> None:
    figures = pass_figures([outcome()])
    passes = figures["passes"]
    assert [passes[name]["k"] for name in ("told", "one_event", "exact", "folded")] == [3, 2, 2, 2]
    assert passes["folded_of_told"]["share"] == pytest.approx(2 / 3, abs=1e-3)
    assert passes["duplicates"] == 1
    assert passes["evidence"]["share"] == 1.0
    assert passes["fewer_errors"] == 0.0  # two wrong by vote, two by single frames
    assert figures["false_events"] == {"n": 1, "per_hour": 2.0}
    assert figures["latency_s"]["p50"] == 2.0
    assert figures["by"]["light"]["day"]["folded"] == pytest.approx(
        {"k": 1, "n": 2, "share": 0.5, "low": 0.0945, "high": 0.9055}
    )
    assert figures["calibration"]["n"] == 3
    assert figures["stayed_once"]["n"] == 0


def test_stays_count_in_parked_clips_only() -> None:
    assert pass_figures([outcome("parked")])["stayed_once"]["k"] == 2
    assert latency(outcome("parked").verdicts)["p50"] is None


def test_what_went_wrong_is_said_without_the_plate() -> None:
    assert [describe(verdict) for verdict in outcome().verdicts] == [
        None, "wrong characters", "missed", "told 2 times",
    ]  # fmt: skip


def test_a_false_event_is_told_with_its_place() -> None:
    assert stray_lines(outcome()) == ["false: BUS148 0.90 in c frame 2, 60x15 at 500,50"]


def test_nothing_gives_no_figures_and_no_error() -> None:
    figures = pass_figures([])
    assert figures["false_events"]["per_hour"] is None
    assert figures["passes"]["told"]["share"] is None
    assert as_text(pass_rows(figures))


def test_the_tables_have_a_row_a_group() -> None:
    figures = pass_figures([outcome()])
    rows = pass_rows(figures)
    assert {len(row) for row in rows} == {5}
    assert "light: night" in [row[0] for row in rows]
    assert any("2.00 an hour" in line for line in pass_lines(figures))
    assert len(reliability_rows(figures["calibration"])) == 2
    lines = as_text(rows).splitlines()
    assert len(lines) == len(rows)
