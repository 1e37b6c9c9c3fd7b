"""This file reads a YAML file into plain data and remembers on which line every key stands.

What would surprise a technician is refused instead of guessed: duplicate keys, anchors and aliases, tags, merge keys,
numbers that YAML reads in another base, control characters, files over 64 KiB and what is no plain file. Every problem
of that kind is found, not only the first.
"""

from __future__ import annotations

import math
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import yaml

from edge_alpr.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
"""Sections within sections. The configuration needs three."""

KeyPath: TypeAlias = tuple[str | int, ...]

_CORE = "tag:yaml.org,2002:"
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FRACTION = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTES = "; put such values in quotes if they are text"


class _Mark(Protocol):
    @property
    def line(self) -> int: ...


@dataclass(slots=True)
class YamlSource:
    """A parsed file: its data, and where in the file they are."""

    name: str
    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    others: dict[str | int, YamlSource] = field(default_factory=dict)
    """The files that sections were taken in from."""

    def take_in(self, other: YamlSource, sections: tuple[str, ...]) -> None:
        """Take these sections, and no others, from another file; what does not fit becomes a problem."""
        self.problems += other.problems
        if not isinstance(other.data, dict):
            self.problems.append(
                Problem(other.where(()), "", "must be a list of `section:` entries")
            )
            return
        for name, value in other.data.items():
            if name not in sections:
                what = f"does not belong into an included file; there are {' and '.join(sections)}"
                self.problems.append(Problem(other.where((name,)), name, what))
            elif self.data.get(name) is not None:
                what = f"given twice; it stands in {self.where((name,))} too: leave it in one of the files"
                self.problems.append(Problem(other.where((name,)), name, what))
            else:
                self.data[name] = value
                self.others[name] = other

    def where(self, path: KeyPath) -> str:
        """``file:line`` of the key, or of its nearest parent that is in the file."""
        if path and path[0] in self.others:
            return self.others[path[0]].where(path)
        for length in range(len(path), -1, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return f"{self.name}:{line}"
        return self.name

    def complain(self, mark: _Mark | None, path: KeyPath, what: str) -> None:
        """Note a problem at a place in the text."""
        where = f"{self.name}:{mark.line + 1}" if mark else self.name
        self.problems.append(Problem(where, ".".join(map(str, path)), what))


def read_yaml(path: Path) -> YamlSource:
    """Read a file.

    Raises:
        ConfigError: it cannot be read at all; smaller faults are collected in ``problems``.
    """
    source = YamlSource(str(path))
    try:
        text = _read(source, path).decode("utf-8")
    except OSError as error:
        raise _refuse(source, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _refuse(source, f"is not UTF-8 text (byte {error.start})") from error
    try:
        _refuse_constructs(source, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"not valid YAML: {error.problem or error.context}"
        raise ConfigError([Problem(f"{source.name}:{line}", "", what)]) from error
    except yaml.reader.ReaderError as error:
        what = f"not valid YAML: the character U+{error.character:04X} is not allowed"
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError([Problem(f"{source.name}:{line}", "", what)]) from error
    except yaml.YAMLError as error:
        raise _refuse(source, f"not valid YAML: {error}") from error
    source.data = {} if root is None else _build(source, root, ())
    return source


def _read(source: YamlSource, path: Path) -> bytes:
    """The bytes of a plain file; a pipe or a device could keep us for ever."""
    if "\0" in str(path):
        raise _refuse(source, "a file's name has no zero byte in it")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise _refuse(source, "is no plain file; name a file of YAML")
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refuse(source, f"is too large; a configuration is at most {MAX_BYTES} bytes")
    return content


def _refuse(source: YamlSource, what: str) -> ConfigError:
    return ConfigError([Problem(source.name, "", what)])


def _refuse_constructs(source: YamlSource, text: str) -> None:
    """Refuse what a configuration has no use for, before anything is built of it."""
    depth, anchors = 0, set()
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None and anchor not in anchors:
            anchors.add(anchor)
            what = (
                f"anchors and aliases (&{anchor}, *{anchor}) are not allowed: write the values out"
            )
            source.complain(event.start_mark, (), what)
        if tag is not None:
            shown = tag.replace(_CORE, "!!")
            what = f"the tag {shown} is not allowed: write a plain value"
            source.complain(event.start_mark, (), what)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            what = f"sections are nested deeper than {MAX_DEPTH} times"
            source.complain(event.start_mark, (), what)
            break
    if source.problems:
        raise ConfigError(source.problems)


def _build(source: YamlSource, node: yaml.Node, path: KeyPath) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(source, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(source, item, (*path, i)) for i, item in enumerate(node.value)]
    try:
        return _scalar(node)
    except ValueError as error:
        source.complain(node.start_mark, path, str(error))
        return None


def _build_mapping(source: YamlSource, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if key_node.tag in {f"{_CORE}str", f"{_CORE}value"} else None
        if key_node.tag == f"{_CORE}merge":
            what = "merge keys (<<) are not allowed: write the values out"
            source.complain(key_node.start_mark, path, what)
            continue
        if not isinstance(key, str) or _CONTROL.search(key):
            source.complain(key_node.start_mark, path, "a key must be a word; put it in quotes")
            continue
        here = (*path, key)
        if key in found:
            what = f"given twice; the first is on line {source.lines[here]}"
            source.complain(key_node.start_mark, here, what)
            continue
        source.lines[here] = key_node.start_mark.line + 1
        found[key] = _build(source, value_node, here)
    return found


def _scalar(node: yaml.Node) -> Any:
    """A scalar's value by YAML 1.1 where that is what everybody would expect.

    A time stays text, so that its rule is written in one place.

    Raises:
        ValueError: it is not, or no number at all.
    """
    text, tag = node.value, node.tag.removeprefix(_CORE)
    if tag == "null":
        return None
    if tag == "bool":
        return yaml.constructor.SafeConstructor.bool_values[text.lower()]
    if tag == "int":
        if not _DECIMAL.fullmatch(text):
            raise ValueError(f"{text[:40]} is no plain decimal number{_QUOTES}")
        return int(text)
    if tag == "float":
        if not _FRACTION.fullmatch(text) or not math.isfinite(float(text)):
            raise ValueError(f"{text[:40]} is no finite decimal number{_QUOTES}")
        return float(text)
    if found := _CONTROL.search(text):
        raise ValueError(f"holds a control character (U+{ord(found.group()):04X}): take it out")
    return text
