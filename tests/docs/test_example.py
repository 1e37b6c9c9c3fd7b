"""config.example.yaml: complete, current, and valid as it is and with every line uncommented."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

from edge_alpr.config.example import example
from edge_alpr.config.load import config_schema, describe, load_config
from edge_alpr.config.settings import Config

ROOT = Path(__file__).parent.parent.parent


def uncomment(text: str) -> str:
    """What a technician gets by removing one '# ' from every line that has it."""
    return re.sub(r"^#(?!#| yaml-language) ?", "", text, flags=re.MULTILINE)


def test_the_example_is_the_one_the_settings_give() -> None:
    assert (ROOT / "config.example.yaml").read_text(encoding="utf-8") == example()


def test_the_schema_in_docs_is_the_one_the_settings_give() -> None:
    stored = json.loads((ROOT / "docs/config.schema.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(config_schema()))


def test_the_example_loads_as_it_is() -> None:
    load_config(ROOT / "config.example.yaml")


def test_the_example_uncommented_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "all.yaml"
    path.write_text(uncomment(example()), encoding="utf-8")
    loaded, plain = describe(load_config(path)), describe(load_config(ROOT / "config.example.yaml"))
    assert loaded.pop("camera") is not None
    plain.pop("camera")
    loaded.pop("spool"), plain.pop("spool")  # its path is taken from the file's folder
    assert loaded == plain


def test_every_option_is_in_the_example() -> None:
    text = example()
    for section in fields(Config):
        kind = section.default_factory
        if isinstance(kind, type) and is_dataclass(kind):
            for option in fields(kind):
                assert re.search(rf"^#   {option.name}:", text, re.MULTILINE), option.name
