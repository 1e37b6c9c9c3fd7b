"""Reads how people name a store: ``postgresql://HOST/DATABASE``, ``sqlite:PATH``, ``jsonl:PATH``, ``-``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["postgresql", "sqlite", "jsonl", "-"]

_NAMES: Final[dict[Kind, str]] = {
    "postgresql": "postgresql://HOST/DATABASE",
    "sqlite": "sqlite:PATH",
    "jsonl": "jsonl:PATH",
    "-": "-",
}


def parse_target(target: str, *kinds: Kind, refusal: str) -> tuple[Kind, str]:
    """The kind of store, and its path; of PostgreSQL the whole address.

    Args:
        target: what somebody typed. Only its kind is ever quoted: the rest may hold a password.
        kinds: what is possible here.
        refusal: how the error begins, ``cannot store to``.

    Raises:
        ValueError: it is none of these, or what it needs is not installed.
    """
    scheme, _, path = target.partition(":")
    found: dict[str, tuple[Kind, bool]] = {
        "postgresql": ("postgresql", path.startswith("//")),
        "postgres": ("postgresql", path.startswith("//")),
        "sqlite": ("sqlite", bool(path)),
        "jsonl": ("jsonl", bool(path)),
        "-": ("-", target == "-"),
    }
    kind, is_whole = found.get(scheme, ("-", False))
    if not is_whole or kind not in kinds:
        *names, last = (_NAMES[each] for each in kinds)
        raise ValueError(f"{refusal} {scheme!r}: use {', '.join(names)} or {last}")
    if kind == "postgresql":
        if find_spec("psycopg") is None:
            raise ValueError("PostgreSQL needs psycopg: install edge-alpr[collector]")
        return kind, target
    return kind, path
