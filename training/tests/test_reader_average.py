"""Between two cycles' weights: half way is half way, and what is new is turned down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from edge_training.reader_average import Averaging, average_reader, between, new_blocks
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH, ReaderNet
from edge_training.render import fill
from edge_training.samples import Renderer
from edge_training.store import Part
from edge_training.weights import load_history, load_weights, save_history, save_weights, start_from

if TYPE_CHECKING:
    from pathlib import Path

    from edge_training.fonts import Typefaces
    from edge_training.negatives import Backdrop

NEW = "strokes.3.unit."
"""A block that the shallower network below does not have."""


def _shallower(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value for name, value in weights.items() if not name.startswith(NEW)}


def test_a_deeper_network_starts_from_a_shallower_one() -> None:
    earlier = _shallower(ReaderNet().state_dict())
    net = ReaderNet()
    fresh = start_from(net, earlier)
    assert fresh
    assert all(name.startswith(NEW) for name in fresh)
    assert all(torch.equal(net.state_dict()[name], value) for name, value in earlier.items())
    assert float(net.state_dict()[f"{NEW}1.weight"].max()) < 0.5


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"head\.weight"):
        start_from(ReaderNet(), {"head.weight": torch.zeros(3, 3)})


def test_half_way_is_half_way_and_new_blocks_are_turned_down() -> None:
    net = ReaderNet()
    later = {k: torch.ones_like(v) for k, v in net.state_dict().items()}
    earlier = {k: torch.zeros_like(v) for k, v in _shallower(later).items()}
    turned_down = new_blocks(net, earlier)
    assert turned_down == {f"{NEW}1.weight", f"{NEW}1.bias"}
    mixed = between(earlier, later, 0.25, turned_down)
    assert float(mixed["head.weight"].mean()) == 0.25
    assert float(mixed[f"{NEW}1.weight"].mean()) == 0.25
    assert float(mixed[f"{NEW}0.weight"].mean()) == 1.0


def test_an_average_is_a_network_with_a_history(
    tmp_path: Path, faces: Typefaces, backdrops: list[Backdrop]
) -> None:
    fill(Part(tmp_path / "store", "rendered-0", 32), Renderer(faces, backdrops, 2).make, 32)
    files = tmp_path / "a.pt", tmp_path / "b.pt"
    for seed, file in enumerate(files):
        torch.manual_seed(seed)
        save_weights(ReaderNet().state_dict(), file)
    save_history([{"samples": 5, "note": "first"}, {"samples": 7}], files[1])
    target = tmp_path / "c.pt"
    net = average_reader(Averaging(*files, 0.5, tmp_path / "store", target))
    assert "0.5" in load_history(target)[-1]["note"]
    assert load_history(target)[0]["note"] == "first"
    ReaderNet().load_state_dict(load_weights(target))
    with torch.inference_mode():
        crops = np.full((2, 1, CROP_HEIGHT, CROP_WIDTH), 70, np.uint8)
        assert torch.isfinite(net(torch.from_numpy(crops))[0]).all()


def test_an_end_is_no_average(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no average"):
        average_reader(Averaging(tmp_path / "a", tmp_path / "b", 1.0, tmp_path, tmp_path / "c"))
