"""Puts a desk together for one use: folder, database, log, keys; and takes turns with others at the same desk."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edge_alpr.app.desk_folder import read_head, read_house
from edge_alpr.app.desk_log import LOG, DeskLog
from edge_alpr.audit.subject import AuditKey
from edge_alpr.collector.archive import absent_archive, open_archive
from edge_alpr.collector.store import StoreError
from edge_alpr.errors import EdgeAlprError, KeyFileError
from edge_alpr.holder.desk import Desk
from edge_alpr.holder.hits import Hits
from edge_alpr.holder.means import Means
from edge_alpr.holder.resident import Residents
from edge_alpr.holder.sealed import SealedReads
from edge_alpr.holder.upkeep import purge_unconfirmed
from edge_alpr.holder.verdicts import Verdicts
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.keys.sealing import SealKey, SealPublic
from edge_alpr.seal.custody import Custody

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.collector.archive import OpenArchive
    from edge_alpr.types import Clock


@contextmanager
def open_desk(folder: Path, clock: Clock) -> Iterator[OpenDesk]:
    """The desk in a folder, for one use; others wait meanwhile.

    Raises:
        KeyFileError: something in the folder cannot be used.
        StoreError: the database cannot be opened; said when something is asked of it, so that what may not be answered
            is refused and logged all the same.
        AuditError: the log cannot be written, or is not as it was left: then nothing is answered.
    """
    head = read_head(folder)
    try:
        lock = (folder / LOG).with_suffix(".lock").open("a")
    except OSError as error:
        raise KeyFileError(f"{error.filename}: {error.strerror}") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a limit is looked up and used up in one turn
        try:
            archive = open_archive(head.store)
        except ValueError as error:
            raise EdgeAlprError(f"{folder / 'desk.json'}: store: {error}") from None
        except StoreError as error:
            archive = absent_archive(error)
        desk = None
        try:
            desk = OpenDesk(folder, archive, clock)
            yield desk
        finally:
            archive.close()
            if desk is not None:
                desk.close()


class OpenDesk:
    """All that can be done at a desk."""

    def __init__(self, folder: Path, archive: OpenArchive, clock: Clock) -> None:
        head = read_head(folder)
        self.archive = archive
        self.key = KeyPair.load(folder / "holder.key")
        self.audit_key = AuditKey.load(folder / "audit.key")
        self.house, self.trouble = read_house(folder, head)
        self._folder = folder
        self._clock = clock
        self.log = DeskLog(folder, self.key, head, clock)
        self.log.check()
        self._note_policy()

    @property
    def desk(self) -> Desk:
        return Desk(self._means, self._sealed())

    @property
    def verdicts(self) -> Verdicts:
        return Verdicts(self._means, self.hits)

    @property
    def hits(self) -> Hits:
        return Hits(self.archive, self._sealed())

    @property
    def residents(self) -> Residents:
        return Residents(self._means, self._sealed())

    def purge(self) -> int:
        """Delete the hits that nobody confirmed in time; returns how many."""
        return purge_unconfirmed(
            self.house,
            self.archive,
            subject_of=self.audit_key.subject,
            record=self.log.record,
            now_s=self._clock.now().utc_s,
            hits=self.hits,
        )

    def close(self) -> None:
        """Sign what the log is now, and let go of it."""
        self.log.close()

    @property
    def _means(self) -> Means:
        """Made for each use: a policy that is too old leaves the house while it is opened."""
        return Means(
            house=self.house,
            archive=self.archive,
            key=self.key,
            subject_of=self.audit_key.subject,
            record=self.log.record,
            written=self.log.written,
            clock=self._clock,
        )

    def _sealed(self) -> SealedReads:
        return sealed_reads(self._folder, self.archive)

    # ---------------------------------------------------------------- the policy, once and for all

    def _note_policy(self) -> None:
        """Write down a policy that is new; take none that is older than one that was in force here."""
        policy, digest = self.house.policy, self.house.policy_sha256
        if policy is None or digest is None:
            return
        seen = [entry.facts for entry in self.log.written() if entry.kind == "policy"]
        facts: dict[str, Any] = {
            "policy": digest,
            "authority": policy.authority,
            "seq": policy.seq,
            "scope": policy.scope,
        }
        same = [
            each
            for each in seen
            if (each.get("authority"), each.get("scope")) == (policy.authority, policy.scope)
        ]
        highest = max((each.get("seq", 0) for each in same), default=0)
        if policy.seq < highest:
            self.trouble = (
                f"policy {policy.name} is older than number {highest}, which was in force here"
            )
            self.house = replace(self.house, policy=None, policy_sha256=None)
            if not self._is_last_refused(digest):
                self.log.record("policy_refused", reason="older", **facts)
        elif not seen or seen[-1].get("policy") != digest:
            self.log.record("policy", state="in_force", **facts)

    def _is_last_refused(self, digest: str) -> bool:
        told = [entry.facts for entry in self.log.written() if entry.kind == "policy_refused"]
        return bool(told) and told[-1].get("policy") == digest


def sealed_reads(folder: Path, archive: OpenArchive) -> SealedReads:
    """The sealed half of a desk's store, with the keys that are in its folder."""
    units = KeyRing.load(folder / "units")
    agency = folder / "agency.key"

    def unit_key(unit: str) -> SealPublic | None:
        keys = (member.key for member in units.of(unit) if units.refusal(member) is None)
        return next((key for key in keys if isinstance(key, SealPublic)), None)

    agency_key = SealKey.load(agency) if agency.exists() else None
    return SealedReads(archive, agency_key, Custody(folder / "epochs").key, unit_key)
