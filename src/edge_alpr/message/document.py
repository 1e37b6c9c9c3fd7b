"""Reads and writes JSON objects as such: what a signature covers before anybody asks what the fields mean.

A signature must mean the same to everybody, so an object that two parsers may read differently is refused here: a key
that comes twice, a number that JSON does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

from edge_alpr.errors import MessageError

MAX_BYTES: Final = 256 * 1024
"""Longest body that is looked at. An event is about 3 KiB, the longest receipt about 2 KiB."""
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a character beyond the first 65,536, which JSON can say alone and UTF-8 cannot."""

Sign: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Gives a copy of a document with ``proof`` added. Who uses it has no key in hand, and needs no cryptography."""


def parse_document(body: bytes) -> dict[str, Any]:
    """The object in a body, unknown fields and all.

    Raises:
        MessageError: not a JSON object, or not one that all parsers read alike. Never quotes the body.
    """
    if len(body) > MAX_BYTES:
        raise MessageError(f"{len(body)} bytes are too many, at most {MAX_BYTES} are read")
    try:
        document = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, _NotAlikeError) else "not JSON in UTF-8"
        raise MessageError(f"body: {what}") from None
    if not isinstance(document, dict):
        raise MessageError("body: not a JSON object")
    if _HALF.search(body) is not None:
        try:
            dump_document(document)
        except (
            UnicodeEncodeError
        ):  # it could not be passed on, stored or signed: I-JSON (RFC 7493) forbids it
            raise MessageError("body: holds half a character (a lone surrogate)") from None
    return document


def dump_document(document: dict[str, Any]) -> bytes:
    """The object as compact UTF-8 JSON, its keys in the order they have."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


class _NotAlikeError(ValueError):
    """JSON that parsers do not agree on."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotAlikeError("a key comes twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise _NotAlikeError("a number that JSON does not have")
