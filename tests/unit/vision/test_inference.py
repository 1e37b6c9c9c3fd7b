"""Cards and model files: what does not belong together is refused in words, and nothing is fetched."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge_alpr.errors import ModelError
from edge_alpr.vision.inference import InferenceSettings, OnnxModel, load_model, read_card
from fakes.tiny_onnx import write_model

if TYPE_CHECKING:
    from pathlib import Path


def test_a_good_card_says_what_the_model_is(tmp_path: Path) -> None:
    card = read_card(write_model(tmp_path, threshold=0.3))
    assert (card.name, card.version, card.input_name, card.output_names) == (
        "tiny",
        "1",
        "luma",
        ("minus",),
    )
    assert card.path == tmp_path / "tiny.onnx"
    assert card.facts["threshold"] == 0.3


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"reader\.card\.json: no such model card"):
        load_model("reader", InferenceSettings(models_dir=tmp_path))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b'{"schema": "edge-alpr.model-card/1"}'],
)
def test_what_is_no_card_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.card.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a model card"):
        read_card(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "edge-alpr.model-card/9"}, "this program reads edge-alpr.model-card/1"),
        ({"file": "../tiny.onnx"}, "not a model card"),
        ({"input": "luma"}, "not a model card"),
        ({"file": "other.onnx"}, "cannot be read"),
        ({"sha256": "0" * 64}, "changed or damaged"),
    ],
)
def test_a_wrong_card_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        read_card(write_model(tmp_path, **change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threshold": float("nan")}, "not a model card .ValueError: NaN is no number"),
        ({"threshold": float("-inf")}, "not a model card"),
        ({"threshold": 1e-9}, r"threshold is 1e-09; 0\.001 to 0\.999 is allowed"),
        ({"threshold": 1.0}, "threshold is 1"),
        ({"threshold": "0.5"}, "threshold is '0.5'"),
        ({"threshold": True}, "threshold is True"),
        ({"input": {"name": "luma", "width": 10**9}}, r"input\.width is 1000000000; 16 to 4096"),
        ({"input": {"name": "luma", "height": -1}}, r"input\.height is -1"),
        ({"input": {"name": "luma", "height": []}}, r"input\.height is \[\]"),
        ({"crop": {"margin_x": 40}}, r"crop\.margin_x is 40; 0 to 1"),
        ({"crop": {"margin_y": 10**400}}, r"crop\.margin_y is 1000"),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        read_card(write_model(tmp_path, **change))


def test_a_number_too_large_for_a_float_is_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path, threshold=0.5)
    path.write_text(path.read_text().replace("0.5", "1e999"))
    with pytest.raises(ModelError, match="threshold is inf"):
        read_card(path)


def test_special_files_and_endless_nesting_are_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    (tmp_path / "tiny.onnx").unlink()
    (tmp_path / "tiny.onnx").symlink_to("/dev/zero")
    with pytest.raises(ModelError, match=r"tiny\.onnx: cannot be read: not a plain file"):
        read_card(path)
    path.write_text("[" * 100_000)
    with pytest.raises(ModelError, match="not a model card"):
        read_card(path)
    path.write_text(" " * (1 << 20) + "{}")
    with pytest.raises(ModelError, match="larger than 1048576 bytes"):
        read_card(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ModelError, match="cannot be read: not a plain file"):
        read_card(path)


def test_one_changed_byte_in_the_model_is_noticed(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    model = tmp_path / "tiny.onnx"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256"):
        read_card(path)


def test_an_empty_model_file_is_named_as_such(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    (tmp_path / "tiny.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match="0 bytes"):
        read_card(path)


def test_a_card_that_is_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(tmp_path)


def test_a_file_that_is_no_network_is_refused_by_the_runtime(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    noise = b"not a network"
    (tmp_path / "tiny.onnx").write_bytes(noise)
    card = json.loads(path.read_text())
    card["sha256"] = hashlib.sha256(noise).hexdigest()
    path.write_text(json.dumps(card))
    with pytest.raises(ModelError, match="onnxruntime refuses"):
        OnnxModel(read_card(path), threads=1)


@pytest.mark.parametrize("change", [{"input": {"name": "rgb"}}, {"output": {"name": "plus"}}])
def test_a_card_with_other_names_than_the_model_is_refused(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(ModelError, match=r"the model has \['luma'\] and \['minus'\]"):
        OnnxModel(read_card(write_model(tmp_path, **change)), threads=1)


def test_a_model_is_loaded_by_its_name(tmp_path: Path) -> None:
    write_model(tmp_path, name="reader")
    model = load_model("reader", InferenceSettings(models_dir=tmp_path, threads=1))
    luma = np.arange(6, dtype=np.uint8).reshape(1, 1, 2, 3)
    answer = model.run(luma)
    assert answer.dtype == np.float32
    assert (answer == -luma.astype(np.float32)).all()


def _left_in_a_home(home: Path, program: str) -> list[str]:
    """Runs ``program`` with ``home`` as home folder, and says which files that left there."""
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        check=True,
    )
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_the_runtime_keeps_nothing_for_its_maker(tmp_path: Path) -> None:
    """It numbers the device and notes events in the home folder unless it is told not to."""
    card = write_model(tmp_path)
    ours = (
        "from pathlib import Path; from edge_alpr.vision.inference import OnnxModel, read_card;"
        f"OnnxModel(read_card(Path({str(card)!r})), threads=1)"
    )
    assert _left_in_a_home(tmp_path / "ours", ours) == []
    bare = f"import onnxruntime; onnxruntime.InferenceSession({str(tmp_path / 'tiny.onnx')!r})"
    if not _left_in_a_home(tmp_path / "bare", bare):
        pytest.skip("this build of the runtime keeps nothing anyway")
