"""PRV-16, the holder's half: nobody follows a person alone. Beyond a few uses a second person must sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.holder.limits import MOST_A_DAY, MOST_BY_ALL
from edge_alpr.holder.refusal import RefusedError
from fakes.events import PLATE
from fakes.house import ANN, BOB, DAY_S
from fixtures.shelf import Shelf, a_read, shelf

if TYPE_CHECKING:
    from fakes.house import AHouse
    from fixtures.soak import Count, Publish

__all__ = ["shelf"]  # the fixture


@pytest.fixture
def house(shelf: Shelf) -> AHouse:
    shelf.put(a_read(1))
    return shelf.house("il-2-130")


def reason(house: AHouse, person: str = ANN, plate: str = PLATE) -> str | None:
    """Why one more query of the person is refused; None if it is answered."""
    try:
        house.desk().query(house.a_request(person=person, plate=plate))
    except RefusedError as refused:
        return refused.reason
    return None


def test_prv_16_the_fourth_query_of_one_plate_by_one_person_is_refused(
    house: AHouse, count: Count, publish: Publish
) -> None:
    asked = count(30, 1000)
    found = [reason(house) for _ in range(asked)]
    assert found[:3] == [None] * 3
    assert found[3:] == ["too_often"] * (asked - 3)
    assert len(house.log.of("refused")) == asked - 3
    publish("PRV-16", "queries of one plate by one person", asked=asked, answered=3)


def test_with_the_signature_of_another_person_it_is_answered(house: AHouse) -> None:
    for _ in range(3):
        assert reason(house) is None
    request = house.a_request()
    with pytest.raises(RefusedError, match="too often"):
        house.desk().query(request)
    house.desk().query(request, house.a_consent(request))
    assert house.log.of("query")[-1]["second"] == BOB
    assert reason(house) == "too_often", "one signature is for one request"


def test_another_plate_another_person_or_another_month_is_counted_for_itself(
    house: AHouse,
) -> None:
    """The controls: it is this person, this plate and these days that are counted."""
    for _ in range(3):
        assert reason(house) is None
    assert reason(house, plate="TEST1X1") is None
    assert reason(house, BOB) is None
    assert reason(house) == "too_often"
    house.clock.pass_s(30 * DAY_S + 1)
    assert reason(house) is None


def test_refused_ones_do_not_count(house: AHouse) -> None:
    for _ in range(5):
        with pytest.raises(RefusedError):
            house.desk().query(house.a_request(purpose="personal"))
    assert reason(house) is None


def test_colleagues_cannot_take_turns(house: AHouse) -> None:
    people = [f"person/o/officer-{n}" for n in range(MOST_BY_ALL + 1)]
    house.enroll(*people)
    assert [reason(house, person) for person in people[:-1]] == [None] * MOST_BY_ALL
    assert reason(house, people[-1]) == "too_often"


def test_nobody_goes_through_many_plates_alone(house: AHouse) -> None:
    plates = [f"TEST{n}X" for n in range(MOST_A_DAY + 1)]
    assert [reason(house, plate=plate) for plate in plates[:-1]] == [None] * MOST_A_DAY
    assert reason(house, plate=plates[-1]) == "too_many"
    house.clock.pass_s(DAY_S + 1)
    assert reason(house, plate=plates[-1]) is None
