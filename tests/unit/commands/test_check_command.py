"""``edge-alpr check``: all mistakes at once, or what is in force."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import CHIEF_KEY, POLICE_KEY, a_list, an_entry

if TYPE_CHECKING:
    from pathlib import Path

FIVE_MISTAKES = """\
version: 1
unit:
  sight: north-gate
detect:
  min_score: 7
log:
  level: inof
mqtt:
  url: [mqtt://broker.example]
policy:
  again_s: 1
  again_s: 2
"""


def test_five_mistakes_are_five_lines_each_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(FIVE_MISTAKES, encoding="utf-8")
    assert main(["check", str(path)]) == 78
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.removeprefix("edge-alpr: ").splitlines()
    wanted = (
        (3, "unit.sight", "did you mean site?"),
        (5, "detect.min_score", "not 7"),
        (7, "log.level", "did you mean info?"),
        (9, "mqtt.url", "string"),
        (12, "policy.again_s", "given twice; the first is on line 11"),
    )
    assert len(lines) == len(wanted), told.err
    for line, (number, key, words) in zip(lines, wanted, strict=True):
        assert line.startswith(f"{path}:{number}: {key}: ")
        assert words in line


def test_a_valid_file_is_shown_as_it_is_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text("version: 1\nunit:\n  site: north-gate\n", encoding="utf-8")
    assert main(["check", str(path)]) == 0
    out = capsys.readouterr().out
    assert "  site: north-gate\n" in out
    assert (
        "\npolicy default-strict: only plates of a signed hotlist leave this unit; sha256:" in out
    )
    assert out.endswith(f"{path}: valid\n")


def test_json_shows_the_same_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text("version: 1\nunit:\n  site: north-gate\n", encoding="utf-8")
    assert main(["check", "--json", str(path)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["unit"]["site"] == "north-gate"
    assert shown["policy"]["file"] is None


def test_a_password_file_is_named_and_its_content_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.txt").write_text("correct-horse\n", encoding="utf-8")
    path = tmp_path / "unit.yaml"
    path.write_text(
        "version: 1\nmqtt:\n  username: u\n  password_file: secret.txt\n", encoding="utf-8"
    )
    assert main(["check", str(path)]) == 0
    told = capsys.readouterr()
    assert str(tmp_path / "secret.txt") in told.out
    assert "correct-horse" not in told.out + told.err


def test_a_missing_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none.yaml"
    assert main(["check", str(path)]) == 78
    assert (
        capsys.readouterr().err == f"edge-alpr: {path}: cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "camera: {kind: video, device: 'rtsp://u:hunter2@cam.example/live'}",
            "camera.device: holds a password",
        ),
        (
            "camera: {kind: video, device: 'rtsp://cam.example/user=u&password=hunter2'}",
            "camera.device: holds a password",
        ),
        (
            "mqtt: {url: 'mqtt://h', username: u, password_file: hunter}",
            "mqtt.url: the password goes over the network in clear",
        ),
        (
            "policy: {hotlist_file: plain.txt}",
            "policy.hotlist_file: without policy.list_authorities",
        ),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_is_allowed_and_should_not_be_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, warning: str, form: list[str]
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "plain.txt").write_text("EDGE042\n", encoding="utf-8")
    assert main(["check", *form, str(path)]) == 0
    told = capsys.readouterr()
    assert told.err.startswith(f"{path}: warning: {warning}")
    assert "hunter2" not in told.out + told.err


def test_a_configuration_as_it_should_be_has_no_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(
        "camera: {kind: video, device: 'rtsp://h/', username: u, password_file: p}\n"
        "mqtt: {url: 'mqtts://h', username: u, password_file: p}\n"
    )
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().err == ""


def test_a_hotlist_is_checked_as_the_unit_will(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = time.time()
    times = {"created": to_text(now_s - 60), "expires": to_text(now_s + 86_400)}
    signed = a_list(
        an_entry(**times), an_entry("EDGE043", **times), now_s=now_s, scope="example-org"
    )
    (tmp_path / "wanted.hotlist").write_bytes(signed)
    (tmp_path / "police.pub").write_text(f"{POLICE_KEY.public} city-police\n", encoding="utf-8")
    path = tmp_path / "unit.yaml"
    named = "policy: {list_authorities: police.pub, hotlist_file: wanted.hotlist}\n"
    path.write_text(named, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert "hotlist city-police, number 7: 2 entries\n" in capsys.readouterr().out
    (tmp_path / "police.pub").write_text(f"{CHIEF_KEY.public} chief\n", encoding="utf-8")
    assert main(["check", str(path)]) == 78
    told = capsys.readouterr().err
    assert "it is not believed" in told
    assert "EDGE" not in told
    path.write_text("policy: {list_authorities: absent}\n", encoding="utf-8")
    assert main(["check", str(path)]) == 78


def test_no_mistake_shows_the_password_of_a_camera(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    for text in (
        "camera: 'rtsp://u:hunter2@h/'",
        "camera: {kind: 'rtsp://u:hunter2@h/'}",
        f"camera: {{kind: video, device: 'rtsp://u:hunter2@{'h' * 3000}/'}}",
        "camera: {kind: video, device: 'rtsp://u:hunter2@h/', timeout_s: 0}",
    ):
        path.write_text(text, encoding="utf-8")
        assert main(["check", str(path)]) == 78
        told = capsys.readouterr()
        assert "hunter2" not in told.out + told.err
