"""This file prints figures as plain tables, a row a group, with the interval beside each share."""

from __future__ import annotations

from typing import Any


def shown(share: dict[str, Any] | None) -> str:
    """``95.1 % (93.0-96.6)``, or a dash where there was nothing to count."""
    if share is None or share["share"] is None:
        return "-"
    low, high = 100 * share["low"], 100 * share["high"]
    return f"{100 * share['share']:.1f} % ({low:.1f}-{high:.1f})"


def picture_rows(figures: dict[str, Any]) -> list[list[str]]:
    """Header and rows for labelled photographs: all of them, then each group."""
    rows = [["", "plates", "recall", "texts", "exact", "folded", "CER"]]
    rows.append(_picture_row("all", figures))
    for grouping, groups in figures["by"].items():
        rows += [_picture_row(f"{grouping}: {name}", held) for name, held in groups.items()]
    return rows


def picture_lines(figures: dict[str, Any]) -> list[str]:
    """What has no group: precision, the detector by itself, calibration."""
    detector, error = figures["detector"], figures["calibration"]["ece"]
    return [
        f"precision            {shown(figures['precision'])}",
        f"detector, recall     {shown(detector['recall'])}",
        f"detector, precision  {shown(detector['precision'])}",
        f"calibration error    {'-' if error is None else f'{error:.3f}'}",
    ]


def _picture_row(name: str, held: dict[str, Any]) -> list[str]:
    cer = "-" if held["cer"] is None else f"{held['cer']:.3f}"
    counted = [str(held["plates"]), shown(held["recall"]), str(held["texts"])]
    return [name, *counted, shown(held["exact"]), shown(held["folded"]), cer]


def pass_rows(figures: dict[str, Any]) -> list[list[str]]:
    """Header and rows for passes: all of them, then each group."""
    rows = [["", "passes", "told", "right", "single frame"]]
    rows.append(_pass_row("all", figures["passes"]))
    rows.append(_pass_row("under three readable frames", figures["hard"]))
    for grouping, groups in figures["by"].items():
        rows += [_pass_row(f"{grouping}: {name}", held) for name, held in groups.items()]
    return rows


def _pass_row(name: str, held: dict[str, Any]) -> list[str]:
    told, folded = shown(held["told"]), shown(held["folded"])
    return [name, str(held["told"]["n"]), told, folded, shown(held["single_folded"])]


def pass_lines(figures: dict[str, Any]) -> list[str]:
    """What has no group: duplicates, false events, evidence, waiting, calibration."""
    passes, false, waits = figures["passes"], figures["false_events"], figures["latency_s"]
    fewer = passes["fewer_errors"]
    saved = "-" if fewer is None else f"{fewer:.0%}"
    error = figures["calibration"]["ece"]
    per_hour = "-" if false["per_hour"] is None else f"{false['per_hour']:.2f}"
    return [
        f"exactly one event    {shown(passes['one_event'])}",
        f"right of those told  {shown(passes['folded_of_told'])}",
        f"fewer errors than one frame  {saved}",
        f"duplicates           {passes['duplicates']}",
        f"false events         {false['n']} in {figures['hours']:.2f} h, {per_hour} an hour",
        f"picture of the plate {shown(passes['evidence'])}",
        f"parked: came and left once  {shown(figures['stayed_once'])}",
        f"direction            {shown(passes['direction'])}",
        f"last useful frame to event   p50 {_s(waits['p50'])}, p95 {_s(waits['p95'])}",
        f"calibration error    {'-' if error is None else f'{error:.3f}'}",
    ]


def _s(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f} s"


def reliability_rows(calibration: dict[str, Any]) -> list[list[str]]:
    """Header and rows: what was claimed, and what came true."""
    rows = [["confidence", "claimed", "right", "n"]]
    for held in calibration["bins"]:
        place = f"{held['from']:.1f} to {held['to']:.1f}"
        count = str(held["right"]["n"])
        rows.append([place, f"{held['claimed']:.2f}", shown(held["right"]), count])
    return rows


def as_text(rows: list[list[str]]) -> str:
    """Columns of equal width: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
