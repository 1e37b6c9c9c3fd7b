"""A sample can be made again alone, from its seed and its number."""

from __future__ import annotations

import numpy as np

from edge_training.chance import Chance


def _numbers(chance: Chance) -> list[float]:
    return [chance.uniform(0, 1), chance.normal(1), *chance.noise(1, 3)[0].tolist()]


def test_same_seed_and_index_give_the_same_numbers() -> None:
    assert _numbers(Chance(5, 7)) == _numbers(Chance(5, 7))


def test_neighbouring_samples_and_seeds_differ() -> None:
    streams = [_numbers(Chance(seed, index)) for seed in (0, 1) for index in (0, 1)]
    assert len({tuple(numbers) for numbers in streams}) == 4


def test_ranges_are_kept() -> None:
    chance = Chance(1)
    assert all(3 <= chance.whole(3, 5) <= 5 for _ in range(200))
    assert all(2 <= chance.log_uniform(2, 8) <= 8 for _ in range(200))
    assert all(abs(chance.normal(10, 4)) <= 4 for _ in range(200))


def test_clouds_are_smooth() -> None:
    field = Chance(2).clouds(60, 200, 5)
    assert field.shape == (60, 200)
    assert np.abs(np.diff(field, axis=1)).max() < 0.2 * np.ptp(field)
