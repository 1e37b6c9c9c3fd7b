"""This file finds what ``edge-alpr open`` is to open: in a collector's store, in a file, or on standard input."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.collector.open_store import open_store
from edge_alpr.errors import EdgeAlprError, MessageError
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.sealed import is_sealed
from edge_alpr.seal.open import RELEASED

if TYPE_CHECKING:
    from collections.abc import Iterator


def sealed_bodies(source: str, unit: str | None, day: str | None) -> Iterator[bytes]:
    """The sealed and the released messages of a unit and of a day, or all of them, as they came.

    Args:
        source: a store's name, a file with a message a line, or ``-`` for standard input.
        unit: ``org/site/unit``.
        day: a UTC day of the custodian.

    Raises:
        EdgeAlprError: it cannot be read.
    """
    kind, _, path = source.partition(":")
    if kind in {"sqlite", "postgresql", "postgres"} and path:
        if kind == "sqlite" and not Path(path).is_file():
            raise EdgeAlprError(f"{path}: no such file")
        with closing(open_store(source)) as store:
            yield from store.sealed(unit=unit, day=day)
        return
    read = 0
    unread: list[int] = []
    for number, line in enumerate(_lines(source), 1):
        try:
            document = parse_document(line)
        except MessageError:
            unread += [number] if line.strip() else []
            continue
        read += 1
        if not (is_sealed(document) or _is_released(document)):
            continue
        header = document.get("header", document)
        whose = "/".join(str(header.get(part)) for part in ("org", "site", "unit"))
        if unit not in {None, whose} or day not in {None, header.get("epoch")}:
            continue
        for ours in ("stored", "signer"):  # a collector's file of lines
            document.pop(ours, None)
        yield dump_document(document)
    if unread:
        told = f"{source}: line {unread[0]} is no message"
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        if not read:
            raise EdgeAlprError(f"{told}{more}: expected a store, or a file with a message a line")
        print(f"edge-alpr open: {told}{more}; the rest was read", file=sys.stderr)


def _lines(source: str) -> Iterator[bytes]:
    if source == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(source).open("rb") as lines:
            yield from lines
    except OSError as error:
        raise EdgeAlprError(f"{source}: {error.strerror}") from None


def _is_released(document: dict[str, Any]) -> bool:
    return document.get("schema") == RELEASED and isinstance(document.get("header"), dict)
