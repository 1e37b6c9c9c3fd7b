"""Configuration files: what is accepted, and that every mistake is named with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.capture.files import FilesSettings
from edge_alpr.config.load import config_schema, describe, digest, load_config
from edge_alpr.config.settings import Config
from edge_alpr.config.source import MAX_BYTES
from edge_alpr.errors import ConfigError, Problem


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
        (
            "track: {max_gap_s: .inf}",
            "unit.yaml:1: track.max_gap_s: .inf is no finite decimal number",
        ),
        (
            "camera: {kind: film, path: a}",
            "camera.kind: 'film' is none of 'files', 'picamera2', 'video'; did you mean files?",
        ),
        ("camera: {path: a}", "unit.yaml:1: camera: needs 'kind' to say which kind it is"),
        ("camera: {kind: files}", "unit.yaml:1: camera.path: is missing and has no default"),
        ("camera: {kind: files, path: a, start: 2026-11-24 08:00:00}", "start needs its zone"),
        ("unit: {name: NO}", "put such values in quotes"),
        ("unit: {name: 0123}", "put such values in quotes"),
        ("log: {1: 2}", "a key must be a word"),
        (
            "mqtt:\n  url: 'mqtt://u:p@host'",
            "unit.yaml:2: mqtt.url: name and password do not belong",
        ),
        (
            "mqtt:\n  url: mqtts://host:99999",
            "unit.yaml:2: mqtt.url: no address of a broker: the p",
        ),
        (
            "mqtt:\n  url: 'mqtt://[host'",
            "unit.yaml:2: mqtt.url: no address of a broker: check its",
        ),
        ("mqtt:\n  url: http://host", "unit.yaml:2: mqtt.url: a broker is mqtt://host[:port]"),
        ("mqtt:\n  cert_file: a.pem", "unit.yaml:2: mqtt.cert_file: certificates are of no use"),
        ("mqtt:\n  password_file: a", "unit.yaml:2: mqtt.password_file: password_file without us"),
        ("mqtt: 5", "unit.yaml:1: mqtt: must be a section of `option: value` lines, not 5"),
        ("mqtt: 'mqtt://u:hunter2@h'", "lines, not 'mqtt://h'"),
        ("log: [a]", "unit.yaml:1: log: must be a section"),
        ("camera: film.avi", "unit.yaml:1: camera: must be a section"),
        ("version: true", "unit.yaml:1: version: must be a whole number: version: 1"),
        ("version: 1.0", "unit.yaml:1: version: must be a whole number"),
        ("version: 2", "unit.yaml:1: version: should be 1, not 2"),
        ("detect: {side_px: yes}", "detect.side_px: should be a valid integer, not true"),
        ("detect: {side_px: ~}", "detect.side_px: should be a valid integer, not empty"),
        ("detect: {side_px: 0x_}", "detect.side_px: 0x_ is no plain decimal number"),
        ("detect: {side_px: 0b}", "should be a valid integer"),
        ("detect: {side_px: 1_000}", "1_000 is no plain decimal number"),
        (f"detect: {{side_px: {'9' * 5000}}}", "is no plain decimal number"),
        ("track:\n  max_gap_s: .nan", "unit.yaml:2: track.max_gap_s: .nan is no finite"),
        ("log: {level: !!int 5}", "unit.yaml:1: the tag !!int is not allowed"),
        ("log: {level: !!binary aGk=}", "the tag !!binary is not allowed"),
        ("log: {level: !own x}", "the tag !own is not allowed"),
        ("log:\n  <<: {level: info}", "unit.yaml:2: log: merge keys (<<) are not allowed"),
        ("log: {=: 1}", "log.=: is not an option"),
        ("? [a]\n: b", "a key must be a word"),
        ("a: " + "[" * 5000, "nested deeper than 16"),
        ("a:\n" + "".join(" " * n + "a:\n" for n in range(1, 300)), "nested deeper than 16"),
        ('unit: {name: "a\\0b"}', "unit.name: holds a control character (U+0000)"),
        ('unit: {name: "\\uD800"}', "unit.name: holds a control character (U+D800)"),
        ("unit:\n  name: '\x07'", "unit.yaml:2: not valid YAML: the character U+0007"),
        ("a: 1\n--- \nb: 2", "unit.yaml:2: not valid YAML: but found another document"),
        ("a: *x", "anchors and aliases (&x, *x) are not allowed"),
        ("unit: {name: '" + "x" * 9000 + "'}", "x…"),
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


def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(ConfigError, match="is no plain file"):
            load_config(path)
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)
    with pytest.raises(ConfigError, match="File name too long"):
        load_config(tmp_path / ("x" * 300))
    with pytest.raises(ConfigError, match="has no zero byte"):
        load_config(tmp_path / "a\0b")


def test_a_section_of_which_only_the_heading_is_there_is_its_defaults(tmp_path: Path) -> None:
    assert (
        load_config(write(tmp_path, "log:\n  # level: info\nmqtt:\ncamera:\n")).log == Config().log
    )


def test_every_anchor_and_tag_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, "a: &x 1\nb: !!set {}\nc: *x\nd: &y 2\n")
    assert [p.where.rpartition(":")[2] for p in found] == ["1", "2", "4"]


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


hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["0x_", ".inf", "<<", "=", "1:30", "!!int 5", "&a b", "~", "rtsp://u:p@h", ""]),
)
anything = st.recursive(
    hostile, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3)
)


@st.composite
def almost_right(draw: st.DrawFn) -> dict[str, object]:
    """Real sections and options with values that do not belong there."""
    names = draw(st.lists(st.sampled_from(list(describe(Config()))), max_size=4, unique=True))
    described = describe(Config())
    made: dict[str, object] = {}
    for name in names:
        options = described[name]
        if not isinstance(options, dict) or draw(st.booleans()):
            made[name] = draw(anything)
        else:
            chosen = draw(st.lists(st.sampled_from([*options, "kind", "bad"]), max_size=4))
            made[name] = {option: draw(anything) for option in chosen}
    return made


@given(almost_right(), st.booleans())
def test_values_that_do_not_belong_there_are_problems_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object], plain: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "almost.yaml"
    text = yaml.safe_dump(content) if plain else str(content)
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        load_config(path)
    except ConfigError as error:
        assert error.problems
        assert all(problem.where.startswith(str(path)) for problem in error.problems)
        assert all(len(str(problem)) < 2000 for problem in error.problems)


def test_the_digest_changes_with_a_value_and_with_nothing_else(tmp_path: Path) -> None:
    one = load_config(write(tmp_path, "track: {max_gap_s: 1}"))
    same = load_config(write(tmp_path, "# a comment\ntrack:\n  max_gap_s: 1.0\n"))
    other = load_config(write(tmp_path, "track: {max_gap_s: 1.5}"))
    assert digest(one) == digest(same) != digest(other)


def test_the_schema_refuses_unknown_keys_and_explains_options() -> None:
    schema = config_schema()
    assert schema["additionalProperties"] is False
    definition = schema["$defs"]["TrackSettings"]
    assert definition["additionalProperties"] is False
    assert all(option.get("description") for option in definition["properties"].values())
