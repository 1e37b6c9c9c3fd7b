"""Tells from when until when the certificates in a file hold, and to whom they are made out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_public

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Dates:
    """Of one certificate; UTC seconds."""

    subject: str
    begin_s: float
    end_s: float


def dates_in(path: Path) -> list[Dates]:
    """Of every certificate in a PEM file, in its order.

    Raises:
        KeyFileError: it cannot be read, or holds none.
    """
    try:
        found = x509.load_pem_x509_certificates(read_public(path))
    except ValueError as error:
        raise KeyFileError(f"{path}: no certificates in PEM: {error}") from None
    return [
        Dates(
            each.subject.rfc4514_string(),
            each.not_valid_before_utc.timestamp(),
            each.not_valid_after_utc.timestamp(),
        )
        for each in found
    ]
