"""``edge-alpr read``: what it prints, what it does with pictures and models that cannot be used."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge_alpr.cli import main
from edge_alpr.config.settings import Config
from edge_alpr.geometry import Box
from edge_alpr.passes import Vote
from edge_alpr.plates import ALPHABET
from edge_alpr.vision.inference import SHIPPED
from fixtures.nobody import locked

if TYPE_CHECKING:
    from fixtures.recordings import Stills

pytestmark = pytest.mark.model

BROKEN = {
    "empty.jpg": (b"", "the file is empty (0 bytes)"),
    "noise.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "not a picture that can be decoded"),
    "missing.jpg": (None, "cannot be read: No such file or directory"),
}


def read_jsonl(
    capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0
) -> list[dict[str, Any]]:
    assert main(["read", "--jsonl", *arguments]) == status
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the shipped networks that may be damaged."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("detector.onnx", "detector.card.json", "reader.onnx", "reader.card.json"):
        shutil.copy(SHIPPED / name, folder / name)
    return folder


def test_a_line_has_exactly_the_fields_that_are_promised(
    stills_folder: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stills_folder.pictures[0]
    (line,) = read_jsonl(capsys, str(path))
    assert line.keys() == {"image", "ms", "plates"}
    assert line["image"] == str(path)
    assert line["ms"] > 0
    plate = line["plates"][0]
    assert plate.keys() >= {"text", "confidence", "box", "corners", "chars"}
    assert plate["text"] == stills_folder.texts[0]
    assert 0.5 < plate["confidence"] <= 1
    assert "".join(each["c"] for each in plate["chars"]) == plate["text"]
    for each in plate["chars"]:
        assert each.keys() == {"c", "p", "alt"}
        for other in each["alt"]:
            assert other.keys() == {"c", "p"}
            assert other["c"] in ALPHABET
            assert 0 < other["p"] <= each["p"] <= 1
            assert other["c"] != each["c"]


def test_box_and_corners_are_pixels_on_the_plate(
    stills_folder: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, still in zip(stills_folder.pictures, stills_folder.stills, strict=True):
        (line,) = read_jsonl(capsys, str(path))
        truth, plate = still.plates[0].corners, line["plates"][0]
        corners = np.array(plate["corners"])
        middle = corners.mean(axis=0).tolist()
        assert cv2.pointPolygonTest(truth, middle, measureDist=False) > 0, "on the plate"
        distances = np.linalg.norm(corners[:, None] - truth[None], axis=2)
        assert distances.argmin(axis=1).tolist() == [0, 1, 2, 3], "in the order of the contract"
        found, wanted = Box(*plate["box"]), Box(*truth.min(axis=0), *truth.max(axis=0))
        assert found.iou(wanted) > 0.4


def test_the_surest_plate_comes_first(
    stills_folder: Stills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two pictures side by side: two plates in one."""
    left, right = (still.picture for still in stills_folder.stills[:2])
    path = tmp_path / "both.png"
    assert cv2.imwrite(str(path), np.hstack([left[:, :800], right[:, :800]]))
    (line,) = read_jsonl(capsys, str(path), "--side", "1280")
    plates = line["plates"]
    assert {plate["text"] for plate in plates} >= set(stills_folder.texts[:2])
    sureness = [plate["confidence"] * plate["score"] for plate in plates]
    assert sureness == sorted(sureness, reverse=True)


def test_a_picture_without_a_plate_has_an_empty_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grey.png"
    assert cv2.imwrite(str(path), np.full((480, 640, 3), 128, np.uint8))
    (line,) = read_jsonl(capsys, str(path))
    assert line["plates"] == []
    assert main(["read", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}  -\n"


def test_the_table_names_picture_plate_and_confidence(
    stills_folder: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(stills_folder.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for path, text in zip(stills_folder.pictures, stills_folder.texts, strict=True):
        (line,) = [line for line in lines if line.startswith(str(path)) and f" {text} " in line]
        assert "%" in line


@pytest.mark.parametrize("name", BROKEN)
def test_a_picture_that_cannot_be_read_is_named_and_the_rest_go_on(
    name: str, stills_folder: Stills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, words = BROKEN[name]
    bad = tmp_path / name
    if content is not None:
        bad.write_bytes(content)
    good = stills_folder.pictures[0]
    first, second = read_jsonl(capsys, str(bad), str(good), status=1)
    assert first.keys() == {"image", "error"}
    assert first["image"] == str(bad)
    assert words in first["error"]
    assert second["plates"][0]["text"] == stills_folder.texts[0]

    assert main(["read", str(bad), str(good)]) == 1
    told = capsys.readouterr()
    assert words in told.err
    assert stills_folder.texts[0] in told.out


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(tmp_path)]) == 1
    assert f"{tmp_path}: no pictures in this folder" in capsys.readouterr().err


def test_copies_of_pictures_with_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "road.png"), np.full((64, 96, 3), 90, np.uint8))
    assert main(["read", str(tmp_path), "--draw", str(tmp_path / "drawn")]) == 0
    names = sorted(path.name for path in (tmp_path / "drawn").iterdir())
    assert names == ["road.2.plates.png", "road.plates.png"]


