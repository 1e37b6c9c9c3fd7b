"""Says what came of a played fleet: what was lost, doubled or is unconfirmed, how late, and how fast."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.collector.tally import Tally
    from edge_alpr.fleet.account import UnitAccount
    from edge_alpr.fleet.plan import FleetPlan
    from edge_alpr.fleet.play import Played

_PERCENTS: Final = (50, 95, 99, 100)
_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds."""

    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Latency | None:
        """None if there is nothing to measure."""
        values = np.fromiter(seconds, np.float64)
        if not values.size:
            return None
        p50, p95, p99, most = (round(float(v), 3) for v in np.percentile(values, _PERCENTS))
        return cls(p50, p95, p99, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the collector's store says."""

    stored: int
    """Different reads of this run."""
    lost: int
    """Reads that were made and are not in the store."""
    doubled: int
    """Rows beyond one for each read: of messages, or of passes."""
    strange: int
    """Rows of these units and boots that no unit made."""
    latency: Latency | None
    """From making to storing. Two clocks, if the collector runs on another machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The figures of one run."""

    units: int
    connected: int
    """Units that were connected at least once."""
    died: int
    """Units that a bug ended."""
    made: int
    confirmed: int
    unconfirmed: int
    shed: int
    """Reads for which a unit had no room."""
    expired: int
    sent_again: int
    """Times a read was sent to the broker beyond once for each that was sent at all: duplicates on the wire."""
    links_lost: int
    rate_asked: float
    """Reads a second, of all units."""
    rate_reached: float
    confirmed_by: str
    latency: Latency | None
    """From making to confirmation."""
    cpu_s: float
    """CPU seconds of the simulation."""
    store: Stored | None
    counts: dict[str, int]
    """What the units' uplinks counted."""

    @property
    def sound(self) -> bool:
        """Whether reads were made, and all of them are where they should be, once."""
        whole = self.made > 0 and not (self.unconfirmed or self.shed or self.expired or self.died)
        if self.store is None:
            return whole
        # The store is the better witness: a receipt may still have been on its way.
        gone = self.store.lost + self.store.doubled + self.store.strange
        return self.made > 0 and not (gone or self.shed or self.died)

    def as_json(self) -> dict[str, Any]:
        return {"sound": self.sound, **asdict(self)}


def judge(plan: FleetPlan, played: Played, stored: Stored | None) -> Verdict:
    """The figures of what was played; ``stored`` if the store was asked."""
    accounts = played.accounts
    made = sum(one.made for one in accounts)
    counts: dict[str, int] = {}
    for one in accounts:
        for name, amount in one.counts.items():
            counts[name] = counts.get(name, 0) + amount
    return Verdict(
        units=len(accounts),
        connected=sum(one.connects > 0 for one in accounts),
        died=sum(one.died for one in accounts),
        made=made,
        confirmed=sum(one.confirmed for one in accounts),
        unconfirmed=sum(len(one.unconfirmed) for one in accounts),
        shed=sum(one.shed for one in accounts),
        expired=sum(one.expired for one in accounts),
        sent_again=sum(max(0, one.sent - one.made) for one in accounts),
        links_lost=counts.get("uplink.links_lost", 0),
        rate_asked=round(plan.units * plan.rate_per_s, 3),
        rate_reached=round(made / played.traffic_s, 3) if played.traffic_s else 0.0,
        confirmed_by="puback" if plan.receipts is None else "receipt",
        latency=Latency.of(s for one in accounts for s in one.confirmed_after_s),
        cpu_s=round(played.cpu_s, 1),
        store=stored,
        counts=dict(sorted(counts.items())),
    )


def ask_store(tally: Tally, accounts: Iterable[UnitAccount]) -> Stored:
    """Compare what the units made with what the store holds.

    Raises:
        StoreError: it cannot be read.
    """
    held = lost = doubled = strange = 0
    late: list[float] = []
    for one in accounts:
        rows = tally.messages(one.unit, one.boot)
        first = {row.seq: row.stored_s for row in reversed(rows)}
        ours = {seq for seq in first if 1 <= seq <= one.made}
        held += len(ours)
        lost += one.made - len(ours)
        strange += len(first) - len(ours)
        doubled += len(rows) - len(first)
        doubled += max(0, tally.passes(one.unit, one.boot) - len(first))
        late += [first[seq] - one.made_s[seq - 1] for seq in ours]
    return Stored(
        stored=held, lost=lost, doubled=doubled, strange=strange, latency=Latency.of(late)
    )


def ask_until_whole(tally: Tally, accounts: Iterable[UnitAccount], longest_s: float) -> Stored:
    """The same, asked again for so long as something is missing: it may still lie in the broker.

    Raises:
        StoreError: it cannot be read.
    """
    accounts = tuple(accounts)
    deadline_s = time.monotonic() + longest_s
    while (stored := ask_store(tally, accounts)).lost and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)
    return stored


def table(verdict: Verdict, broker: str) -> str:
    """For people."""
    store = verdict.store
    rows = [
        ("units", f"{verdict.units}, {verdict.connected} of them connected to {broker}"),
        (
            "reads made",
            f"{verdict.made}, at {verdict.rate_reached:g} a second (asked for {verdict.rate_asked:g})",
        ),
        ("confirmed", f"{verdict.confirmed} by {verdict.confirmed_by}"),
        ("unconfirmed", str(verdict.unconfirmed)),
        ("no room, expired", f"{verdict.shed}, {verdict.expired}"),
        ("sent again", f"{verdict.sent_again}{_share(verdict.sent_again, verdict.made)}"),
        ("refused", f"{verdict.counts.get('uplink.refused', 0)} times, by the broker"),
        ("links lost", str(verdict.links_lost)),
        (f"made to {verdict.confirmed_by}", _seconds(verdict.latency)),
    ]
    if verdict.died:
        rows.append(("ended by a bug", f"{verdict.died} units"))
    if store is None:
        rows.append(("lost, doubled", "not known: name the collector's store with --store"))
    else:
        rows += [
            ("in the store", str(store.stored)),
            ("lost", str(store.lost)),
            ("doubled", str(store.doubled)),
            ("made to stored", _seconds(store.latency)),
        ]
        if store.strange:
            rows.append(("not ours", f"{store.strange} rows under these units' names"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {words}" for name, words in rows)


def _share(part: int, whole: int) -> str:
    return f" ({part / whole:.2%} of the reads)" if whole and part else ""


def _seconds(latency: Latency | None) -> str:
    if latency is None:
        return "-"
    return (
        f"median {latency.p50:.3f} s, 95 % {latency.p95:.3f} s, 99 % {latency.p99:.3f} s, "
        f"longest {latency.most:.3f} s"
    )
