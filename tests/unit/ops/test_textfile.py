"""The file for Prometheus: its own parser reads it, it is replaced as a whole, and names nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prometheus_client.parser import text_string_to_metric_families

from edge_alpr.ops.board import BoardState
from edge_alpr.ops.health import StatusBoard
from edge_alpr.ops.textfile import exposition, write_textfile
from edge_alpr.ops.thermal import ThermalGovernor, ThermalSettings

if TYPE_CHECKING:
    from pathlib import Path

_SNAPSHOT: Final[dict[str, Any]] = {
    "counts": {"capture.frames": 12, "passes.unread_too_small": 3},
    "latency_ms": {"p50": 41.5, "p95": 80.0},
    "stage_cpu_ms": {"detect": 7.25},
    "state": "degraded",
    "reason": "somebody's words: AB12CDE",
    "board": BoardState(71.5, 1 << 2).described(),
    "thermal": ThermalGovernor(ThermalSettings()).described(),
    "disk": {"bytes": 32_000_000_000, "free_bytes": 123_456_789_012},
    "clock": {"synced": True, "error_ms": 6.0},
}


def _read(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_prometheus_own_parser_reads_what_is_written() -> None:
    assert _read(exposition(_SNAPSHOT)) == {
        ("edge_alpr_capture_frames_total", ""): 12,
        ("edge_alpr_passes_unread_too_small_total", ""): 3,
        ("edge_alpr_latency_seconds", "0.5"): 0.0415,
        ("edge_alpr_latency_seconds", "0.95"): 0.08,
        ("edge_alpr_stage_cpu_seconds", "detect"): 0.00725,
        ("edge_alpr_state", "online"): 0,
        ("edge_alpr_state", "degraded"): 1,
        ("edge_alpr_state", "blind"): 0,
        ("edge_alpr_temperature_celsius", ""): 71.5,
        ("edge_alpr_held_back", ""): 1,
        ("edge_alpr_undervoltage", ""): 0,
        ("edge_alpr_thermal_step", ""): 0,
        ("edge_alpr_disk_bytes", ""): 32_000_000_000,
        ("edge_alpr_disk_free_bytes", ""): 123_456_789_012,
        ("edge_alpr_clock_synced", ""): 1,
        ("edge_alpr_clock_error_seconds", ""): 0.006,
    }


def test_what_is_not_known_is_left_out() -> None:
    assert _read(exposition(StatusBoard().snapshot())) == {}
    cold = {**_SNAPSHOT, "board": BoardState(None, None).described(), "disk": None}
    left = {name for name, _ in _read(exposition(cold))}
    assert not left & {
        "edge_alpr_temperature_celsius",
        "edge_alpr_held_back",
        "edge_alpr_disk_bytes",
    }


def test_no_words_are_in_it() -> None:
    assert "AB12CDE" not in exposition(_SNAPSHOT)


def test_the_file_is_replaced_as_a_whole_and_may_be_read_by_all(tmp_path: Path) -> None:
    path = tmp_path / "edge_alpr.prom"
    write_textfile(path, _SNAPSHOT)
    before = path.stat().st_ino
    write_textfile(path, _SNAPSHOT)
    assert path.stat().st_ino != before
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["edge_alpr.prom"]
