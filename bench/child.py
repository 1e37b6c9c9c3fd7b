"""This file runs the pipeline over one picture again and again, in a process of its own, and prints what it cost.

A process of its own, so that memory and start-up are the product's and not the benchmark's.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

STARTED_S = time.process_time()

import numpy as np  # noqa: E402

from edge_alpr.app.build import build_pipeline  # noqa: E402
from edge_alpr.config.settings import Config  # noqa: E402
from edge_alpr.types import Frame, FrameReport, Moment  # noqa: E402

FPS = 200.0
"""So fast that no pass is decided meanwhile: every look is read, which is the dearest frame and not the mean one."""


def main() -> None:
    picture, threads, frames = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    reports: list[FrameReport] = []
    config = Config()
    config = replace(
        config,
        inference=replace(config.inference, threads=threads),
        passes=replace(config.passes, enough_looks=10**6),
    )
    pipeline = build_pipeline(config, reports.append, time.process_time)
    base = np.load(picture)
    pipeline.process(_frame(base, 0))
    ready_s = time.process_time() - STARTED_S
    reports.clear()
    sums: list[float] = []
    for sequence in range(1, frames + 1):
        frame = _frame(base, sequence)
        before = time.process_time()
        pipeline.process(frame)
        sums.append((time.process_time() - before) * 1000)
    stages = {
        stage: round(float(np.median([r.ms[stage] for r in reports])), 3) for stage in reports[0].ms
    }
    print(
        json.dumps(
            {
                "frame_cpu_ms": round(float(np.median(sums)), 2),
                "frame_cpu_ms_p95": round(float(np.percentile(sums, 95)), 2),
                "stage_cpu_ms": stages,
                "detections": float(np.median([r.detections for r in reports])),
                "reads": float(np.median([r.reads for r in reports])),
                "looked": sum(r.gate_open for r in reports) / len(reports),
                "start_cpu_s": round(ready_s, 2),
                "rss_mb": peak_rss_mb(),
            }
        )
    )


def peak_rss_mb() -> float:
    """Most memory this process ever held. Not getrusage: that remembers the parent's before exec."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024, 1)


def _frame(base: np.ndarray[tuple[int, int], np.dtype[np.uint8]], sequence: int) -> Frame:
    """The picture moved by a few pixels, so that the gate stays open and the plates keep being worth a read."""
    luma = np.roll(base, (sequence % 7, 3 * (sequence % 11)), axis=(0, 1))
    at = sequence / FPS
    return Frame(luma=luma, at=Moment(at, at), sequence=sequence)


if __name__ == "__main__":
    main()
