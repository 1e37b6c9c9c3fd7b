"""``edge-alpr replay``: its table, its times, and recordings that are broken or missing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import POLICE_KEY, a_list, an_entry

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.recordings import Stills
    from fixtures.scenes import RenderedClip

pytestmark = pytest.mark.model

SINGLE = ("--single", "--fps", "0.5")


def test_the_table_has_a_line_for_each_pass(
    stills_folder: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *SINGLE, str(stills_folder.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == stills_folder.texts
    assert all("1/1 of 1 frames" in line for line in lines)


def test_times_are_counted_from_the_given_start_in_its_zone(
    stills_folder: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ("--start", "2026-03-01T01:00:00+02:00")
    assert main(["replay", "--jsonl", *SINGLE, *start, str(stills_folder.folder)]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["time"]["captured"] for event in events] == [
        f"2026-02-28T23:00:0{second}.000Z" for second in (0, 2, 4, 6)
    ]


def test_without_single_a_plate_seen_once_is_not_believed(
    stills_folder: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--fps", "0.5", str(stills_folder.folder)]) == 0
    assert capsys.readouterr().out == ""


def test_a_configuration_brings_its_policy(
    stills_folder: Stills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = stills_folder.texts[1]
    now_s = time.time()
    times = {"created": to_text(now_s - 60), "expires": to_text(now_s + 86_400)}
    signed = a_list(an_entry(text, **times), now_s=now_s, scope="example-org")
    (tmp_path / "wanted.hotlist").write_bytes(signed)
    (tmp_path / "police.pub").write_text(f"{POLICE_KEY.public} city-police\n", encoding="utf-8")
    config = tmp_path / "unit.yaml"
    policy = "  list_authorities: police.pub\n  hotlist_file: wanted.hotlist\n"
    config.write_text(f"version: 1\npolicy:\n{policy}", encoding="utf-8")
    arguments = ["--config", str(config), "--jsonl", str(stills_folder.folder)]
    assert main(["replay", *SINGLE, *arguments]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    event = json.loads(line)
    assert (event["plate"]["text"], event["test"]) == (text, False)
    assert event["hits"][0]["class"] == "exact"


def test_a_picture_that_cannot_be_read_is_skipped_and_the_status_tells(
    stills_folder: Stills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = stills_folder.play_to(tmp_path / "road", rounds=1)
    (folder / "0000.png").unlink()
    (folder / "0000.png").write_bytes(b"")
    assert main(["replay", *SINGLE, str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == stills_folder.texts[1:]


def test_a_truncated_clip_gives_what_it_has_and_the_status_tells(
    day_clip: RenderedClip,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    content = day_clip.path.read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(content[: len(content) // 2])
    assert main(["replay", str(path)]) == 1
    out = capsys.readouterr().out
    first, second = (truth.text for truth in day_clip.truth)
    assert f" {first} " in out
    assert f" {second} " not in out
    assert f"of {day_clip.frames} frames; the clip is truncated or damaged" in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.avi", None, "no such file or folder"),
        ("empty.avi", b"", "not a video clip that can be decoded, nor a picture"),
        ("noise.mp4", bytes(range(256)) * 20, "not a video clip that can be decoded"),
        ("folder/", None, "the folder has no pictures"),
    ],
)
def test_what_cannot_be_played_is_said_in_one_line(
    name: str,
    content: bytes | None,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / name
    if name.endswith("/"):
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    assert main(["replay", str(path)]) == 70
    told = capsys.readouterr()
    assert told.out == ""
    assert f"edge-alpr: {path}: " in told.err
    assert words in told.err


@pytest.mark.parametrize("wrong", [("--fps", "0"), ("--fps", "fast"), ("--start", "noon")])
def test_a_wrong_option_is_status_2(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", *wrong, "clip.avi"])
    assert ended.value.code == 2
    assert f"argument {wrong[0]}" in capsys.readouterr().err
