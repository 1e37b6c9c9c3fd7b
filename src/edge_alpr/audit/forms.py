"""Defines what a fact in the audit log may look like: closed forms, none of which has room for a plate's text.

There is no free text. A label has no capital letter, so what a reader or a hotlist calls a plate never fits one; a
case number may, since agencies number as they like, and whoever records one must not take it from a plate.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.pair import PublicKey
from edge_alpr.message.timestamps import to_seconds

MOST_ITEMS: Final = 200
"""Entries of a tally or a list: a fact stays short."""

_MOST: Final = 2**53 - 1
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9._:/+ -]{0,119}")
_CASE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./:_-]{0,63}")
_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_SUBJECT: Final = re.compile("hmac-sha256:[0-9a-f]{64}")
_HEX: Final = re.compile("[0-9a-f]{8,64}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its name in the documents, what it looks like in words, and the test of a value."""

    name: str
    words: str
    fits: Callable[[object], bool]

    def __str__(self) -> str:
        return self.name


def label(text: str) -> str:
    """A name that was given by somebody else, a hotlist's or a file's, as a label: small letters, nothing unusual."""
    found = re.sub(r"[^a-z0-9._:/+ -]+", "-", text.lower())[:120].lstrip("._:/+ -")
    return found or "unnamed"


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    # `type is str`: a `plates.Plate` is a str too, and no form has room for one.
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _is_label(value: object) -> bool:
    return type(value) is str and _LABEL.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST


def _is_number(value: object) -> bool:
    return type(value) in {int, float} and -_MOST <= value <= _MOST  # type: ignore[operator]


def _is_time(value: object) -> bool:
    if type(value) is not str or not _TIME.fullmatch(value):
        return False
    try:
        to_seconds(value)
    except ValueError:
        return False
    return True


def _is_tally(value: object) -> bool:
    return _is_map(value, _is_count)


def _are_digests(value: object) -> bool:
    return _is_map(value, DIGEST.fits)


def _is_map(value: object, fits: Callable[[object], bool]) -> bool:
    return (
        type(value) is dict
        and len(value) <= MOST_ITEMS
        and all(_is_label(key) and fits(each) for key, each in value.items())
    )


def _are_labels(value: object) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) <= MOST_ITEMS
        and all(_is_label(each) for each in value)
    )


def _is_key(value: object) -> bool:
    if type(value) is not str:
        return False
    try:
        PublicKey.parse(value)
    except KeyFileError:
        return False
    return True


LABEL: Final = Form("label", "a word or a name: a-z, 0-9 and `._:/+-`, at most 120", _is_label)
LABELS: Final = Form("labels", "a list of labels", _are_labels)
CASE: Final = Form("case", "a case number: letters, digits, `./:_-`, at most 64", _matches(_CASE))
COUNT: Final = Form("count", "a whole number from 0", _is_count)
NUMBER: Final = Form("number", "a number", _is_number)
FLAG: Final = Form("flag", "true or false", lambda value: type(value) is bool)
TIME: Final = Form("time", "as in `2026-11-24T02:13:39.412Z`", _is_time)
DIGEST: Final = Form("digest", "`sha256:` and 64 hex digits", _matches(_DIGEST))
DIGESTS: Final = Form("digests", "a digest for each of several labels", _are_digests)
TALLY: Final = Form("tally", "a count for each of several labels", _is_tally)
SUBJECT: Final = Form("subject", "`hmac-sha256:` and 64 hex digits", _matches(_SUBJECT))
HEX: Final = Form("hex", "8 to 64 hex digits", _matches(_HEX))
KEY: Final = Form("key", "a public key, `ed25519:...`", _is_key)
FORMS: Final = (
    LABEL,
    LABELS,
    CASE,
    COUNT,
    NUMBER,
    FLAG,
    TIME,
    DIGEST,
    DIGESTS,
    TALLY,
    SUBJECT,
    HEX,
    KEY,
)
