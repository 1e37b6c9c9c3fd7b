"""This file turns what pydantic found wrong into sentences: ``file:line: key: what, what is allowed, did you mean``."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from typing import TYPE_CHECKING, Any

from edge_alpr.capture.video import without_password
from edge_alpr.errors import OptionError, Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails, ValidationError

    from edge_alpr.config.source import KeyPath, YamlSource

_QUOTE_HINT = (
    " (YAML reads NO, ON, 0123 and 1:30 as something else than text: put such values in quotes)"
)

_MOST_SHOWN = 80
_MOST_TOLD = 100
"""Problems that are put into words; a file of 64 KiB could hold 10,000, and each is compared with all options."""


def explain(error: ValidationError, source: YamlSource, root: type) -> list[Problem]:
    """All problems; of very many the first hundred, and how many more there are."""
    found = error.errors()
    problems = [_explain_one(details, source, root) for details in found[:_MOST_TOLD]]
    if len(found) > _MOST_TOLD:
        more = f"{len(found) - _MOST_TOLD} more problems: is this a configuration?"
        problems.append(Problem(source.where(()), "", more))
    return list(dict.fromkeys(problems))


def _explain_one(details: ErrorDetails, source: YamlSource, root: type) -> Problem:
    path = _path_in(source.data, details["loc"])
    where, key = source.where(path), ".".join(map(str, path))
    kind = details["type"]
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        return Problem(where, key, _unknown(path, source, root))
    if kind in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return Problem(where, key, "is missing and has no default")
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        allowed = details["ctx"].get("expected_tags", details["ctx"].get("discriminator", ""))
        if kind == "union_tag_not_found":
            return Problem(where, key, f"needs {allowed} to say which kind it is")
        tag = details["ctx"]["tag"]
        return Problem(
            where, f"{key}.kind", f"{_shown(tag)} is none of {allowed}{_near(tag, allowed)}"
        )
    value = details["input"]
    if kind == "value_error":
        return _explain_refusal(details["ctx"]["error"], path, source)
    if kind in {"dataclass_type", "model_attributes_type", "dict_type"}:
        return Problem(where, key, f"must be a section of `option: value` lines{_not(value)}")
    words = details["msg"].removeprefix("Input ")
    words = words[0].lower() + words[1:]
    hint = _QUOTE_HINT if kind == "string_type" else ""
    if kind == "literal_error":
        hint = _near(value, details["ctx"]["expected"])
    return Problem(where, key, f"{words}{_not(value)}{hint}")


def _explain_refusal(error: Exception, path: KeyPath, source: YamlSource) -> Problem:
    """What settings refuse by their own rules; an `OptionError` names the option to look at."""
    if isinstance(error, OptionError):
        path = (*path, *error.option.split("."))
    return Problem(source.where(path), ".".join(map(str, path)), str(error))


def _not(value: Any) -> str:
    """``, not 64``: short, and without the password of an address."""
    if isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if value is None:
        return ", not empty"
    return f", not {_shown(value)}"


def _shown(value: Any) -> str:
    text = repr(without_password(value) if isinstance(value, str) else value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _path_in(data: Any, loc: tuple[int | str, ...]) -> KeyPath:
    """The error's place without what pydantic adds to it (the tag of a union)."""
    path: list[str | int] = []
    for position, step in enumerate(loc):
        inside = isinstance(data, dict) and step in data
        if inside or (isinstance(data, list) and isinstance(step, int)):
            data = data[step]
            path.append(step)
        elif position == len(loc) - 1 and not (isinstance(data, dict) and data.get("kind") == step):
            path.append(step)
    return tuple(path)


def _unknown(path: KeyPath, source: YamlSource, root: type) -> str:
    section, name = path[:-1], str(path[-1])
    names = option_names(root, section, source.data)
    near = difflib.get_close_matches(name, names, 1, 0.6)
    of = f"of {'.'.join(map(str, section))}" if section else "of the configuration"
    if near:
        return f"is not an option {of}; did you mean {near[0]}?"
    return f"is not an option {of}; its options are {', '.join(names)}"


def option_names(root: type, section: KeyPath, data: Any) -> list[str]:
    """The options of a section of the configuration, in their order."""
    kind: type = root
    for step in section:
        data = data.get(step) if isinstance(data, dict) else None
        hint = typing.get_type_hints(kind).get(str(step))
        choices = [t for t in _flatten(hint) if isinstance(t, type) and dataclasses.is_dataclass(t)]
        wanted = data.get("kind") if isinstance(data, dict) else None
        matching = [t for t in choices if _kind_of(t) == wanted]
        if not choices:
            return []
        kind = (matching or choices)[0]
    return [f.name for f in dataclasses.fields(kind)]


def _kind_of(settings: type) -> Any:
    fields = dataclasses.fields(settings)
    return next((f.default for f in fields if f.name == "kind"), None)


def _flatten(kind: Any) -> list[Any]:
    arguments = typing.get_args(kind)
    if not arguments:
        return [kind]
    return [inner for argument in arguments for inner in _flatten(argument)]


def _near(value: Any, allowed: str) -> str:
    words = [word.strip(" '\"") for word in allowed.replace(" or ", ", ").split(",")]
    near = difflib.get_close_matches(str(value), words, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else ""
