"""Holds what everybody at a desk works with: the house's rules, its store, its key, its log, its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge_alpr.holder.archive import Archive
from edge_alpr.holder.house import House
from edge_alpr.holder.limits import Written
from edge_alpr.keys.pair import KeyPair
from edge_alpr.types import Clock, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """For one use of a desk."""

    house: House
    archive: Archive
    key: KeyPair
    """What the holder signs with."""
    subject_of: Callable[[str], str]
    """Names a plate as the log does."""
    record: Record
    """Writes an entry for good; if it raises, nothing is given out."""
    written: Callable[[], Iterable[Written]]
    """The log's entries so far."""
    clock: Clock
