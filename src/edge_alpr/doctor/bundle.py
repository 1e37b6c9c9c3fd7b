"""This file packs what a supporter needs to see of a unit, and no plate: what is taken is named here, nothing else is.

Never taken: spool, hotlists, pictures, masks drawn on the picture, keys, passwords, the audit log. Text of others (the
journal, words of a library) goes through the mask of the logs, which blots out what looks like a plate.
"""

from __future__ import annotations

import io
import json
import platform
import tarfile
from typing import TYPE_CHECKING, Any, Final

from edge_alpr import __version__
from edge_alpr.config.load import describe, load_config
from edge_alpr.doctor.services import UNITS, said_by_camera
from edge_alpr.doctor.table import as_json
from edge_alpr.errors import ConfigError
from edge_alpr.keys.files import write_new
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.logs import mask_plates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_alpr.doctor.finding import Finding
    from edge_alpr.doctor.surroundings import Surroundings

JOURNAL_LINES: Final = "2000"
SAID: Final = (
    "written_utc_s", "state", "reason", "counts", "uplink_counts", "stage_cpu_ms", "latency_ms", "funnel", "signed",
    "sealed", "info",
)  # fmt: skip
"""Of the camera half's words. What names a hotlist is left out: its name is an agency's business."""
_LEFT_OUT: Final = ("mask", "zones")
"""Sections that say where neighbours' windows are."""
_README: Final = """\
What edge-alpr doctor found on this unit, its configuration without secrets, its counters and its journal. It holds no
plate: neither spool nor lists nor pictures are in it. Look through it before you hand it on.
"""


def pack(file: Path, around: Surroundings, findings: Sequence[Finding]) -> dict[str, bytes]:
    """The files of a bundle by name; ``file`` is the unit's configuration."""
    now = to_text(around.clock.now().utc_s)
    found: dict[str, str] = {
        "README.txt": _README,
        "doctor.json": mask_plates(as_json(findings, now, __version__)),
        "machine.json": json.dumps(_machine(around), indent=2),
    }
    try:
        config = load_config(file)
    except ConfigError as error:
        found["config-problems.txt"] = mask_plates(f"{error}\n")
    else:
        described = {k: v for k, v in describe(config).items() if k not in _LEFT_OUT}
        found["config.json"] = mask_plates(json.dumps(described, indent=2))
        said = said_by_camera(config, around)
        if said is not None:
            kept = {name: said[name] for name in SAID if name in said}
            found["unit.json"] = mask_plates(json.dumps(kept, indent=2))
    for unit in UNITS:
        told = around.ask("journalctl", "-u", unit, "-n", JOURNAL_LINES, "--no-pager", "-o", "cat")
        if told:
            found[f"{unit}.log"] = "\n".join(map(mask_plates, told.splitlines())) + "\n"
    return {name: text.encode() for name, text in found.items()}


def write_bundle(path: Path, files: dict[str, bytes]) -> None:
    """As a ``.tar.gz`` that only its owner can read.

    Raises:
        KeyFileError: it is there already, or cannot be written.
    """
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"edge-alpr-support/{name}")
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    write_new(path, out.getvalue(), 0o600)


def _machine(around: Surroundings) -> dict[str, Any]:
    system = around.read("etc/os-release") or ""
    return {
        "software": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "kernel": platform.release(),
        "board": around.read("proc/device-tree/model"),
        "system": _line(system, "PRETTY_NAME="),
        "memory": _line(around.read("proc/meminfo") or "", "MemAvailable:"),
        "uptime": around.read("proc/uptime"),
    }


def _line(text: str, start: str) -> str | None:
    """The rest of the first line that begins so."""
    lines = (line for line in text.splitlines() if line.startswith(start))
    return next((line.removeprefix(start).strip(' "') for line in lines), None)
