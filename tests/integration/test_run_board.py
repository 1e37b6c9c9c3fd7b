"""``edge-alpr run`` with the board's camera, as a process: a stand-in for picamera2 lies on its import path."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.eventually import eventually
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from fixtures.recordings import Stills

NOBODY = "mqtt://127.0.0.1:9"
TESTS = Path(__file__).parents[1]
EXIT_BUG = 70


def start(tmp_path: Path, pictures: Path, **camera: Any) -> RunningUnit:
    """A camera half over a board that sees the pictures of a folder."""
    config = write_unit(tmp_path / "unit", NOBODY, tmp_path)
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["camera"] = {"kind": "picamera2", "width": 1280, "height": 720, "fps": 10, **camera}
    settings["grab"] = {"first_wait_s": 0.1, "longest_wait_s": 0.1}
    config.write_text(json.dumps(settings), encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS / "fixtures/board"), str(TESTS)]),
        "EDGE_ALPR_BOARD": str(pictures),
    }
    return RunningUnit(config, "--only", "camera", environment=environment)


def test_what_the_boards_camera_sees_is_read_and_a_stall_is_told_and_survived(
    stills_folder: Stills, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    for number, path in enumerate(
        [stills_folder.pictures[0], stills_folder.empty, stills_folder.pictures[1]]
    ):
        shutil.copy(path, seen / f"{number}.png")
    with start(tmp_path, seen) as unit:
        unit.wait_for("delivery.tests", 2)
        unit.wait_for_log("camera 0: no picture for 3 s; check the cable and the supply; trying")
        unit.wait_for("capture.lost", 1)
        unit.wait_for("delivery.tests", 3)  # opened again, it sees the same


def test_a_camera_that_fails_again_and_again_ends_the_process_for_systemd(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    with start(tmp_path, nothing, openings=3) as unit:
        assert unit.wait() == EXIT_BUG
        assert "failed 3 times, trying with a fresh process" in unit.log
        assert unit.log.count("no picture for 3 s") == 3
        assert "Traceback" not in unit.log


def test_a_camera_that_is_not_connected_makes_the_unit_blind(
    tmp_path: Path,
) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()

    def told() -> bool:
        path = tmp_path / "unit/run/o.s.u/camera.json"
        status = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return str(status.get("reason", "")).startswith("camera 5: not connected (1 found)") and (
            status["state"] == "blind"
        )

    with start(tmp_path, nothing, number=5, openings=1000) as unit:
        assert eventually(told), unit.log
