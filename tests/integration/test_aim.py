"""The aiming page as a technician meets it: started by hand, behind a secret, saved places honoured by the unit."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.aim_page import aim_page, command, lanes_told
from fixtures.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.scenes import RenderedClip

pytestmark = pytest.mark.model
EVERYTHING = [[0, 0], [1, 0], [1, 1], [0, 1]]


@pytest.fixture
def page(tmp_path: Path, day_clip: RenderedClip) -> Iterator[str]:
    with aim_page(tmp_path, day_clip.path) as address:
        yield address


def ask(url: str, method: str = "GET", body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def answers(url: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ask(f"{url}numbers.json")
    except urllib.error.URLError:
        return {}
    return found


def test_what_is_drawn_is_honoured_by_the_unit(
    page: str, tmp_path: Path, day_clip: RenderedClip
) -> None:
    assert eventually(lambda: bool(answers(page).get("measured")), 60)
    numbers = answers(page)
    assert {line["name"] for line in numbers["judged"]} >= {"stroke_px", "blur_px", "angle_deg"}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(page.rsplit("/", 2)[0] + "/guessed/numbers.json")
    status = json.loads(next((tmp_path / "run").glob("*/camera.json")).read_text(encoding="utf-8"))
    assert (status["state"], status["reason"]) == ("degraded", "aiming")
    with pytest.raises(urllib.error.HTTPError, match="409"):
        ask(f"{page}report.json")
    lane = {"name": "all", "polygon": EVERYTHING}
    shapes = {"lanes": [lane], "ignore": [], "private": []}
    ask(f"{page}zones.json", "PUT", shapes)
    assert set(lanes_told(tmp_path / "unit.yaml", day_clip.path)) == {"all"}
    ask(f"{page}zones.json", "PUT", {**shapes, "private": [EVERYTHING]})
    assert lanes_told(tmp_path / "unit.yaml", day_clip.path) == []


def test_the_camera_half_does_not_start_beside_it(page: str, tmp_path: Path) -> None:
    assert page.startswith("http://127.0.0.1:")
    started = subprocess.run(
        command("run", "--config", f"{tmp_path}/unit.yaml", "--source", "x.avi", "--only", "camera"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert started.returncode == 70
    assert "camera half" in started.stderr
