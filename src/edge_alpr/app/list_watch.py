"""This file brings hotlists into force: those that the uplink half hands over, and a file of the configuration.

A sealed list that came from the network lies in the runtime directory, in memory. It is opened, verified and taken in
the camera half, without a restart. The last one that was taken is kept beside it as it came, still sealed, so
that neither a restart nor something worse that came after it leaves the unit without a list.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.halves import OFFERED_NAME
from edge_alpr.app.seen_numbers import HOTLISTS, SeenNumbers, state_folder
from edge_alpr.errors import PolicyError
from edge_alpr.hotlist.in_force import ListsInForce
from edge_alpr.hotlist.list import Terms, read_list
from edge_alpr.hotlist.match import NO_HOTLIST, Hotlist
from edge_alpr.hotlist.pack import MOST_PACKED, unpack
from edge_alpr.hotlist.plain import is_plain, read_plain
from edge_alpr.hotlist.refusal import RefusedListError
from edge_alpr.keys.ring import KeyRing
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.hotlist import MOST_BYTES
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.handover import HandOverFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.policy.in_force import InForce
    from edge_alpr.types import Clock, Counter, Record, StopSignal

log = logging.getLogger(__name__)

KEPT_NAME: Final = "hotlist.kept"
EVERY_S: Final = 1.0
RETRY_S: Final = 30.0
"""Pause before a list whose time has not come, or is over, is looked at again: the clock may be set meanwhile."""
OUT_OF_TIME: Final = frozenset({"not_yet", "stale"})


@dataclass(slots=True)
class _Source:
    """A file that may hold a list."""

    file: HandOverFile
    sealed: bool
    again_s: float = math.inf
    """When it is looked at again though it has not changed, on the clock that never jumps."""
    told: int | None = None
    """Hash of what was said to be out of its time, so that it is said once."""

    def is_due(self, now_s: float) -> bool:
        return self.file.changed() or now_s >= self.again_s


class ListWatch:
    """`run` is the loop of one thread of the camera half."""

    def __init__(
        self,
        lists: ListsInForce,
        *,
        folder: Path,
        local: Path | None,
        address: UnitAddress,
        key: SealKey | None,
        bench: bool,
        clock: Clock,
    ) -> None:
        """
        Args:
            lists: what is brought into force.
            folder: the unit's runtime directory.
            local: a list in clear on this machine, signed or, on a bench, plain.
            address: who we are.
            key: opens what is sealed to us; None on a unit without a key, which takes no sealed list.
            bench: whether a plain list may be used.
            clock: for the time of lists, and of looking again.
        """
        self.lists: Final = lists
        self._address, self._key, self._bench, self._clock = address, key, bench, clock
        self._kept = HandOverFile(folder / KEPT_NAME)
        self._sources = [_Source(HandOverFile(folder / OFFERED_NAME), sealed=True)]
        if local is not None:
            self._sources.append(_Source(HandOverFile(local), sealed=False))

    def begin(self) -> None:
        """Take what is there at the start.

        Raises:
            PolicyError: the file of the configuration cannot be read, or is a plain list with wrong lines.
        """
        for source in self._sources:
            if not source.sealed:
                _content(source.file.path)
        self._take(_Source(self._kept, sealed=True))
        self._look()

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Look every second until ``stop`` is set."""
        while not stop.wait(EVERY_S):
            beat()
            self.look()

    def look(self) -> None:
        """Take what is new. What cannot be used is told, and the list before stays."""
        try:
            self._look()
        except PolicyError as error:
            log.warning("the hotlist cannot be used, the one before stays in force: %s", error)

    def described(self) -> dict[str, Any]:
        """The list in force, for health and info."""
        current = self.lists.current
        state = current.state
        return {
            "name": current.name,
            "version": current.version,
            "entries": len(current),
            "signed": state is not None and state.signed,
            "expires": None if state is None else to_text(state.expires_s),
        }

    def _look(self) -> None:
        now = self._clock.now()
        if self.lists.end(now.utc_s):
            log.warning("the time of the hotlist is over; its plates are forgotten")
            for source in self._sources:
                source.again_s = now.mono_s + RETRY_S
        for source in self._sources:
            if source.is_due(now.mono_s):
                self._take(source)

    def _take(self, source: _Source) -> None:
        source.again_s = math.inf
        try:
            content = source.file.read(MOST_PACKED if source.sealed else MOST_BYTES)
        except OSError as error:
            log.warning("%s cannot be read: %s", source.file.path, error.strerror)
            return
        if content is None:
            return
        if source.sealed and self._is_in_force(content, source):
            self.lists.offered_again()
            return
        try:
            self._offer(content, source)
        except RefusedListError as refusal:
            out_of_time = refusal.reason in OUT_OF_TIME
            if out_of_time:
                source.again_s = self._clock.now().mono_s + RETRY_S
            if hash(content) != source.told:
                log.warning("a hotlist is refused (%s): %s", refusal.reason, refusal)
                self.lists.refuse(refusal)
            source.told = hash(content) if out_of_time else None

    def _offer(self, content: bytes, source: _Source) -> None:
        if source.sealed:
            if self._key is None:
                told = "it is sealed, and this unit has no key (keys.unit_key)"
                raise RefusedListError("no_key", told)
            document = unpack(content, self._key, self._address)
        elif is_plain(content):
            self._use_plain(content, source.file.path)
            return
        else:
            document = content
        accepted = self.lists.offer(document, self._clock.now().utc_s)
        log.info(
            "hotlist %s number %s: %d entries count, %d do not (%s); it holds until %s",
            accepted.hotlist.name,
            accepted.hotlist.version,
            len(accepted.hotlist),
            len(accepted.refused),
            ", ".join(f"{reason} {n}" for reason, n in accepted.reasons.items()) or "none",
            accepted.head.expires,
        )
        if source.sealed:
            self._keep(content)

    def _use_plain(self, content: bytes, path: Path) -> None:
        if not self._bench:
            raise RefusedListError("unsigned", f"{path}: a plain list counts on a bench only")
        plain = read_plain(content, path)
        self.lists.use_plain(plain)
        log.warning("plain hotlist %s: %d entries, signed by nobody", plain.name, len(plain))

    def _keep(self, sealed: bytes) -> None:
        try:
            self._kept.put(sealed)
        except OSError as error:
            log.warning("the list must be sent again after a restart: %s", error.strerror)

    def _is_in_force(self, content: bytes, source: _Source) -> bool:
        """Whether it is the very list that was taken last."""
        if source.file is self._kept or not len(self.lists.current):
            return False
        try:
            return self._kept.read(len(content)) == content
        except OSError:
            return False


