"""Finds the sealed reads of one plate with the keys that are at hand, and opens no others.

The agency's key computes the tags of the plate for each unit and day; the custodian's key of the day opens the outer
layer; only an inner envelope whose tag fits is opened, by the agency's key. A hit has no tags: those of the agency are
opened and compared.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from edge_alpr.errors import MessageError
from edge_alpr.message.document import parse_document
from edge_alpr.message.kept import Kept, SealedRow
from edge_alpr.seal.index import index_key, tag_of
from edge_alpr.seal.open import MissingKeyError, open_inner, open_outer, open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from edge_alpr.keys.sealing import SealKey, SealPublic


class SealedRows(Protocol):
    """Where they lie."""

    def sealed(self, under: str, first_day: str, last_day: str) -> Iterable[SealedRow]:
        """Sealed events of units below ``under`` (all, if it is empty), the oldest first: hits, and window reads of
        the days from ``first_day`` to ``last_day``. Nothing else is asked of the store until the last is taken."""


class SealedReads:
    """The sealed half of a store, with whatever keys the desk has."""

    def __init__(
        self,
        rows: SealedRows,
        agency: SealKey | None,
        epoch: Callable[[str], SealKey | None],
        unit_key: Callable[[str], SealPublic | None],
    ) -> None:
        """
        Args:
            agency: the agency's key.
            epoch: gives the custodian's key of a UTC day.
            unit_key: gives a unit's key for sealing, by which tags are computed.
        """
        self._rows = rows
        self._agency = agency
        self._epoch = epoch
        self._unit_key = unit_key

    def find(self, plate: str, since: str, until: str, under: str) -> tuple[list[Kept], int]:
        """Those of the plate in that time; how many could not be asked because a key is missing."""
        found, missing = [], 0
        for row, document in self._within(under, since[:10], until[:10]):
            try:
                content = self._opened(row, document, plate)
            except MissingKeyError:
                missing += 1
                continue
            except MessageError:
                continue  # damaged: it opens for nobody
            kept = None if content is None else _kept(row, document, content, plate)
            if kept is not None and since <= kept.captured < until:
                found.append(kept)
        return found, missing

    def places(self, plate: str) -> tuple[list[tuple[str, int, str | None]], int]:
        """Unit, number and end of those of the plate; window reads are counted by their tags and not opened."""
        found: list[tuple[str, int, str | None]] = []
        missing = 0
        for row, document in self._within("", "0000-01-01", "9999-12-31"):
            try:
                theirs = self._is_of(row, document, plate)
            except MissingKeyError:
                missing += 1
                continue
            except MessageError:
                continue
            if theirs:
                found.append((row.unit, 1, row.delete_after))
        return found, missing

    def _within(
        self, under: str, first: str, last: str
    ) -> Iterator[tuple[SealedRow, dict[str, Any]]]:
        for row in self._rows.sealed(under, first, last):
            yield row, parse_document(row.body.encode())

    def _is_of(self, row: SealedRow, document: dict[str, Any], plate: str) -> bool:
        if document.get("class") == "window":
            return self._envelope(row, document, plate) is not None
        return self._opened(row, document, plate) is not None

    def _opened(self, row: SealedRow, document: dict[str, Any], plate: str) -> bytes | None:
        """The event, if it is one of the plate.

        Raises:
            MissingKeyError: a key is missing.
            MessageError: it was changed since.
        """
        if document.get("class") == "window":
            sealed = self._envelope(row, document, plate)
            if sealed is None:
                return None
            assert self._agency is not None
            content = open_inner(document, sealed, self._agency)
        else:
            content = open_sealed(document, self._agency, self._epoch)
        return content if json.loads(content)["plate"]["text"] == plate else None

    def _envelope(self, row: SealedRow, document: dict[str, Any], plate: str) -> bytes | None:
        """The agency's inner envelope of a window read, if its tag is the plate's."""
        if self._agency is None:
            raise MissingKeyError("the agency's key is missing")
        day, unit_key = str(document["epoch"]), self._unit_key(row.unit)
        if unit_key is None:
            raise MissingKeyError(f"the sealing key of {row.unit} is not enrolled")
        epoch = self._epoch(day)
        if epoch is None:
            raise MissingKeyError(f"the custodian's key for {day} is missing or destroyed")
        wanted = tag_of(plate, index_key(self._agency, unit_key, row.unit, day))
        for inner in open_outer(document, epoch):
            if inner.to == self._agency.kid and inner.tag == wanted:
                return inner.sealed
        return None


def _kept(row: SealedRow, document: dict[str, Any], content: bytes, plate: str) -> Kept:
    event = json.loads(content)
    return Kept(
        unit=row.unit,
        id=event["id"],
        camera=event["camera"],
        captured=event["time"]["captured"],
        plate=plate,
        hit=bool(event["hits"]),
        test=bool(event["test"]),
        delete_after=document.get("delete_after"),
        stored=row.stored,
        body=content.decode("utf-8"),
        said=None,
    )
