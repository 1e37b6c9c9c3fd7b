"""``edge-alpr init`` writes what ``edge-alpr check`` accepts, asks only at a terminal, and overwrites nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.video import VideoSettings
from edge_alpr.cli import main
from edge_alpr.config.load import load_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("camera", "kind"),
    [
        ("picamera2", PicameraSettings),
        ("/dev/video0", VideoSettings),
        ("rtsp://camera.example/a", VideoSettings),
        ("clip.mp4", FilesSettings),
    ],
)
def test_what_is_written_is_valid(tmp_path: Path, camera: str, kind: type) -> None:
    path = tmp_path / "unit.yaml"
    named = ["--org", "city", "--site", "main-street", "--name", "no", "--camera", camera]
    assert main(["init", str(path), "--broker", "mqtts://b.example", *named]) == 0
    config = load_config(path)
    assert isinstance(config.camera, kind)
    assert (config.unit.org, config.unit.site, config.unit.name) == ("city", "main-street", "no")
    assert config.mqtt.url == "mqtts://b.example"
    assert path.read_text(encoding="utf-8").count("#") > 6


def test_check_accepts_it_and_papers_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    assert main(["init", str(path), "--yes"]) == 0
    assert main(["check", str(path)]) == 0
    assert "default-strict" in capsys.readouterr().out
    full = tmp_path / "full.yaml"
    papers = "--unit-key k --collector-keys ring --username u --password-file p --spool s.db"
    assert main(["init", str(full), *papers.split()]) == 0
    config = load_config(full)
    assert config.uplink.confirm == "receipt"
    assert config.keys.unit_key == tmp_path / "k"
    assert config.mqtt.password_file == tmp_path / "p"


def test_nothing_is_overwritten_and_nothing_wrong_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    assert main(["init", str(path), "--broker", "http://b.example"]) == 70
    assert "nothing was written" in capsys.readouterr().err
    assert main(["init", str(path), "--org", "Not A Name"]) == 70
    assert list(tmp_path.iterdir()) == []
    path.write_text("mine\n", encoding="utf-8")
    assert main(["init", str(path)]) == 78
    assert path.read_text(encoding="utf-8") == "mine\n"


def test_at_a_terminal_it_asks_for_what_no_option_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "" if "broker" in question else "main-street"

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", answer)
    path = tmp_path / "unit.yaml"
    assert main(["init", str(path), "--org", "city", "--name", "n1", "--camera", "picamera2"]) == 0
    assert len(asked) == 2
    config = load_config(path)
    assert (config.unit.site, config.mqtt.url) == ("main-street", "mqtt://localhost:1883")
