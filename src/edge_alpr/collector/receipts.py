"""Owes units receipts for what was committed, and writes them: signed, cumulative, a few at a time.

Nothing here is kept on disk: what is held of a boot is read from the store when it is first needed. So a collector that
dies between its commit and its receipt loses only the receipt, and the unit asks by sending one message again.

One of several collectors holds a part of each boot. Whatever it says is true all the same: a receipt names what is in
the store, never what is not, and each one covers the messages that it answers. If they share a store, what the others
have stored is read from it now and then, so that receipts say ``upto`` and stay short.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

from edge_alpr.collector.messages import lost_ranges
from edge_alpr.keys.proof import sign_document
from edge_alpr.link.publication import Publication
from edge_alpr.message.document import dump_document
from edge_alpr.message.notice import GapNotice
from edge_alpr.message.receipt import Held, make_receipts, receipt_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.topics import UnitAddress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.collector.messages import Message
    from edge_alpr.collector.store import Store
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.types import Moment

_WAIT_S: Final = 0.2
"""A receipt waits so long for more to say."""
_MOST_OWED: Final = 50
"""It does not wait when it has so much to say."""
_MOST_BOOTS: Final = 2000
"""Boots whose numbers are in memory."""
_RECENT_S: Final = 600.0
"""After a lost link, what was receipted within this time is receipted again."""

_LOOK_S: Final = 5.0
"""How often the store is asked what other collectors have put there, of a boot with holes."""
_LOOK_AT: Final = 5000
"""How many numbers are looked at each time."""
_MOST_ABOVE: Final = 100_000
"""Single numbers of a boot that are in memory, about 6 MB. Forgetting some makes receipts say less, never more."""

_Boot: TypeAlias = tuple[UnitAddress, str]


class Receipts:
    """Used by one thread. Only what the store has committed may be noted."""

    def __init__(self, key: KeyPair, name: str, store: Store, *, shared: bool = False) -> None:
        """``name``: as the key is enrolled at the units. ``shared``: others may write to the store too."""
        self._key = key
        self._name = name
        self._store = store
        self._shared = shared
        self._looked_s: dict[_Boot, float] = {}
        self._held: OrderedDict[_Boot, Held] = OrderedDict()
        self._owed: dict[_Boot, set[int]] = {}
        self._recent: dict[_Boot, tuple[float, set[int]]] = {}
        self._owed_since_s = math.inf

    @property
    def owing(self) -> bool:
        """Whether there is something to say."""
        return bool(self._owed)

    def note(self, messages: Iterable[Message], now: Moment) -> None:
        """They are stored, now or long ago: who sends again has not heard of it."""
        for message in messages:
            address = UnitAddress(message.org, message.site, message.unit)
            self._load(address, message.boot).add(message.seq)
            self._owed.setdefault((address, message.boot), set()).add(message.seq)
            self._owed_since_s = min(self._owed_since_s, now.mono_s)
            if isinstance(message, GapNotice):
                self._note_gap(address, message)

    def due(self, now: Moment, *, all_of_it: bool = False) -> list[Publication]:
        """The receipts that are to be sent now.

        Raises:
            StoreError: the store cannot be read.
        """
        owed = sum(len(seqs) for seqs in self._owed.values())
        waited = now.mono_s >= self._owed_since_s + _WAIT_S
        if not owed or not (waited or all_of_it or owed >= _MOST_OWED):
            return []
        publications = []
        for (address, boot), news in self._owed.items():
            held = self._load(address, boot)
            if self._shared:
                self._look(address, boot, held, now)
            receipts = make_receipts(
                held,
                news,
                address=address,
                boot=boot,
                collector=self._name,
                at=to_text(now.utc_s),
            )
            for receipt in receipts:
                body = dump_document(sign_document(receipt_document(receipt), self._key))
                publications.append(Publication(topic=address.down("receipt"), body=body))
            self._recent[address, boot] = now.mono_s, news
            if len(held.above) > _MOST_ABOVE:
                held.above = set(sorted(held.above)[_MOST_ABOVE // 2 :])
        self._owed = {}
        self._owed_since_s = math.inf
        old_s = now.mono_s - _RECENT_S
        self._recent = {boot: what for boot, what in self._recent.items() if what[0] > old_s}
        self._looked_s = {boot: at_s for boot, at_s in self._looked_s.items() if at_s > old_s}
        return publications

    def repeat(self, now: Moment) -> None:
        """The link was lost, and perhaps receipts with it: the latest are owed again."""
        for boot, (_, news) in self._recent.items():
            self._owed.setdefault(boot, set()).update(news)
            self._owed_since_s = min(self._owed_since_s, now.mono_s)

    def _load(self, address: UnitAddress, boot: str) -> Held:
        held = self._held.get((address, boot))
        if held is None:
            held = Held()
            for first, last in self._store.held(str(address), boot):
                held.add_range(first, last)
            self._held[address, boot] = held
        self._held.move_to_end((address, boot))
        while len(self._held) > _MOST_BOOTS:
            self._held.popitem(last=False)
        return held

    def _look(self, address: UnitAddress, boot: str, held: Held, now: Moment) -> None:
        """What lies in the holes may have been stored by another collector."""
        if not held.above or now.mono_s < self._looked_s.get((address, boot), -math.inf) + _LOOK_S:
            return
        self._looked_s[address, boot] = now.mono_s
        found = self._store.held(str(address), boot, above=held.upto, most=_LOOK_AT)
        for first, last in found:
            held.add_range(first, last)

    def _note_gap(self, address: UnitAddress, notice: GapNotice) -> None:
        for boot, first, last, _, _ in lost_ranges(notice):
            self._load(address, boot).add_range(first, last)
