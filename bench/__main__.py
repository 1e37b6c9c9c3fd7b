"""This file is ``make bench``: CPU milliseconds per frame and stage at 1280 x 720 with no plate, one and four.

Below them: what signing, sealing and storing one event costs, what a hotlist of 100,000 plates does, and
what the audit log costs.

CPU time, not wall time: the figure that carries over from a busy machine. Pictures are rendered, so the counts of
plates are exact. Name the machine when you quote a figure.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench import audit, hotlist, messages, sealing
from edge_alpr.capture.picture import to_luma
from edge_alpr.scene.clip import render_still

SEED = 7
SIZE_WH = (1280, 720)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for plates in (0, 1, 4):
            picture = Path(folder) / f"{plates}.npy"
            np.save(picture, to_luma(render_still(SEED, plates).picture))
            command = [sys.executable, "-m", "bench.child", str(picture)]
            command += [str(arguments.threads), str(arguments.frames)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results[str(plates)] = json.loads(done.stdout)
    message, sealed, listed = messages.costs(), sealing.costs(), hotlist.costs()
    logged = audit.costs()
    if arguments.json:
        facts = {"machine": machine(), "threads": arguments.threads, **results}
        costs = {"message": message, "sealed": sealed, "hotlist": listed, "audit": logged}
        print(json.dumps({**facts, **costs}, indent=2))
    else:
        told = [*messages.lines(message), "", *sealing.lines(sealed), "", *hotlist.lines(listed)]
        told += ["", *audit.lines(logged)]
        print("\n".join([table(results, arguments.threads), "", *told]))
    return 0


def machine() -> str:
    """The processor's name and the kind of machine."""
    info = Path("/proc/cpuinfo")
    names = [
        line.split(":", 1)[1].strip()
        for line in info.read_text().splitlines()
        if "model name" in line
    ]
    return f"{names[0] if names else platform.processor()} ({platform.machine()})"


def table(results: dict[str, Any], threads: int) -> str:
    """One column a picture."""
    stages = list(results["0"]["stage_cpu_ms"])
    rows = [
        f"{machine()}, {SIZE_WH[0]} x {SIZE_WH[1]}, {threads} thread(s), CPU ms per frame (median)",
        "",
    ]
    rows.append(f"{'plates in the picture':34}" + "".join(f"{n:>10}" for n in results))
    rows += [
        f"{stage:34}" + "".join(f"{r['stage_cpu_ms'][stage]:>10.2f}" for r in results.values())
        for stage in stages
    ]
    figures = (
        ("frame_cpu_ms", "whole frame"),
        ("frame_cpu_ms_p95", "whole frame, p95"),
        ("sustained_fps", "sustained frames per second"),
        ("python_share", "share outside onnxruntime/OpenCV"),
        ("detections", "plates found"),
        ("reads", "plates read"),
        ("rss_mb", "peak memory (RSS), MB"),
        ("start_cpu_s", "start to first frame, CPU s"),
    )
    rows += [
        f"{name:34}" + "".join(f"{r[key]:>10.2f}" for r in results.values())
        for key, name in figures
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
