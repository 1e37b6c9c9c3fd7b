"""``edge-alpr run`` over a live camera (OpenCV plays a clip as one) that gives something else than was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np

from fixtures.eventually import eventually
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path


NOBODY = "mqtt://127.0.0.1:9"


def write_clip(path: Path, frames: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 180))
    assert writer.isOpened()
    rng = np.random.default_rng(1)
    for _ in range(frames):
        writer.write(rng.integers(0, 255, (180, 320, 3), np.uint8))
    writer.release()
    return path


def test_a_picture_of_the_wrong_size_is_told_and_reading_goes_on(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 200)
    config = write_unit(
        tmp_path / "unit", NOBODY, tmp_path, runtime={"dir": "run", "status_s": 0.1}
    )
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["camera"] = {"kind": "video", "device": str(clip), "width": 1280, "height": 720}
    settings["grab"] = {"first_wait_s": 0.05, "longest_wait_s": 0.05}
    config.write_text(json.dumps(settings), encoding="utf-8")

    def told() -> bool:
        for path in config.parent.glob("run/*/camera.json"):
            status = json.loads(path.read_text(encoding="utf-8"))
            if status.get("reason") == "pictures of 320x180, asked for 1280x720":
                assert status["state"] == "degraded"
                return True
        return False

    with RunningUnit(config, "--only", "camera") as unit:
        assert eventually(told), unit.log
        before = unit.counts.get(
            "vision.frames", 0
        )  # a reason may be told before the first frame is counted
        unit.wait_for("vision.frames", before + 5)
        assert unit.counts["capture.wrong_size"] >= 1
