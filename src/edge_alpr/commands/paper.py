"""This file lets a person write a document and sign it: what `query`, `share`, `confirm` and `resident` rest on."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import EdgeAlprError, MessageError
from edge_alpr.holder.admit import OFFENCES
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.proof import document_sha256, sign_document
from edge_alpr.keys.validity import parse_time
from edge_alpr.message.asked import CONSENT, REQUEST
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.clock import SystemClock
from edge_alpr.plates import normalise
from edge_alpr.policy.purposes import PURPOSES

if TYPE_CHECKING:
    import argparse

    from edge_alpr.message.typed import Typed

_DAY_S: Final = 86400.0
_SEPARATORS: Final = str.maketrans("", "", "-.·")
_SALT_BYTES: Final = 16
REFUSED: Final = 77
"""Exit status of a use that is not allowed (EX_NOPERM); it is in the log."""


def now_text(later_s: float = 0.0) -> str:
    """Now, as documents write it."""
    return to_text(SystemClock().now().utc_s + later_s)


def add_signer(parser: argparse.ArgumentParser) -> None:
    """Who signs, and with which key."""
    parser.add_argument(
        "--person", required=True, metavar="person/ORG/NAME", help="who you are, as enrolled"
    )
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="your own key")


def add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="where it goes")


def add_desk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--desk", required=True, type=Path, metavar="DIR", help="the holder's desk (edge-alpr desk)"
    )


def add_request(parser: argparse.ArgumentParser) -> None:
    """What a request says; `request_of` writes it."""
    add_signer(parser)
    parser.add_argument(
        "--plate",
        required=True,
        metavar="PLATE|-",
        help="one plate; - reads it, so that no shell keeps it",
    )
    parser.add_argument(
        "--purpose", required=True, metavar="CODE", help=f"{', '.join(sorted(PURPOSES))}"
    )
    parser.add_argument(
        "--offence", required=True, metavar="CLASS", help=f"{', '.join(sorted(OFFENCES))}"
    )
    parser.add_argument("--case", required=True, metavar="NUMBER", help="the case's own number")
    parser.add_argument("--since", required=True, metavar="TIME", help="a day or a time in UTC")
    parser.add_argument("--until", metavar="TIME", help="a day or a time in UTC (default: now)")
    parser.add_argument(
        "--under", required=True, metavar="ORG[/SITE[/UNIT]]", help="the units that are asked"
    )
    parser.add_argument(
        "--warrant", metavar="ID=SHA256", help="a court's warrant, where the policy wants one"
    )
    add_out(parser)


def request_of(arguments: argparse.Namespace, act: str, declaration: dict[str, str] | None) -> int:
    """Write a signed request."""
    document = {
        "schema": REQUEST.name,
        "act": act,
        "person": arguments.person,
        "purpose": arguments.purpose,
        "offence_class": arguments.offence,
        "case_no": arguments.case,
        "plate": plate_of(arguments.plate),
        "since": to_text(parse_time(arguments.since)),
        "until": now_text() if arguments.until is None else to_text(parse_time(arguments.until)),
        "under": arguments.under,
        "warrant": _warrant(arguments.warrant),
        "declaration": declaration,
        "salt": salt(),
        "at": now_text(),
    }
    return write_signed(REQUEST, document, arguments.key, arguments.out)


def add_consent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("request", type=Path, metavar="REQUEST", help="the signed request")
    add_signer(parser)
    add_out(parser)


def consent_of(arguments: argparse.Namespace) -> int:
    """Write a second person's signed consent to a request."""
    document = {
        "schema": CONSENT.name,
        "person": arguments.person,
        "request": document_sha256(read_document(arguments.request)),
        "at": now_text(),
    }
    return write_signed(CONSENT, document, arguments.key, arguments.out)


def write_signed(kind: Typed[Any], document: dict[str, Any], key: Path, out: Path) -> int:
    """Sign a document and write it, if it is one of its kind.

    Raises:
        EdgeAlprError: it is none; says which part.
        KeyFileError: the key cannot be used, or the file is there already.
    """
    signed = sign_document(document, KeyPair.load(key))
    try:
        kind.read(signed)
    except MessageError as error:
        raise EdgeAlprError(f"not a {kind.name}: {error}") from None
    write_new(out, dump_document(signed) + b"\n", 0o600)
    print(f"{out}: {document_sha256(signed)}")
    return 0


def read_document(path: Path) -> dict[str, Any]:
    """The document in a file.

    Raises:
        EdgeAlprError: it is none; names the file.
    """
    try:
        return parse_document(read_public(path))
    except MessageError as error:
        raise EdgeAlprError(f"{path}: {error}") from None


def plate_of(text: str) -> str:
    """The plate as events have it; spaces, dashes and dots do not count.

    Raises:
        EdgeAlprError: it holds anything else, which would make it another plate if it were left out.
    """
    if text == "-":
        text = sys.stdin.readline()
    bare = "".join(text.upper().split()).translate(_SEPARATORS)
    if bare != normalise(bare):
        raise EdgeAlprError(
            "not a request/1.0: plate: only A-Z and 0-9 can be asked for; write it as the camera reads it "
            "(for an umlaut its bare letter)"
        )
    return bare


def salt() -> str:
    """What makes a document's hash tell nothing of its plate."""
    return secrets.token_hex(_SALT_BYTES)


def days_later(days: float) -> str:
    return now_text(days * _DAY_S)


def _warrant(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    name, _, digest = text.partition("=")
    return {"id": name, "sha256": digest}
