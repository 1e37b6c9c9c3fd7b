"""Finds the sealed reads of one plate, and the sealed hits, with the keys that are at hand, and opens no others.

The agency's key computes the tags of the plate for each unit and day; the custodian's key of the day opens the outer
layer; only an inner envelope whose tag fits is opened, by the agency's key. A hit has no tags: those that are sealed to
the agency are opened by its key alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import MessageError
from edge_alpr.message.document import parse_document
from edge_alpr.message.kept import Kept, SealedRow
from edge_alpr.seal.index import index_key, tag_of
from edge_alpr.seal.open import MissingKeyError, open_inner, open_outer, open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge_alpr.holder.archive import Archive
    from edge_alpr.keys.sealing import SealKey, SealPublic

_RANKS: Final = {"provisional": 0, "final": 1, "correction": 2}
_FIRST_DAY: Final = "0000-01-01"
_LAST_DAY: Final = "9999-12-31"


class SealedReads:
    """The sealed half of a store, with whatever keys the desk has."""

    def __init__(
        self,
        archive: Archive,
        agency: SealKey | None,
        epoch: Callable[[str], SealKey | None],
        unit_key: Callable[[str], SealPublic | None],
    ) -> None:
        """
        Args:
            archive: where they lie.
            agency: the agency's key.
            epoch: gives the custodian's key of a UTC day.
            unit_key: gives a unit's key for sealing, by which tags are computed.
        """
        self._archive = archive
        self._agency = agency
        self._epoch = epoch
        self._unit_key = unit_key

    def find(self, plate: str, since: str, until: str, under: str) -> tuple[list[Kept], int]:
        """Those of the plate in that time; how many could not be asked because a key is missing."""
        found: list[tuple[SealedRow, bytes]] = []
        missing = 0
        for row in self._archive.sealed(under, since[:10], until[:10]):
            try:
                content = self._opened(row, parse_document(row.body.encode()), plate)
            except MissingKeyError:
                missing += 1
            except MessageError:
                continue  # damaged: it opens for nobody
            else:
                found += [] if content is None else [(row, content)]
        passes = self._passes(found, {})
        return [kept for kept in passes if since <= kept.captured < until], missing

    def places(self, plate: str) -> tuple[list[tuple[str, int, str | None]], int]:
        """Unit, number and end of those of the plate; window reads are counted by their tags and not opened."""
        found: list[tuple[str, int, str | None]] = []
        missing = 0
        for row in self._archive.sealed("", _FIRST_DAY, _LAST_DAY):
            try:
                theirs = self._is_of(row, parse_document(row.body.encode()), plate)
            except MissingKeyError:
                missing += 1
            except MessageError:
                continue
            else:
                found += [(row.unit, 1, row.delete_after)] if theirs else []
        return found, missing

    def hits(self) -> list[Kept]:
        """The sealed hits that the agency's key opens, the oldest first; none without that key."""
        events, pictures = self._hits()
        return self._passes(events, pictures)

    def pictures(self, kept: Kept) -> list[bytes]:
        """JPEG files of a sealed hit."""
        return [
            content.partition(b"\n")[2]
            for row, content in self._contents()
            if row.unit == kept.unit and (row.boot, row.seq) in kept.sealed and _head(content)
        ]

    # ---------------------------------------------------------------- hits

    def _hits(
        self,
    ) -> tuple[list[tuple[SealedRow, bytes]], dict[tuple[str, str], list[tuple[str, int]]]]:
        events: list[tuple[SealedRow, bytes]] = []
        pictures: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for row, content in self._contents():
            name = _head(content)
            if name is None:
                events.append((row, content))
            else:
                pictures.setdefault((row.unit, name), []).append((row.boot, row.seq))
        return events, pictures

    def _contents(self) -> Iterable[tuple[SealedRow, bytes]]:
        if self._agency is None:
            return
        for row in self._archive.sealed_hits():
            try:
                document = parse_document(row.body.encode())
                yield row, open_sealed(document, self._agency, self._epoch)
            except MessageError:
                continue  # for another agency, or damaged

    def _passes(
        self,
        events: Iterable[tuple[SealedRow, bytes]],
        pictures: dict[tuple[str, str], list[tuple[str, int]]],
    ) -> list[Kept]:
        """One for each pass, with the best that is known of it and all messages that it lies in."""
        best: dict[tuple[str, str], tuple[tuple[int, int], SealedRow, dict[str, Any], str]] = {}
        parts: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for row, content in events:
            event = json.loads(content)
            which = row.unit, event["id"]
            parts.setdefault(which, []).append((row.boot, row.seq))
            rank = _RANKS.get(event["phase"], 0), row.seq
            if which not in best or best[which][0] < rank:
                best[which] = rank, row, event, content.decode("utf-8")
        return [
            Kept(
                unit=row.unit,
                id=event["id"],
                camera=event["camera"],
                captured=event["time"]["captured"],
                plate=event["plate"]["text"],
                hit=bool(event["hits"]),
                test=bool(event["test"]),
                delete_after=row.delete_after,
                stored=row.stored,
                body=body,
                said=self._archive.said(row.unit, event["id"]),
                sealed=(*parts[which], *pictures.get(which, ())),
            )
            for which, (_, row, event, body) in best.items()
        ]

    # ---------------------------------------------------------------- one plate

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
            if sealed is None or self._agency is None:
                return None
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


def _head(content: bytes) -> str | None:
    """The pass that a picture is of; None if the content is an event."""
    head, _, picture = content.partition(b"\n")
    return str(json.loads(head)["id"]) if picture else None
