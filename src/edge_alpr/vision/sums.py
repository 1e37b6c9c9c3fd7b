"""This file holds a folder of networks to its ``SHA256SUMS``: no byte of a card or a model may differ from it.

A card vouches for its model, and nothing for the card, whose numbers steer the network. The list vouches for both, in
the form of ``sha256sum``, so that anybody can check it: ``sha256sum -c SHA256SUMS``. It finds damage and files that do
not belong together. Who can rewrite the folder can rewrite the list: that the package is the one that was released is
for its installation to check.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

SUMS_NAME: Final = "SHA256SUMS"
MAX_SUMS_BYTES: Final = 1 << 16
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([a-z0-9_.-]{1,100})")


def parse_sums(path: Path, content: bytes) -> dict[str, str]:
    """File name to SHA-256 in hex. Strict: a line that is anything else is damage.

    Raises:
        ModelError: names the line.
    """
    sums: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n")[:-1], 1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ModelError(f"{path}:{number}: not a line of sha256sum; reinstall the models")
        sums[found[2]] = found[1]
    if not content.endswith(b"\n") or not sums:
        raise ModelError(f"{path}: cut short; reinstall the models")
    return sums


def check_listed(path: Path, sha256: str, sums: dict[str, str]) -> None:
    """Refuse a file that is not the listed one.

    Raises:
        ModelError: it is not on the list, or not with these bytes.
    """
    listed = sums.get(path.name)
    if listed is None:
        raise ModelError(f"{path}: not in {SUMS_NAME}; reinstall the models")
    if listed != sha256:
        raise ModelError(
            f"{path}: SHA-256 is {sha256[:16]}…, {SUMS_NAME} says {listed[:16]}…; the file was changed or damaged: "
            "reinstall the models, or list them anew after an export (make docs)"
        )


def sha256_hex(content: bytes) -> str:
    """Lower case."""
    return hashlib.sha256(content).hexdigest()
