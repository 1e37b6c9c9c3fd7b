"""Reads and writes the custodian's bundle of daily keys, and finds the one that a unit seals to just now.

An epoch is one UTC day. Its key ends the retention of all that was sealed to it at one instant, so the reads of a day
are kept until the same moment, counted from the beginning of that day: none of them longer than the policy allows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.files import read_public
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.message.document import parse_document
from edge_alpr.message.epochs import EPOCHS, read_bundle
from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.seal.envelope import Epoch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.keys.ring import KeyRing

DAY_S: Final = 86_400.0


def day_of(utc_s: float) -> str:
    """The UTC day of an instant: ``2026-11-24``."""
    return to_text(math.floor(utc_s))[:10]


def day_start(day: str) -> float:
    """UTC seconds at which a day begins.

    Raises:
        ValueError: it is none.
    """
    return to_seconds(f"{day}T00:00:00.000Z")


class Epochs:
    """The keys of a custodian, by day."""

    def __init__(self, custodian: str, epochs: Iterable[Epoch]) -> None:
        self.custodian = custodian
        """``custodian/name``."""
        self._by_day = {epoch.day: epoch for epoch in epochs}

    @classmethod
    def load(cls, path: Path, custodians: KeyRing) -> Epochs:
        """The bundle in a file.

        Raises:
            KeyFileError: it cannot be read, is none, or is not signed by the custodian that it names.
        """
        try:
            return read_epochs(parse_document(read_public(path)), custodians)
        except MessageError as error:
            raise KeyFileError(
                f"{path}: not a bundle of epochs that can be believed: {error}"
            ) from None

    def at(self, utc_s: float) -> Epoch | None:
        """The key for what is read at that time; None if there is none (any more)."""
        epoch = self._by_day.get(day_of(utc_s))
        return None if epoch is None or utc_s >= epoch.until_s else epoch

    @property
    def last_day(self) -> str:
        """The last day that there is a key for."""
        return max(self._by_day, default="")

    def __iter__(self) -> Iterator[Epoch]:
        return iter(sorted(self._by_day.values(), key=lambda epoch: epoch.day))

    def __len__(self) -> int:
        return len(self._by_day)


def epochs_document(epochs: Epochs, issued_s: float, key: KeyPair) -> dict[str, Any]:
    """The bundle, signed with the custodian's key."""
    return sign_document(
        {
            "schema": EPOCHS,
            "custodian": epochs.custodian,
            "issued": to_text(issued_s),
            "epochs": [
                {"day": epoch.day, "key": str(epoch.key), "until": to_text(epoch.until_s)}
                for epoch in epochs
            ],
        },
        key,
    )


def read_epochs(document: dict[str, Any], custodians: KeyRing) -> Epochs:
    """The keys in a bundle, once its signature was checked.

    Raises:
        MessageError: it is none, or not signed by the custodian that it names.
        KeyFileError: one of its keys is none.
    """
    verify_document(document, custodians)
    bundle = read_bundle(document)
    return Epochs(
        bundle.custodian,
        (
            Epoch(each.day, SealPublic.parse(each.key), to_seconds(each.until))
            for each in bundle.epochs
        ),
    )


def window_end(epoch: Epoch, retain_s: float) -> float:
    """UTC seconds at which a read of that day is deleted: its day's beginning and the policy's time, or the custodian's
    end if that is earlier. It says nothing about when on that day the read was made."""
    return min(day_start(epoch.day) + retain_s, epoch.until_s)
