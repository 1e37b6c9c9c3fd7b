"""SEC-8: one bit of a network, its card or their list is flipped: the unit refuses to start, every time."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import ModelError
from edge_alpr.vision.inference import SHIPPED, InferenceSettings, load_model
from edge_alpr.vision.sums import SUMS_NAME
from fixtures.unit import RunningUnit, write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.recordings import Stills
    from fixtures.soak import Count, Publish

pytestmark = pytest.mark.model

NAMES = ("detector", "reader")
FILES = tuple(f"{name}.{kind}" for name in NAMES for kind in ("onnx", "card.json"))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (*FILES, SUMS_NAME):
        shutil.copy(SHIPPED / name, folder / name)
    return folder


def refused(folder: Path) -> str | None:
    """Why the networks do not load; None if they do."""
    try:
        for name in NAMES:
            load_model(name, InferenceSettings(models_dir=folder, threads=1))
    except ModelError as error:
        return str(error)
    return None


def flip(path: Path, rng: random.Random) -> int:
    """Flip one bit of one byte; returns the byte's place."""
    content = bytearray(path.read_bytes())
    place = rng.randrange(len(content))
    content[place] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return place


@pytest.mark.parametrize("name", [*FILES, SUMS_NAME])
def test_a_flipped_bit_is_refused_wherever_it_is(
    name: str, models: Path, count: Count, publish: Publish
) -> None:
    rng, kept = random.Random(name), (models / name).read_bytes()
    tries = count(15, 2000)
    believed = []
    for _ in range(tries):
        place = flip(models / name, rng)
        if refused(models) is None:
            believed.append(place)
        (models / name).write_bytes(kept)
    publish("SEC-8", f"a bit of {name}", flipped=tries, refused=tries - len(believed))
    assert believed == []


def test_control_what_nobody_touched_loads(models: Path, publish: Publish) -> None:
    assert refused(models) is None
    publish("SEC-8", "control: untouched", loaded=len(NAMES))


def test_control_without_the_list_a_changed_word_of_a_card_goes_unseen(
    models: Path, publish: Publish
) -> None:
    card = models / "reader.card.json"
    facts = json.loads(card.read_text(encoding="utf-8"))
    facts["crop"]["margin_x"] += 0.01
    card.write_text(json.dumps(facts), encoding="utf-8")
    assert "SHA256SUMS says" in (refused(models) or "")
    (models / SUMS_NAME).unlink()
    assert refused(models) is None
    publish("SEC-8", "control: no list", changed=1, loaded=len(NAMES))


def test_a_card_and_model_that_belong_together_but_are_not_the_listed_ones(models: Path) -> None:
    for kind in ("onnx", "card.json"):
        shutil.copy(models / f"detector.{kind}", models / f"other.{kind}")
    listing = models / SUMS_NAME
    lines = listing.read_text(encoding="utf-8").splitlines(keepends=True)
    listing.write_text("".join(line for line in lines if "reader" not in line), encoding="utf-8")
    assert "not in SHA256SUMS" in (refused(models) or "")


@pytest.mark.parametrize("name", ["detector.card.json", "reader.onnx"])
def test_the_unit_does_not_start(
    name: str, models: Path, tmp_path: Path, stills_folder: Stills
) -> None:
    flip(models / name, random.Random(8))
    config = write_unit(
        tmp_path / "unit",
        "mqtt://127.0.0.1:9",
        stills_folder.folder,
        inference={"models_dir": str(models)},
    )
    with RunningUnit(config, "--only", "camera") as unit:
        assert unit.wait() == 78
        assert name in unit.log
