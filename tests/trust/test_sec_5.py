"""SEC-5: whatever comes down to a unit that is not believed has no effect, is counted, and is in the audit log.

The real link to a real mosquitto, the real uplink, the real camera half as far as lists go, real audit logs; only the
spool is in memory, so that it can be looked at after each message.
"""

from __future__ import annotations

import json
import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import pytest

from edge_alpr.app.audit import Auditor
from edge_alpr.app.halves import OFFERED_NAME
from edge_alpr.app.list_watch import ListWatch
from edge_alpr.app.seen_numbers import HOTLISTS, SeenNumbers
from edge_alpr.audit.log import AuditLog
from edge_alpr.hotlist.in_force import ListsInForce
from edge_alpr.link.publication import Publication
from edge_alpr.link.session import Session
from edge_alpr.link.terms import Arrival, SessionOptions
from edge_alpr.message.document import dump_document
from edge_alpr.ops.handover import HandOverFile
from edge_alpr.uplink.confirm import confirm_by
from edge_alpr.uplink.downlink import Downlink
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import HealthSettings, Presence
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from edge_alpr.uplink.settings import UplinkSettings
from fakes.feed import MemoryFeed
from fakes.hotlists import NOW_S, UNIT, UNIT_SEAL, a_list, an_entry, terms
from fakes.keys import RING
from fakes.manual_time import ManualClock
from fakes.sightings import scores_for
from fakes.tally import Tally
from trust.downlink_attacks import SEQ_IN_FORCE, a_receipt, attacks, sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.link.address import Broker
    from fixtures.mosquitto import Mosquitto
    from fixtures.soak import Count, Publish

pytestmark = pytest.mark.broker

READS = 5
"""Messages in the spool, which a false receipt would have deleted."""
PATIENCE_S = 60.0
"""Longest wait for one message, on the slowest machine."""


class _Stop:
    """Asked before every turn of the uplink: what the test does between them."""

    def __init__(self, script: Callable[[], bool]) -> None:
        self._script = script

    def is_set(self) -> bool:
        return self._script()

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return self._script()


class _Intruder:
    """Somebody whom the broker lets publish wherever it may."""

    def __init__(self, broker: Broker) -> None:
        self._session = Session(broker, SessionOptions(client_id="intruder"), self)
        self._answered: set[int] = set()

    def __enter__(self) -> Self:
        self._session.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(self, kind: str, body: bytes, *, retain: bool = False) -> None:
        mid = self._session.publish(Publication(topic=UNIT.down(kind), body=body, retain=retain))
        while mid not in self._answered:
            self._session.turn(0.1)

    def published(self, mid: int, reason: str, *, failed: bool) -> None:
        assert not failed, reason
        self._answered.add(mid)

    def received(self, arrival: Arrival) -> None:
        raise AssertionError(arrival)


class _Unit:
    """Both halves of one, driven by the test's own thread."""

    def __init__(self, url: str, folder: Path) -> None:
        self.count, self.clock, self.folder = Tally(), ManualClock(utc_s=NOW_S), folder
        self.feed = MemoryFeed()
        self.auditor = Auditor(
            AuditLog(folder / "audit.jsonl", None, origin="o/s/u/camera", clock=self.clock),
            clock=self.clock,
            count=self.count,
        )
        record, offered = self.auditor.record, HandOverFile(folder / OFFERED_NAME)
        lists = ListsInForce(
            terms(), lambda: SeenNumbers(folder / HOTLISTS), count=self.count, record=record
        )
        self.watch = ListWatch(
            lists,
            folder=folder,
            local=None,
            address=UNIT,
            key=UNIT_SEAL,
            bench=False,
            clock=self.clock,
        )
        settings = UplinkSettings(confirm="receipt", drain_s=0, keep_unheard=False)
        self.uplink = Uplink(
            self.feed,
            MqttLink(MqttSettings(url=url), client_id="o-s-u"),
            Presence(UNIT, HealthSettings(), snapshot=dict, info=dict),
            settings,
            address=UNIT,
            clock=self.clock,
            count=self.count,
            confirmation=confirm_by(RING, settings, address=UNIT, count=self.count, record=record),
            downlink=Downlink(UNIT, offered.put, count=self.count, record=record),
        )

    def run(self, script: Callable[[], bool]) -> None:
        """Connect and turn until ``script`` returns True."""
        self.uplink.run(_Stop(script), lambda: None)

    def heard(self) -> int:
        """Messages that came down, by the counters."""
        down = ("receipts", "receipts_refused", "hotlists", "hotlists_again", "down_refused")
        return sum(self.count[f"uplink.{name}"] for name in down)

    def state(self) -> dict[str, Any]:
        """All that a message from outside could have changed."""
        lists = self.watch.lists.current
        return {
            "list": id(lists),
            "attacked": lists.matches("ATTACK1", scores_for("ATTACK1")),
            "wanted": len(lists.matches("EDGE042", scores_for("EDGE042"))),
            "numbers": (self.folder / HOTLISTS).read_bytes(),
            "kept": (self.folder / "hotlist.kept").read_bytes(),
            "spool": [row.seq for row in self.feed.rows],
            "files": sorted(path.name for path in self.folder.iterdir()),
        }

    def logged(self) -> Tally:
        """Entries of the audit log by their kind."""
        self.auditor.turn(last=True)
        lines = (self.folder / "audit.jsonl").read_text().splitlines()
        return Tally(json.loads(line)["kind"] for line in lines)


