"""Configuration files: what is accepted, and that every mistake is named with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.capture.files import FilesSettings
from edge_alpr.config.load import config_schema, describe, digest, load_config
from edge_alpr.config.settings import Config
from edge_alpr.config.source import MAX_BYTES
from edge_alpr.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: str) -> Path:
    path = folder / "unit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, text))
    return caught.value.problems


def only(folder: Path, text: str) -> str:
    (problem,) = problems(folder, text)
    return str(problem).replace(f"{folder}/", "")


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert describe(load_config(write(tmp_path, ""))) | {"spool": None} == describe(Config()) | {
        "spool": None  # its path is taken from the file's folder
    }


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "camera: {kind: files, path: clips/a.mp4}"))
    assert isinstance(config.camera, FilesSettings)
    assert config.camera.path == tmp_path / "clips/a.mp4"


def test_five_mistakes_are_named_at_once_in_order_of_lines(tmp_path: Path) -> None:
    text = """\
version: 1
unit:
  name: Unit One
track:
  max_gap: 2
detect:
  side_px: 64
read:
  min_height_px: "tall"
log:
  format: jason
"""
    found = [str(p).replace(f"{tmp_path}/", "") for p in problems(tmp_path, text)]
    assert [f.split(": ")[:2] for f in found] == [
        ["unit.yaml:3", "unit.name"],
        ["unit.yaml:5", "track.max_gap"],
        ["unit.yaml:7", "detect.side_px"],
        ["unit.yaml:9", "read.min_height_px"],
        ["unit.yaml:11", "log.format"],
    ]
    assert "did you mean max_gap_s?" in found[1]
    assert "greater than or equal to 256, not 64" in found[2]
    assert "did you mean json?" in found[4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "unit.yaml:1: anchors and aliases (&x, *x) are not allowed"),
        ("log: !!python/object:os.system {}", "is not allowed"),
        (
            "log: {level: info}\nlog: {level: debug}",
            "unit.yaml:2: log: given twice; the first is on line 1",
        ),
        (
            "tracks: {}",
            "unit.yaml:1: tracks: is not an option of the configuration; did you mean track?",
        ),
        ("- a\n- b", "must be a list of `section:` entries"),
        ("log: [", "not valid YAML"),
        ("track: {max_gap_s: .inf}", "holds a number that is not one"),
        (
            "camera: {kind: film, path: a}",
            "camera.kind: 'film' is none of 'files', 'video'; did you mean files?",
        ),
        ("camera: {path: a}", "unit.yaml:1: camera: needs 'kind' to say which kind it is"),
        ("camera: {kind: files}", "unit.yaml:1: camera.path: is missing and has no default"),
        ("camera: {kind: files, path: a, start: 2026-11-24 08:00:00}", "start needs its zone"),
        ("unit: {name: NO}", "put such values in quotes"),
        ("unit: {name: 0123}", "put such values in quotes"),
        ("log: {1: 2}", "a key must be a word"),
        ("mqtt: {url: 'mqtt://u:p@host'}", "name and password do not belong in the URL"),
    ],
)
def test_each_mistake_says_what_and_where(tmp_path: Path, text: str, message: str) -> None:
    assert message in only(tmp_path, text)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert "a configuration is at most" in only(tmp_path, "#" * (MAX_BYTES + 1))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_bytes(b"log: \xff\xfe")
    with pytest.raises(ConfigError, match=r"is not UTF-8 text \(byte 5\)"):
        load_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "nowhere.yaml")


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_loader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.yaml"
    path.write_bytes(content)
    try:
        load_config(path)
    except ConfigError as error:
        assert error.problems


def test_the_digest_changes_with_a_value_and_with_nothing_else(tmp_path: Path) -> None:
    one = load_config(write(tmp_path, "track: {max_gap_s: 2}"))
    same = load_config(write(tmp_path, "# a comment\ntrack:\n  max_gap_s: 2.0\n"))
    other = load_config(write(tmp_path, "track: {max_gap_s: 2.5}"))
    assert digest(one) == digest(same) != digest(other)


def test_the_schema_refuses_unknown_keys_and_explains_options() -> None:
    schema = config_schema()
    assert schema["additionalProperties"] is False
    definition = schema["$defs"]["TrackSettings"]
    assert definition["additionalProperties"] is False
    assert all(option.get("description") for option in definition["properties"].values())
