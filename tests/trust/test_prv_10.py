"""PRV-10: an alert is unverified until a named person has confirmed it; what nobody confirmed in time is deleted."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.state import alert_json, state_of
from edge_alpr.holder.upkeep import purge_unconfirmed
from edge_alpr.message.kept import Said
from edge_alpr.message.timestamps import to_text
from fakes.house import ANN, BOB, DAY_S, KIM
from fixtures.shelf import NOW_S, Shelf, a_read, shelf

if TYPE_CHECKING:
    from fakes.house import AHouse
    from fixtures.soak import Count, Publish

__all__ = ["shelf"]  # the fixture

MINUTES_S = 30 * 60.0
"""What il-2-130 allows."""


def purge(house: AHouse) -> int:
    return purge_unconfirmed(
        house.house,
        house.archive,
        subject_of=house.audit_key.subject,
        record=house.log.record,
        now_s=house.now_s,
    )


def test_prv_10_unverified_until_confirmed_and_gone_after_the_minutes(
    shelf: Shelf, count: Count, publish: Publish
) -> None:
    alerts = count(40, 1000)
    shelf.put(*(a_read(seq) for seq in range(1, alerts + 1)))
    house = shelf.house("il-2-130")
    told = [alert_json(kept, house.audit_key.subject) for kept in shelf.archive.hits()]
    assert {alert["state"] for alert in told} == {"unverified"}
    assert {alert["person"] for alert in told} == {None}

    confirmed = shelf.archive.hits()[::4]
    for kept in confirmed:
        house.verdicts().take(house.a_verdict(kept))
    told = [alert_json(kept, house.audit_key.subject) for kept in shelf.archive.hits()]
    by_state = {
        state: [a for a in told if a["state"] == state] for state in ("confirmed", "unverified")
    }
    assert {alert["id"] for alert in by_state["confirmed"]} == {kept.id for kept in confirmed}
    assert {alert["person"] for alert in by_state["confirmed"]} == {ANN}

    house.clock.pass_s(MINUTES_S - 1)
    assert purge(house) == 0, "the control: they have their minutes"
    house.clock.pass_s(1)
    gone = purge(house)
    left = shelf.archive.hits()
    assert {kept.id for kept in left} == {kept.id for kept in confirmed}
    assert gone == alerts - len(confirmed)
    (facts,) = house.log.of("purge")
    assert facts == {
        "class": "hit",
        "messages": gone,
        "cause": "unconfirmed",
        "oldest": to_text(NOW_S),
    }
    assert purge(house) == 0
    nameless = [alert for alert in told if alert["state"] == "confirmed" and not alert["person"]]
    publish(
        "PRV-10",
        "alerts",
        alerts=alerts,
        confirmed=len(confirmed),
        confirmed_by_nobody=len(nameless),
        purged=gone,
        left_unverified=sum(kept.said is None for kept in left),
    )


def test_prv_10_nobody_confirms_but_a_person_of_the_house_by_their_own_key(
    shelf: Shelf, publish: Publish
) -> None:
    shelf.put(a_read(1))
    house = shelf.house("il-2-130")
    (kept,) = shelf.archive.hits()
    sound = house.a_verdict(kept)
    tries = {
        "another house's": house.a_verdict(kept, KIM),
        "not enrolled": house.a_verdict(kept, "person/o/nobody"),
        "no person": house.a_verdict(kept, "", looked=False),
        "who was never shown it": house.a_verdict(kept, BOB, looked=False),
        "altered": sound.replace(b'"confirmed"', b'"refuted"'),
        "unsigned": sound.split(b',"proof"')[0] + b"}",
        "of another message": house.a_verdict(kept, event="sha256:" + "0" * 64),
        "of another pass": house.a_verdict(kept, id=a_read(2).id),
        "of another unit": house.a_verdict(kept, unit="v"),
        "old": house.a_verdict(kept, at=to_text(NOW_S - 2 * DAY_S)),
        "confirmed because misread": house.a_verdict(kept, because="misread"),
        "no reason": house.a_verdict(kept, fits=False, because="fits"),
    }
    for name, body in tries.items():
        with pytest.raises(RefusedError):
            house.verdicts().take(body)
        assert shelf.archive.hits()[0].said is None, name
    assert len(house.log.of("refused")) == len(tries)
    assert house.log.of("confirm") == []
    house.verdicts().take(sound)
    assert state_of(shelf.archive.hits()[0], house.audit_key.subject) == "confirmed"
    publish("PRV-10", "verdicts of nobody", tried=len(tries), confirmed=0)


def test_prv_10_the_database_itself_takes_no_verdict_without_a_person(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="without a person"):
        Said("confirmed", "", to_text(NOW_S), "hmac-sha256:" + "0" * 64, "{}")
    with sqlite3.connect(shelf.target.removeprefix("sqlite:")) as db:
        row = ("o/s/u", "id", "confirmed", "", to_text(NOW_S), "", "{}")
        with pytest.raises(sqlite3.IntegrityError):
            db.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.close()


def test_a_confirmation_is_of_the_plate_that_was_looked_at(shelf: Shelf) -> None:
    """The final phase of the pass says another plate than the provisional one that was confirmed."""
    provisional = a_read(1, phase="provisional", presence=None)
    shelf.put(provisional)
    house = shelf.house("il-2-130")
    (kept,) = shelf.archive.hits()
    house.verdicts().take(house.a_verdict(kept))
    shelf.put(a_read(2, id=provisional.id))
    assert state_of(shelf.archive.hits()[0], house.audit_key.subject) == "confirmed"
    other = replace(a_read().plate, text="TEST1X1")
    shelf.put(a_read(3, id=provisional.id, plate=other))
    assert state_of(shelf.archive.hits()[0], house.audit_key.subject) == "unverified"


def test_what_the_event_itself_says_holds_if_it_is_earlier(shelf: Shelf) -> None:
    stamp = a_read().policy
    early, late = (to_text(NOW_S + minutes * 60.0) for minutes in (10, 500))
    shelf.put(
        a_read(1, policy=replace(stamp, confirm_by=early)),
        a_read(2, policy=replace(stamp, confirm_by=late)),
    )
    house = shelf.house("il-2-130")
    house.clock.pass_s(599)
    assert purge(house) == 0
    house.clock.pass_s(1)
    assert purge(house) == 1
    house.clock.pass_s(MINUTES_S - 600)
    assert purge(house) == 1


def test_what_a_clock_said_that_nobody_had_set_does_not_count(shelf: Shelf) -> None:
    """It was 1970 for the unit: by its own word the hit was over before it came."""
    time = replace(
        a_read().time,
        captured="1970-01-01T00:00:10.000Z",
        clock=replace(a_read().time.clock, synced=False),
    )
    stamp = replace(a_read().policy, confirm_by="1970-01-01T00:30:10.000Z")
    shelf.put(a_read(1, time=time, policy=stamp))
    house = shelf.house("il-2-130")
    house.clock.pass_s(MINUTES_S - 1)
    assert purge(house) == 0
    house.clock.pass_s(1)
    assert purge(house) == 1


def test_a_hit_that_came_late_has_the_holders_minutes_where_it_names_no_end(shelf: Shelf) -> None:
    shelf.put(a_read(1), stored_s=NOW_S + 7200.0)
    house = shelf.house("il-2-130")
    house.clock.pass_s(7200.0 + MINUTES_S - 1)
    assert purge(house) == 0
    house.clock.pass_s(1)
    assert purge(house) == 1


def test_without_a_policy_in_force_the_minutes_are_the_softwares_own(shelf: Shelf) -> None:
    shelf.put(a_read(1))
    house = shelf.house("bench")
    house.clock.pass_s(10 * DAY_S)
    assert purge(house) == 0, "a bench asks for nobody's look"
    house.house = replace(house.house, policy=None, policy_sha256=None)
    assert purge(house) == 1


@pytest.mark.parametrize(("profile", "minutes"), [("de-stpo-163g", 15), ("nh-261-75-b", 3)])
def test_each_policy_has_minutes_of_its_own(shelf: Shelf, profile: str, minutes: int) -> None:
    shelf.put(a_read(1))
    house = shelf.house(profile)
    house.clock.pass_s(minutes * 60.0 - 1)
    assert purge(house) == 0
    house.clock.pass_s(1)
    assert purge(house) == 1


def test_what_is_no_hit_is_not_purged(shelf: Shelf) -> None:
    shelf.put(a_read(1, hit=False))
    house = shelf.house("il-2-130")
    house.clock.pass_s(DAY_S)
    assert purge(house) == 0
