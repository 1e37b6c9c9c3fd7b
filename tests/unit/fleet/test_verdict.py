"""The figures of a run, and above all: what must not be called sound."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import pytest

from edge_alpr.collector.tally import Row
from edge_alpr.fleet.account import UnitAccount
from edge_alpr.fleet.plan import FleetPlan
from edge_alpr.fleet.play import Played
from edge_alpr.fleet.verdict import (
    Latency,
    Stored,
    Verdict,
    ask_store,
    ask_until_whole,
    judge,
    table,
)
from edge_alpr.uplink.mqtt import MqttSettings

PLAN = FleetPlan(units=1, rate_per_s=2.0, duration_s=5.0, broker=MqttSettings())


class FakeTally:
    """A store that holds what it is told."""

    def __init__(self, *seqs: int, passes: int | None = None) -> None:
        self.rows = [Row(seq, 1000.0 + seq + 0.25) for seq in seqs]
        self._passes = len(set(seqs)) if passes is None else passes

    def messages(self, unit: str, boot: str) -> list[Row]:
        assert (unit, boot) == ("bench/fleet/unit-0001", "00c0ffee")
        return self.rows

    def passes(self, unit: str, boot: str) -> int:
        return self._passes

    def close(self) -> None: ...


def _account(made: int = 3, unconfirmed: tuple[int, ...] = (), **changes: Any) -> UnitAccount:
    account = UnitAccount(
        unit="bench/fleet/unit-0001",
        boot="00c0ffee",
        made_s=array("d", [1000.0 + seq for seq in range(1, made + 1)]),
        confirmed_after_s=array("d", [0.5] * (made - len(unconfirmed))),
        unconfirmed=unconfirmed,
        sent=made,
        shed=0,
        expired=0,
        connects=1,
        counts={},
        trouble="",
        died=False,
    )
    return replace(account, **changes)


def _judged(account: UnitAccount, stored: Stored | None = None) -> Verdict:
    return judge(PLAN, Played((account,), 5.0, 1.0), stored)


def test_all_there_once_is_sound() -> None:
    stored = ask_store(FakeTally(1, 2, 3), [_account()])
    assert (stored.stored, stored.lost, stored.doubled, stored.strange) == (3, 0, 0, 0)
    assert stored.latency == Latency(0.25, 0.25, 0.25, 0.25)
    verdict = _judged(_account(), stored)
    assert verdict.sound
    assert verdict.rate_reached == pytest.approx(0.6)
    assert verdict.rate_asked == 2.0


@pytest.mark.parametrize(
    ("tally", "lost", "doubled", "strange"),
    [
        (FakeTally(1, 3), 1, 0, 0),
        (FakeTally(), 3, 0, 0),
        (FakeTally(1, 2, 2, 3), 0, 1, 0),
        (FakeTally(1, 2, 3, passes=4), 0, 1, 0),
        (FakeTally(1, 2, 3, 4), 0, 0, 1),
    ],
)
def test_what_is_wrong_in_the_store_is_counted_and_not_sound(
    tally: FakeTally, lost: int, doubled: int, strange: int
) -> None:
    stored = ask_store(tally, [_account()])
    assert (stored.lost, stored.doubled, stored.strange) == (lost, doubled, strange)
    assert not _judged(_account(), stored).sound


@pytest.mark.parametrize(
    "account",
    [
        _account(made=0),
        _account(unconfirmed=(2,)),
        _account(shed=1),
        _account(expired=1),
        _account(died=True),
    ],
)
def test_without_a_store_what_is_not_confirmed_is_not_sound(account: UnitAccount) -> None:
    assert _judged(_account()).sound
    assert not _judged(account).sound


def test_the_store_knows_better_than_a_receipt_that_is_still_on_its_way() -> None:
    account = _account(unconfirmed=(3,))
    assert _judged(account, ask_store(FakeTally(1, 2, 3), [account])).sound


def test_a_read_that_is_only_late_is_waited_for() -> None:
    tally = FakeTally(1, 2)
    looks: list[int] = []

    class Filling(FakeTally):
        def messages(self, unit: str, boot: str) -> list[Row]:
            looks.append(1)
            return super().messages(unit, boot)[: 1 + len(looks)]

    assert ask_until_whole(Filling(1, 2, 3), [_account()], longest_s=30.0).lost == 0
    assert len(looks) == 2
    assert ask_until_whole(tally, [_account()], longest_s=0.0).lost == 1


def test_the_table_says_all_of_it() -> None:
    account = _account(sent=5, counts={"uplink.links_lost": 2, "uplink.refused": 7})
    words = table(_judged(account, ask_store(FakeTally(1, 3), [account])), "mqtt://here:1883")
    lines = dict(line.split("  ", 1) for line in words.splitlines())
    told = {name.strip(): rest.strip() for name, rest in lines.items()}
    assert told["lost"] == "1"
    assert told["sent again"].startswith("2 (66.67%")
    assert told["links lost"] == "2"
    assert told["refused"].startswith("7 ")
    assert "not known" in table(_judged(account), "mqtt://here:1883")
