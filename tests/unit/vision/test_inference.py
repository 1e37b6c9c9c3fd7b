"""Cards and model files: what does not belong together is refused in words, and nothing is fetched."""

from __future__ import annotations

import hashlib
import json
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
    assert (card.name, card.version, card.input_name, card.output_name) == (
        "tiny",
        "1",
        "luma",
        "minus",
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
