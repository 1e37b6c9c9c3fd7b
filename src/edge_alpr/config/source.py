"""This file reads a YAML file into plain data and remembers on which line every key stands.

What would surprise a technician is refused instead of guessed: duplicate keys, anchors and aliases, tags, files over
256 KiB. Every problem of that kind is found, not only the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from edge_alpr.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256 * 1024

KeyPath: TypeAlias = tuple[str | int, ...]

_PLAIN = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:timestamp",
    "tag:yaml.org,2002:map",
    "tag:yaml.org,2002:seq",
}


@dataclass(slots=True)
class YamlSource:
    """A parsed file: its data, and where in the file they are."""

    name: str
    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: KeyPath) -> str:
        """``file:line`` of the key, or of its nearest parent that is in the file."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return f"{self.name}:{line}"
        return self.name


def read_yaml(path: Path) -> YamlSource:
    """Read a file.

    Raises:
        ConfigError: it cannot be read at all; smaller faults are collected in ``problems``.
    """
    source = YamlSource(str(path))
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refuse(source, f"{size} bytes; a configuration is at most {MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refuse(source, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _refuse(source, f"is not UTF-8 text (byte {error.start})") from error
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
                where = f"{source.name}:{token.start_mark.line + 1}"
                what = f"anchors and aliases (&{token.value}, *{token.value}) are not allowed: "
                raise ConfigError([Problem(where, "", what + "write the values out")])
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"not valid YAML: {error.problem or error.context}"
        raise ConfigError([Problem(f"{source.name}:{line}", "", what)]) from error
    except yaml.YAMLError as error:
        raise _refuse(source, f"not valid YAML: {error}") from error
    source.data = {} if root is None else _build(source, root, ())
    return source


def _refuse(source: YamlSource, what: str) -> ConfigError:
    return ConfigError([Problem(source.name, "", what)])


def _build(source: YamlSource, node: yaml.Node, path: KeyPath) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if node.tag not in _PLAIN:
        _complain(source, node, path, f"the tag {node.tag} is not allowed: write a plain value")
        return None
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(source, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(source, item, (*path, i)) for i, item in enumerate(node.value)]
    return _scalar(node)


def _build_mapping(source: YamlSource, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            _complain(source, key_node, path, "a key must be a word; put it in quotes")
            continue
        here = (*path, key)
        if key in found:
            first = source.lines[here]
            _complain(source, key_node, here, f"given twice; the first is on line {first}")
            continue
        source.lines[here] = key_node.start_mark.line + 1
        found[key] = _build(source, value_node, here)
    return found


def _complain(source: YamlSource, node: yaml.Node, path: KeyPath, what: str) -> None:
    where = f"{source.name}:{node.start_mark.line + 1}"
    source.problems.append(Problem(where, ".".join(map(str, path)), what))


def _scalar(node: yaml.Node) -> Any:
    """YAML 1.1's value of a scalar; a time stays text, so that its rule is written in one place."""
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    return yaml.constructor.SafeConstructor().construct_object(node)