@pytest.fixture
def unit(mosquitto: Mosquitto, tmp_path: Path) -> _Unit:
    mosquitto.start()
    (tmp_path / "run").mkdir()
    return _Unit(mosquitto.url, tmp_path / "run")


class _Came:
    """Whether so many more messages have come; an error if they take too long."""

    def __init__(self, unit: _Unit, more: int) -> None:
        self._unit, self._least = unit, unit.heard() + more
        self._deadline_s = time.monotonic() + PATIENCE_S

    def __call__(self) -> bool:
        assert time.monotonic() < self._deadline_s, "a message did not come"
        return self._unit.heard() >= self._least


def _deliver(unit: _Unit, steps: list[Callable[[], None]]) -> None:
    """Do one step after another, each once the message of the one before has come and was dealt with."""
    left, came, connects = list(steps), _Came(unit, 0), unit.uplink._connects

    def script() -> bool:
        nonlocal came
        if unit.uplink._connects == connects or not came():
            return False
        unit.watch.look()
        if not left:
            return True
        came = _Came(unit, 1)
        left.pop(0)()
        return False

    unit.run(script)


def test_sec_5_of_forged_downlink_messages_none_has_an_effect(
    unit: _Unit, mosquitto: Mosquitto, count: Count, publish: Publish
) -> None:
    genuine = {
        "hotlist": sealed(a_list(an_entry("EDGE042"), seq=SEQ_IN_FORCE)),
        "receipt": dump_document(a_receipt(1)),
    }
    for _ in range(READS):
        unit.feed.add()
    tried = attacks(random.Random(5), count(75, 1000), genuine)
    effects: list[str] = []

    with _Intruder(mosquitto_broker(mosquitto)) as intruder:
        _deliver(unit, [partial(intruder.send, kind, body) for kind, body in genuine.items()])
        counted_before, logged_before = unit.heard(), unit.logged()
        before = unit.state()
        assert (before["wanted"], before["spool"]) == (1, list(range(2, READS + 1))), "the control"

        def step(n: int) -> None:
            if n and unit.state() != before:
                effects.append(f"{tried[n - 1].kind} {tried[n - 1].name}")
            if n < len(tried):
                intruder.send(tried[n].kind, tried[n].body)

        _deliver(unit, [partial(step, n) for n in range(len(tried))])
        step(len(tried))
        counted = unit.heard() - counted_before
        logged = unit.logged()
        recorded = sum(
            logged[kind] - logged_before[kind] for kind in ("command_refused", "list_refused")
        )
        repeated = sum(attack.repeats for attack in tried)
        # That it takes a genuine one after all that is the other control.
        newer = sealed(a_list(an_entry("EDGE042"), an_entry("EDGE043"), seq=SEQ_IN_FORCE + 1))
        last = {"receipt": dump_document(a_receipt(READS)), "hotlist": newer}
        _deliver(unit, [partial(intruder.send, kind, body) for kind, body in last.items()])
    assert effects == []
    assert (counted, recorded) == (len(tried), len(tried) - repeated)
    assert (unit.feed.rows, len(unit.watch.lists.current)) == ([], 2)
    assert b"ATTACK" not in (unit.folder / "audit.jsonl").read_bytes()
    publish(
        "SEC-5",
        "forged, replayed, rolled back, cut",
        messages=len(tried),
        effects=len(effects),
        counted=counted,
        recorded=recorded,
        genuine_ones_repeated=repeated,
    )


def test_sec_5_nor_has_what_a_broker_kept_for_it(
    unit: _Unit, mosquitto: Mosquitto, count: Count, publish: Publish
) -> None:
    good = sealed(a_list(an_entry("EDGE042"), seq=SEQ_IN_FORCE))
    rounds, kinds = count(3, 50), ("cmd", "hotlist", "policy", "receipt")
    rng = random.Random(55)
    with _Intruder(mosquitto_broker(mosquitto)) as intruder:
        _deliver(unit, [partial(intruder.send, "hotlist", good, retain=True)])
        counted_before, logged_before = unit.heard(), unit.logged()
        before = unit.state()
        for _ in range(rounds):
            for kind in kinds:
                pool = [each for each in attacks(rng, 50, {}) if each.kind == kind and each.body]
                intruder.send(kind, rng.choice(pool).body, retain=True)
            unit.run(_Came(unit, len(kinds)))
            unit.watch.look()
            assert unit.state() == before
        counted, logged = unit.heard() - counted_before, unit.logged()
        recorded = sum(
            logged[kind] - logged_before[kind] for kind in ("command_refused", "list_refused")
        )
        log = (unit.folder / "audit.jsonl").read_text()
        assert log.count('"reason":"retained"') == 2 * rounds
        # A list is the one thing that a broker may keep.
        newer = sealed(a_list(an_entry("EDGE042"), an_entry("EDGE043"), seq=SEQ_IN_FORCE + 1))
        intruder.send("hotlist", newer, retain=True)
        unit.run(_Came(unit, len(kinds)))
        unit.watch.look()
    assert len(unit.watch.lists.current) == 2
    assert counted == recorded == rounds * len(kinds)
    publish("SEC-5", "retained", messages=counted, effects=0, counted=counted, recorded=recorded)


def mosquitto_broker(mosquitto: Mosquitto) -> Broker:
    return MqttSettings(url=mosquitto.url).broker()
