"""The settings' ranges: every number has a least and a most, and options that contradict each other are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.config.load import config_schema, load_config
from edge_alpr.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def numbers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every number of the configuration with its schema."""
    for section, definition in config_schema()["$defs"].items():
        for option, described in definition["properties"].items():
            for choice in [described, *described.get("anyOf", [])]:
                if choice.get("type") in {"number", "integer"}:
                    yield f"{section}.{option}", choice


def test_the_numbers_were_found() -> None:
    assert len(list(numbers())) > 40


@pytest.mark.parametrize(("name", "schema"), list(numbers()))
def test_every_number_has_a_least_and_a_most(name: str, schema: dict[str, Any]) -> None:
    assert {"minimum", "exclusiveMinimum"} & schema.keys(), f"{name} may be endlessly small"
    assert {"maximum", "exclusiveMaximum"} & schema.keys(), f"{name} may be endlessly large"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("passes:\n  memory_s: 1.5", 1, r"passes.settle_s: .*at most passes.memory_s - 0.5 = 1"),
        ("passes:\n  settle_s: 2.4", 2, r"passes.settle_s: .* = 2"),
        ("track:\n  max_gap_s: 2.5", 2, r"track.max_gap_s: .*forgotten before that.* = 2"),
        ("passes:\n  enough_looks: 21", 2, r"passes.enough_looks: never reached"),
        ("passes:\n  settle_agree: 21", 2, r"passes.settle_agree: never reached"),
        ("policy:\n  min_agree: 30", 2, r"policy.min_agree: never reached"),
        ("passes: {max_looks: 10}\ntrack:\n  min_detections: 11", 3, r"track.min_detections: n"),
        ("grab:\n  first_wait_s: 60", 2, r"grab.first_wait_s: longer than longest_wait_s"),
        ("uplink:\n  backoff_first_s: 90", 2, r"uplink.backoff_first_s: longer than backoff"),
        ("uplink:\n  confirm: receipt", 2, r"uplink.confirm: receipt needs keys.collector_keys"),
    ],
)
def test_options_that_contradict_each_other_are_named(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told) as caught:
        load_config(path)
    (problem,) = caught.value.problems
    assert problem.where == f"{path}:{line}"


def test_passes_may_be_decided_early(tmp_path: Path) -> None:
    """The control: what the rules above ask for is accepted."""
    path = tmp_path / "unit.yaml"
    path.write_text("passes: {memory_s: 1.5, settle_s: 1.0}\ntrack: {max_gap_s: 1.0}\n")
    assert load_config(path).passes.memory_s == 1.5
