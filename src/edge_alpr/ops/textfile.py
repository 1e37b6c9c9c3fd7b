"""This file writes what the camera half knows for Prometheus, as a file: a unit has no port to ask.

Node exporter reads it from the folder of its textfile collector. The format is Prometheus' text exposition format
0.0.4; the collector's own metrics (docs/collector.md) are another matter. No plate and no name is in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_STRANGE: Final = re.compile("[^a-z0-9_]+")
_STATES: Final = ("online", "degraded", "blind")


def write_textfile(path: Path, snapshot: Mapping[str, Any]) -> None:
    """Replace the file as a whole, so that nobody reads half of it; everybody may read it.

    Raises:
        OSError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.new")  # node exporter reads *.prom only
    temporary.write_text(exposition(snapshot), encoding="ascii")
    temporary.chmod(0o644)
    temporary.replace(path)


def exposition(snapshot: Mapping[str, Any]) -> str:
    """The camera half's snapshot (`StatusBoard`) as text. What is not known is left out."""
    lines: list[str] = []
    for name, kind, samples in _families(snapshot):
        known = [(labels, value) for labels, value in samples if value is not None]
        if known:
            lines.append(f"# TYPE edge_alpr_{name} {kind}")
            lines += [f"edge_alpr_{name}{labels} {float(value):.15g}" for labels, value in known]
    return "\n".join(lines) + "\n"


def _families(
    snapshot: Mapping[str, Any],
) -> Iterator[tuple[str, str, list[tuple[str, float | None]]]]:
    """Name, type and samples: labels as they are written, and the value."""
    for name, count in snapshot.get("counts", {}).items():
        yield f"{_STRANGE.sub('_', name.lower())}_total", "counter", [("", count)]
    latency = snapshot.get("latency_ms") or {}
    quantiles = (("0.5", "p50"), ("0.95", "p95"))
    yield (
        "latency_seconds",
        "gauge",
        [(f'{{quantile="{q}"}}', _thousandth(latency.get(name))) for q, name in quantiles],
    )
    yield (
        "stage_cpu_seconds",
        "gauge",
        [
            (f'{{stage="{_STRANGE.sub("_", stage)}"}}', _thousandth(ms))
            for stage, ms in snapshot.get("stage_cpu_ms", {}).items()
        ],
    )
    state = snapshot.get("state")
    yield (
        "state",
        "gauge",
        []
        if state is None
        else [(f'{{state="{each}"}}', float(each == state)) for each in _STATES],
    )
    for name, section, field in (
        ("temperature_celsius", "board", "temperature_c"),
        ("held_back", "board", "held_back"),
        ("undervoltage", "board", "undervoltage"),
        ("thermal_step", "thermal", "step"),
        ("disk_bytes", "disk", "bytes"),
        ("disk_free_bytes", "disk", "free_bytes"),
        ("clock_synced", "clock", "synced"),
    ):
        yield name, "gauge", [("", (snapshot.get(section) or {}).get(field))]
    yield (
        "clock_error_seconds",
        "gauge",
        [("", _thousandth((snapshot.get("clock") or {}).get("error_ms")))],
    )


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000
