"""Hypothesis strategy for `plate.read/1.0`: any event that the annotations of its types allow."""

from __future__ import annotations

import dataclasses
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import MaxLen
from hypothesis import strategies as st
from pydantic import StringConstraints

from edge_alpr.message.event import PlateEvent
from edge_alpr.message.timestamps import to_text

utc_seconds = st.floats(0, 253_402_300_799)


def plate_events() -> st.SearchStrategy[PlateEvent]:
    """Follows the types, so a new field is covered on the day it is added."""
    return _of(PlateEvent)


def _of(hint: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint, include_extras=True)
        return st.builds(hint, **{name: _of(each) for name, each in hints.items()})
    if origin in (Union, UnionType):
        return st.one_of([_of(each) for each in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is not ...:
        return st.tuples(*map(_of, arguments))
    if origin is Annotated:
        return _constrained(hint, arguments)
    return st.none() if hint is NoneType else st.from_type(hint)


def _constrained(hint: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    plain, *rules = arguments
    if plain is str:
        return _string(next(rule for rule in rules if isinstance(rule, StringConstraints)))
    if get_origin(plain) is tuple:
        most = next(rule.max_length for rule in rules if isinstance(rule, MaxLen))
        return st.lists(_of(get_args(plain)[0]), max_size=min(most, 4)).map(tuple)
    if get_origin(plain) is Literal:
        return _of(plain)
    if plain is float:
        return st.from_type(hint).filter(lambda number: number < float("inf"))
    return st.from_type(hint)


def _string(rule: StringConstraints) -> st.SearchStrategy[str]:
    pattern = rule.pattern
    if pattern is None:
        letters = st.characters(exclude_categories=["Cs"])
        return st.text(letters, min_size=rule.min_length or 0, max_size=rule.max_length)
    assert isinstance(pattern, str)
    if pattern.endswith("Z$"):
        return utc_seconds.map(to_text)
    return st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True)
