"""This file runs the pipeline over one picture again and again, in a process of its own, and prints what it cost.

A process of its own, so that memory and start-up are the product's and not the benchmark's.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

STARTED_S = time.process_time()

import numpy as np  # noqa: E402

from edge_alpr.app.build import build_pipeline  # noqa: E402
from edge_alpr.config.settings import Config  # noqa: E402
from edge_alpr.types import Frame, FrameReport, Moment  # noqa: E402

if TYPE_CHECKING:
    from edge_alpr.vision.pipeline import Pipeline

Picture: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
PROFILED = 30
NATIVE = ("onnxruntime", "PyInferenceSession", "'run' of", "{resize}", "{warpPerspective}", "cv2")
"""How a profile names what runs in the networks' runtime and in OpenCV."""
FPS = 200.0
"""So fast that no pass is decided meanwhile: every look is read, which is the dearest frame and not the mean one."""


def main() -> None:
    picture, threads, frames = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    reports: list[FrameReport] = []
    config = Config()
    config = replace(
        config,
        inference=replace(config.inference, threads=threads),
        passes=replace(config.passes, enough_looks=200, max_looks=200),
    )
    pipeline = build_pipeline(config, reports.append, time.process_time)
    base = np.load(picture)
    pipeline.process(_frame(base, 0))
    ready_s = time.process_time() - STARTED_S
    reports.clear()
    sums: list[float] = []
    walls: list[float] = []
    for sequence in range(1, frames + 1):
        frame = _frame(base, sequence)
        before, began = time.process_time(), time.perf_counter()
        pipeline.process(frame)
        walls.append(time.perf_counter() - began)
        sums.append((time.process_time() - before) * 1000)
    stages = {
        stage: round(float(np.median([r.ms[stage] for r in reports])), 3) for stage in reports[0].ms
    }
    print(
        json.dumps(
            {
                "frame_cpu_ms": round(float(np.median(sums)), 2),
                "frame_cpu_ms_p95": round(float(np.percentile(sums, 95)), 2),
                "sustained_fps": round(1 / float(np.median(walls)), 1),
                "python_share": python_share(pipeline, base),
                "stage_cpu_ms": stages,
                "detections": float(np.median([r.detections for r in reports])),
                "reads": float(np.median([r.reads for r in reports])),
                "looked": sum(r.gate_open for r in reports) / len(reports),
                "start_cpu_s": round(ready_s, 2),
                "rss_mb": peak_rss_mb(),
            }
        )
    )


def python_share(pipeline: Pipeline, base: Picture) -> float:
    """Share of a frame's time outside onnxruntime and OpenCV, 0..1: at most, since profiling slows Python only."""
    profile = cProfile.Profile()
    frames = [_frame(base, 10_000 + n) for n in range(PROFILED)]
    profile.enable()
    for frame in frames:
        pipeline.process(frame)
    profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in stats.values())
    native = sum(row[2] for key, row in stats.items() if any(name in key[2] for name in NATIVE))
    return round(1 - float(native / total), 3)


def peak_rss_mb() -> float:
    """Most memory this process ever held. Not getrusage: that remembers the parent's before exec."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024, 1)


def _frame(base: Picture, sequence: int) -> Frame:
    """The picture moved by a few pixels, so that the gate stays open and the plates keep being worth a read."""
    luma = np.roll(base, (sequence % 7, 3 * (sequence % 11)), axis=(0, 1))
    at = sequence / FPS
    return Frame(luma=luma, at=Moment(at, at), sequence=sequence)


if __name__ == "__main__":
    main()