def test_draw_writes_an_annotated_copy_and_leaves_the_picture_alone(
    stills_folder: Stills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stills_folder.pictures[0]
    before = path.read_bytes()
    assert main(["read", str(path), "--draw", str(tmp_path / "drawn" / "here")]) == 0
    drawn = cv2.imread(str(tmp_path / "drawn/here" / f"{path.stem}.plates.png"))
    assert drawn is not None
    changed = np.argwhere((drawn != stills_folder.stills[0].picture).any(axis=2))
    corners = stills_folder.stills[0].plates[0].corners
    near = (np.abs(changed - corners.mean(axis=0)[::-1]) < 150).all(axis=1)
    assert near.any(), "something is drawn at the plate"
    assert path.read_bytes() == before
    assert capsys.readouterr().out


def test_a_model_of_0_bytes_is_refused(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "reader.onnx").write_bytes(b"")
    assert main(["read", "--models", str(models), "any.jpg"]) == 78
    told = capsys.readouterr().err
    assert told == (
        f"edge-alpr: {models / 'reader.onnx'}: the file is empty (0 bytes); reinstall the model\n"
    )


def test_a_model_with_one_bit_off_is_refused(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray((models / "detector.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (models / "detector.onnx").write_bytes(content)
    assert main(["read", "--models", str(models), "any.jpg"]) == 78
    told = capsys.readouterr().err
    assert f"{models / 'detector.onnx'}: SHA-256 is " in told
    assert "the file was changed or damaged: reinstall the model" in told
    assert told.count("\n") == 1


def test_a_card_without_its_model_is_refused(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "detector.onnx").unlink()
    assert main(["read", "--models", str(models), "any.jpg"]) == 78
    assert f"{models / 'detector.onnx'}: cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [("--side", "100"), ("--side", "many"), ("--threads", "0")])
def test_a_number_out_of_its_range_is_status_2(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["read", *wrong, "any.jpg"])
    assert ended.value.code == 2
    assert f"argument {wrong[0]}: " in capsys.readouterr().err


def test_a_text_too_short_for_a_running_unit_is_none_here_either(
    stills_folder: Stills, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(stills_folder.pictures[0])
    (line,) = read_jsonl(capsys, path)
    assert line["plates"]
    rules = replace(Config().passes, min_characters=len(line["plates"][0]["text"]) + 1)
    monkeypatch.setattr("edge_alpr.commands.read.Config", lambda: Config(passes=rules))
    (line,) = read_jsonl(capsys, path)
    assert line["plates"] == []


@pytest.mark.parametrize(
    ("text", "confidence", "believed"),
    [("AB12", 0.05, True), ("AB1", 0.9, False), ("AB12", 0.049, False)],
)
def test_a_text_is_believed_if_it_is_long_and_likely_enough(
    text: str, confidence: float, believed: bool
) -> None:
    said = Vote(text, np.zeros((0, 36), np.float32), confidence, (), False, 3, 3)
    assert said.is_plate(4, 0.05) is believed


@pytest.mark.parametrize("form", [[], ["--jsonl"]])
def test_folders_that_cannot_be_looked_into_are_named_and_the_rest_go_on(
    form: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        assert cv2.imwrite(str(tmp_path / name / "grey.png"), np.full((48, 64, 3), 128, np.uint8))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with locked(tmp_path / "b"):
        assert main(["read", *form, str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert f"{tmp_path}/a/grey.png" in told.out
    assert f"{tmp_path}/c/grey.png" in told.out
    assert f"{tmp_path}/b: cannot be listed: Permission denied" in told.out + told.err
    assert f"{tmp_path}/link: a link to a folder is not followed" in told.err


def test_a_pipe_among_the_pictures_and_an_odd_name_are_no_trouble(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.png"))
    there, encoded = cv2.imencode(".png", np.full((48, 64, 3), 128, np.uint8))
    assert there
    odd.write_bytes(encoded.tobytes())
    pipe, picture = read_jsonl(capsys, str(tmp_path), status=1)
    assert "it is a pipe" in pipe["error"]
    assert picture["image"] == f"{tmp_path}/b\\xff.png"
    assert main(["read", str(tmp_path)]) == 1
    assert f"{tmp_path}/b\\xff.png  -\n" in capsys.readouterr().out


@pytest.mark.parametrize("size_wh", [(1, 1), (3000, 1), (1, 3000), (5000, 7)])
def test_a_picture_of_any_shape_is_looked_at(
    size_wh: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cv2.imwrite(str(tmp_path / "a.png"), np.full((*size_wh[::-1], 3), 128, np.uint8))
    (line,) = read_jsonl(capsys, str(tmp_path / "a.png"))
    assert line["plates"] == []


def test_the_networks_own_threads_are_counted(
    stills_folder: Stills, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``thread_time`` would leave out all but one core of what a picture costs."""

    def wrong() -> float:
        raise AssertionError("of one thread only")

    monkeypatch.setattr("edge_alpr.commands.read.time.thread_time", wrong)
    assert main(["read", str(stills_folder.pictures[0])]) == 0
