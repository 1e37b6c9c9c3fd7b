"""This file writes config.example.yaml from the settings themselves: every option, explained, at its default.

Usage: ``python -m edge_alpr.config.example > config.example.yaml`` (`make docs`).
"""

from __future__ import annotations

import textwrap
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.video import VideoSettings
from edge_alpr.config.load import config_schema
from edge_alpr.config.settings import Config

HEAD = """\
# yaml-language-server: $schema=docs/config.schema.json
##
## Every option of edge-alpr, commented out at its default. Copy this file, take the single # away where you want
## another value, and run
##
##     edge-alpr check my-unit.yaml
##
## which names every mistake with its line. Paths are taken from the folder of the file. Ratios and scores are 0 to 1.
"""

SAMPLES: dict[tuple[str, str], str] = {
    ("files", "path"): "clip.mp4",
    ("files", "start"): "2026-11-24T08:00:00Z",
    ("picamera", "tuning_file"): "imx708.json",
    ("video", "device"): "rtsp://camera.example/stream",
    ("video", "username"): "viewer",
    ("video", "password_file"): "camera-password.txt",
}
"""What is shown for options that have no default to show."""


def example() -> str:
    """The text of config.example.yaml."""
    definitions = config_schema()["$defs"]
    lines = [HEAD]
    for section in fields(Config):
        if section.name == "version":
            lines += ["## Version of this file's format.", "version: 1", ""]
        elif section.name == "include":
            words = config_schema()["properties"]["include"]["description"]
            lines += [f"## {line}" for line in textwrap.wrap(words, 100)] + [
                "## # include: zones.yaml",
                "",
            ]
        elif section.name == "camera":
            lines += _cameras(definitions)
        else:
            kind = section.default_factory
            assert isinstance(kind, type)
            lines += _rule(definitions[kind.__name__]["description"])
            lines += [f"# {section.name}:", *_options(section.name, kind, definitions), ""]
    return "\n".join(lines).rstrip() + "\n"


def _cameras(definitions: dict[str, Any]) -> list[str]:
    """All kinds; those after the first are commented out twice, since a unit has one camera."""
    lines = []
    for kind, mark in ((PicameraSettings, ""), (VideoSettings, "## "), (FilesSettings, "## ")):
        name = kind.__name__.removesuffix("Settings").lower()
        words = definitions[kind.__name__]["description"]
        lines += _rule(f"Where pictures come from: {words}")
        lines += [mark + line for line in ("# camera:", *_options(name, kind, definitions))]
        lines.append("")
    return lines


def _rule(words: str) -> list[str]:
    return [f"## {'-' * 77}", *(f"## {line}" for line in textwrap.wrap(words, 100))]


def _options(section: str, kind: type, definitions: dict[str, Any]) -> list[str]:
    assert is_dataclass(kind)
    described = definitions[kind.__name__]["properties"]
    lines = []
    for option in fields(kind):
        words = textwrap.wrap(described[option.name]["description"], 96)
        lines += [f"#   # {line}" for line in words]
        lines.append(f"#   {option.name}: {_value(section, option)}".rstrip())
    return lines


def _value(section: str, option: Field[Any]) -> str:
    sample = SAMPLES.get((section, option.name))
    if sample is not None:
        return sample
    value = option.default_factory() if option.default_factory is not MISSING else option.default
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        assert not value, "a list in the example is empty"
        return "[]"
    if isinstance(value, str):
        return f'"{value}"' if value[:1].isdigit() or not value else value
    return str(value)


if __name__ == "__main__":
    print(example(), end="")
