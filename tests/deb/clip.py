"""Renders a short drive-by, for the camera that a container does not have: ``clip.py CLIP.avi PASSES``."""

from __future__ import annotations

import sys
from pathlib import Path

from edge_alpr.scene.clip import render_clip
from edge_alpr.scene.drive import Drive

if __name__ == "__main__":
    for truth in render_clip(Path(sys.argv[1]), Drive(1, passes=int(sys.argv[2]))):
        print(f"rendered: {truth.text}")
