"""Names a plate in an audit log without saying it: an HMAC under a key that the custodian keeps.

The same plate gets the same name, so that repeated searches for it can be counted, and a resident who asks can be told
who searched. Without the key nobody can go through all plates and compare. Whoever has the key can: it is the
custodian's, and neither the unit nor the agency that searches needs to keep it for longer than one use.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_private, write_new
from edge_alpr.plates import normalise, reveal

if TYPE_CHECKING:
    from pathlib import Path

_BYTES: Final = 32
_PREFIX: Final = "audit-key:"
_PURPOSE: Final = b"edge-alpr audit subject 1\0"
"""So that the same key is worth nothing to find plates that were named for something else."""


class AuditKey:
    """The custodian's secret by which plates are named in logs. Never printed."""

    def __init__(self, raw: bytes) -> None:
        """``raw``: 32 bytes."""
        self._raw = raw

    @classmethod
    def generate(cls) -> AuditKey:
        """A new key from the system's random source."""
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def load(cls, path: Path) -> AuditKey:
        """The key in a file that only its owner may read.

        Raises:
            KeyFileError: missing, open to others, or not such a key.
        """
        text = read_private(path).decode("utf-8", errors="replace").strip()
        try:
            raw = base64.b64decode(text.removeprefix(_PREFIX), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if not text.startswith(_PREFIX) or len(raw) != _BYTES:
            raise KeyFileError(f"{path}: not an audit key; expected {_PREFIX}... of {_BYTES} bytes")
        return cls(raw)

    def save(self, path: Path) -> None:
        """Write it for its owner only (mode 0600).

        Raises:
            KeyFileError: the file is there already, or cannot be written.
        """
        text = base64.urlsafe_b64encode(self._raw).decode("ascii")
        write_new(path, f"{_PREFIX}{text}\n".encode(), 0o600)

    def subject(self, plate: str) -> str:
        """How a log names a plate: ``hmac-sha256:`` and 64 hex digits. Spaces, dashes and case make no difference."""
        text = normalise(reveal(plate)).encode("ascii")
        return f"hmac-sha256:{hmac.new(self._raw, _PURPOSE + text, hashlib.sha256).hexdigest()}"

    def __repr__(self) -> str:
        return "AuditKey(...)"