def watch_lists(
    config: Config,
    policy: InForce,
    key: KeyPair | None,
    folder: Path,
    *,
    clock: Clock,
    count: Counter,
    record: Record,
) -> ListWatch:
    """The watch of a unit, nothing taken yet.

    Raises:
        KeyFileError: the ring of those who may sign lists cannot be used.
    """
    settings, path = config.policy, state_folder(config) / HOTLISTS
    lists = ListsInForce(
        _terms(config, policy), lambda: SeenNumbers(path), count=count, record=record
    )
    if (settings.list_authorities or settings.hotlist_file) and policy.rules.hit.mode != "drop":
        lists.expect()
    return ListWatch(
        lists,
        folder=folder,
        local=settings.hotlist_file,
        address=unit_address(config),
        key=None if key is None else SealKey.of_unit(key),
        bench=policy.rules.test,
        clock=clock,
    )


def local_list(config: Config, policy: InForce, now_s: float) -> Hotlist:
    """The list in the file of the configuration alone, for a check or a recording; nothing of it is remembered.

    Raises:
        PolicyError: it cannot be read, or does not count.
        KeyFileError: the ring of those who may sign lists cannot be used.
    """
    path, terms = config.policy.hotlist_file, _terms(config, policy)
    if path is None:
        return NO_HOTLIST
    content = _content(path)
    if is_plain(content):
        return read_plain(content, path)
    return read_list(content, terms, now_s).hotlist


def _terms(config: Config, policy: InForce) -> Terms:
    ring = config.policy.list_authorities
    return Terms(
        authorities=KeyRing() if ring is None else KeyRing.load(ring),
        address=unit_address(config),
        rules=policy.rules,
        policy_sha256=policy.sha256,
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: the hotlist cannot be read: {error.strerror}") from None
