"""PRV-7: what is prohibited is refused, whoever asks, under every profile, and is in the log by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.config.profiles import shipped_ids
from edge_alpr.holder import admit
from edge_alpr.holder.refusal import RefusedError
from fakes.events import PLATE
from fakes.house import ANN, KIM
from fixtures.shelf import Shelf, a_read, shelf

if TYPE_CHECKING:
    from fakes.house import AHouse
    from fixtures.soak import Count, Publish

__all__ = ["shelf"]  # the fixture

ACTS = (("query", ANN), ("share", KIM))


def tries(house: AHouse, times: int) -> list[tuple[str, str, bytes]]:
    """Act, purpose and request: each prohibited purpose, for both acts."""
    return [
        (act, purpose, house.a_request(act, person, purpose=purpose))
        for purpose in sorted(house.rules.purposes.prohibit)
        for act, person in ACTS
        for _ in range(times)
    ]


def let_through(house: AHouse, act: str, request: bytes) -> bool:
    try:
        getattr(house.desk(), act)(request, house.a_consent(request))
    except RefusedError as refused:
        assert refused.reason == "purpose_prohibited"
        return False
    return True


def test_prv_7_prohibited_purposes_do_not_exist(
    shelf: Shelf, count: Count, publish: Publish
) -> None:
    shelf.put(a_read(1))
    asked = logged = 0
    answered: list[str] = []
    for profile in shipped_ids():
        house = shelf.house(profile)
        for act, purpose, request in tries(house, count(1, 50)):
            before = len(house.log.lines)
            if let_through(house, act, request):
                answered.append(f"{profile}: {act} {purpose}")
            told = [line for line in house.log.lines[before:] if line.kind == "refused"]
            logged += [line.facts["purpose"] for line in told] == [purpose]
            asked += 1
        assert PLATE not in str(house.log.lines)
    assert answered == []
    assert logged == asked
    assert asked >= len(shipped_ids()) * len(ACTS) * 7
    publish(
        "PRV-7",
        "query and share",
        profiles=len(shipped_ids()),
        requests=asked,
        answered=0,
        logged=logged,
    )


def test_prv_7_control_without_the_check_they_are_answered(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, publish: Publish
) -> None:
    """The same requests, the check of purposes taken out: the test above would see it."""
    monkeypatch.setattr(admit, "_check_why", lambda request, rules: None)
    shelf.put(a_read(1))
    house = shelf.house("il-2-130")
    found = [let_through(house, act, request) for act, _, request in tries(house, 1)]
    assert all(found)
    publish("PRV-7", "control", requests=len(found), answered=sum(found))
