"""Does at a desk, beside a collector, what nobody asks for: deletes unconfirmed hits, publishes corrections."""

from __future__ import annotations

import fcntl
import logging
import math
from typing import TYPE_CHECKING, Final

from edge_alpr.app.desk import sealed_reads
from edge_alpr.app.desk_folder import read_head, read_house
from edge_alpr.app.desk_log import LOG, DeskLog
from edge_alpr.audit.subject import AuditKey
from edge_alpr.collector.archive import open_archive
from edge_alpr.errors import EdgeAlprError
from edge_alpr.holder.hits import Hits
from edge_alpr.holder.upkeep import purge_unconfirmed
from edge_alpr.keys.pair import KeyPair
from edge_alpr.link.publication import Publication
from edge_alpr.message.document import parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.topics import UnitAddress

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.types import Clock, Moment

_log = logging.getLogger(__name__)

EVERY_S: Final = 10.0
HELD_EVERY_S: Final = 3600.0
"""How often the log is told what is held."""
_SEALED_EVERY_S: Final = 60.0
"""Sealed hits are all opened to be asked, which costs about 0.3 ms each."""


class DeskUpkeep:
    """The upkeep of the desk in a folder. Used by the collector's thread.

    A correction counts as sent a round after it was handed over, if the link held meanwhile: one may come twice, and
    consumers know it again by its ``id``.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Open it.

        Raises:
            KeyFileError: something in the folder cannot be used.
            StoreError: the database cannot be opened.
            ValueError: ``store`` names none that a desk can work on.
        """
        self._folder = folder
        self._head = read_head(folder)
        self._key = KeyPair.load(folder / "holder.key")
        self._subject_of = AuditKey.load(folder / "audit.key").subject
        self._log = DeskLog(folder, self._key, self._head, clock)
        self._lock = (folder / LOG).with_suffix(".lock").open("a")
        self._archive = open_archive(self._head.store)
        self._last_s = self._sealed_s = self._held_s = -math.inf
        self._told_until = to_text(clock.now().utc_s)
        self._handed: list[str] = []
        self._deleted = 0

    def due(self, now: Moment) -> list[Publication]:
        """Do what is due, and name what is to be published; the link has held since the call before."""
        if now.mono_s < self._last_s + EVERY_S:
            return []
        self._last_s = now.mono_s
        if self._handed:
            self._archive.sent(self._handed, to_text(now.utc_s))
        self._purge(now)
        waiting = self._archive.corrections()
        self._handed = [name for name, _ in waiting]
        return [_publication(body) for _, body in waiting]

    def deleted(self, messages: int) -> None:
        """The store let go of so many at the end of their time: the log is told in the next round."""
        self._deleted += messages

    def interrupted(self) -> None:
        """The link was lost: what was handed over may be lost with it."""
        self._handed = []

    def close(self) -> None:
        self._archive.close()
        self._lock.close()

    def _purge(self, now: Moment) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody is at the desk: in the next round
        try:
            self._log.check()
            house, _ = read_house(self._folder, self._head)
            gone = purge_unconfirmed(
                house,
                self._archive,
                subject_of=self._subject_of,
                record=self._log.record,
                now_s=now.utc_s,
                hits=self._hits(now),
            )
            told = self._tell_deleted() | self._tell_held(now)
            if gone or told:
                self._log.close()
            if gone:
                _log.info("deleted %d hits that nobody confirmed in time", gone)
        except EdgeAlprError as error:
            _log.error("the desk's upkeep: %s", error)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _tell_deleted(self) -> bool:
        if not self._deleted:
            return False
        self._log.record("purge", **{"class": "stored"}, messages=self._deleted, cause="expired")
        self._deleted = 0
        return True

    def _tell_held(self, now: Moment) -> bool:
        """For the log, whether anybody asks or not: how much is held, and since when the oldest of it."""
        if now.mono_s < self._held_s + HELD_EVERY_S:
            return False
        held, oldest = self._archive.held()
        since, self._told_until = self._told_until, to_text(now.utc_s)
        self._log.record("counts", since=since, until=self._told_until, held=held, oldest=oldest)
        self._held_s = now.mono_s
        return True

    def _hits(self, now: Moment) -> Hits:
        if now.mono_s < self._sealed_s + _SEALED_EVERY_S:
            return Hits(self._archive)
        self._sealed_s = now.mono_s
        return Hits(self._archive, sealed_reads(self._folder, self._archive))


def _publication(body: str) -> Publication:
    document = parse_document(body.encode())
    unit = UnitAddress(document["org"], document["site"], document["unit"])
    return Publication(topic=unit.about("correction"), body=body.encode())
