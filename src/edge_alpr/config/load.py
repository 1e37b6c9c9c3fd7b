"""This file makes a `Config` of a YAML file, or names everything that is wrong with it at once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from edge_alpr.capture.video import without_password
from edge_alpr.config.explain import explain
from edge_alpr.config.settings import Config
from edge_alpr.config.source import read_yaml
from edge_alpr.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.config.source import YamlSource

T = TypeVar("T")

_ADAPTER = TypeAdapter(Config)

INCLUDED = ("zones", "mask")
"""The sections that another file may hold: what is drawn on the picture."""


def load_config(path: Path) -> Config:
    """The configuration in a file; relative paths in it are taken from the file's own folder.

    Raises:
        ConfigError: with every problem, each with file, line, key, what is wrong and what is allowed.
    """
    source = read_yaml(path)
    if not isinstance(source.data, dict):
        raise ConfigError([Problem(source.where(()), "", "must be a list of `section:` entries")])
    _take_in(source, path.resolve().parent)
    # A section of which only the heading was uncommented is an empty one.
    given = {name: value for name, value in source.data.items() if value is not None}
    # Through JSON, since pydantic's strict mode there takes text for paths and times but never guesses otherwise.
    text = json.dumps(given, allow_nan=False)
    config = made_of(source, lambda: _ADAPTER.validate_json(text), Config)
    resolved: Config = resolve_paths(config, path.resolve().parent)
    return resolved


def _take_in(source: YamlSource, folder: Path) -> None:
    """Add the sections of the file that is included, if one is."""
    included = source.data.get("include")
    if not isinstance(included, str) or not included:
        return
    try:
        source.take_in(read_yaml(folder / included), INCLUDED)
    except ConfigError as error:
        where = source.where(("include",))
        source.problems += [Problem(where, "include", str(each)) for each in error.problems]


def made_of(source: YamlSource, make: Callable[[], T], kind: type[T]) -> T:
    """What ``make`` makes of a source's data.

    Raises:
        ConfigError: with every problem, of the text and of the data, in the order of their lines.
    """
    problems = source.problems
    made = None
    try:
        made = make()
    except ValidationError as error:
        known = {problem.key for problem in problems}
        problems += [p for p in explain(error, source, kind) if p.key not in known]
    if problems or made is None:
        raise ConfigError(sorted(problems, key=_line))
    return made


def _line(problem: Problem) -> int:
    number = problem.where.rpartition(":")[2]
    return int(number) if number.isdigit() else 0


def resolve_paths(value: Any, folder: Path) -> Any:
    """A copy of settings in which every relative path starts at ``folder``."""
    if isinstance(value, Path):
        return value if value.is_absolute() else folder / value
    names = getattr(value, "__dataclass_fields__", None)
    if names is None:
        return value
    changed = {name: resolve_paths(getattr(value, name), folder) for name in names}
    return type(value)(**changed)


def config_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the configuration, for editors."""
    schema = _ADAPTER.json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edge-alpr configuration",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def describe(config: Config) -> dict[str, Any]:
    """The configuration as plain data that may be shown: secrets are in files, and one in an address is left out."""
    described: dict[str, Any] = _ADAPTER.dump_python(config, mode="json")
    camera = described["camera"] or {}
    if "device" in camera:
        camera["device"] = without_password(camera["device"])
    return described


def digest(config: Config) -> str:
    """``sha256:…`` over the effective configuration: which settings an event was made with."""
    text = json.dumps(describe(config), sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
