"""A resident asks: was my plate kept here, until when, who asked? The clerk cannot read the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import MessageError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.resident import ANSWER_INFO, DELAY_DAYS
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.told import ANSWER, Answer, AskedHere, KeptHere
from fakes.events import PLATE
from fakes.house import ANN, BOB, DAY_S, KIM
from fixtures.shelf import NOW_S, Shelf, a_read, shelf

if TYPE_CHECKING:
    from fakes.house import AHouse

__all__ = ["shelf"]  # the fixture

RESIDENT = SealKey.generate()


@pytest.fixture
def house(shelf: Shelf) -> AHouse:
    shelf.put(a_read(1), a_read(2), a_read(3, unit="v"))
    return shelf.house("il-2-130")


def answer(house: AHouse, **changes: str) -> Answer:
    answered = house.residents().answer(
        house.a_question(**{"reply_to": str(RESIDENT.public), **changes})
    )
    assert PLATE.encode() not in answered.body
    document = parse_document(RESIDENT.open(answered.body, info=ANSWER_INFO))
    verify_document(document, KeyRing([Member("o", house.key.public)]))
    return ANSWER.read(document)


def test_what_is_kept_where_and_until_when(house: AHouse) -> None:
    told = answer(house)
    end = to_text(NOW_S + 30 * DAY_S)
    assert told.kept == (
        KeptHere(under="o/s/u", items=2, until=end),
        KeptHere(under="o/s/v", items=1, until=end),
    )
    assert answer(house, plate="TEST1X1").kept == ()


def test_who_asked_is_told_once_an_investigation_has_had_its_time(house: AHouse) -> None:
    house.desk().query(house.a_request())
    with pytest.raises(RefusedError):
        house.desk().query(house.a_request(purpose="personal"))
    house.desk().query(house.a_request(plate="TEST1X1"))
    assert answer(house).asked == ()
    house.clock.pass_s(DELAY_DAYS * DAY_S + 1)
    told = answer(house)
    day = to_text(NOW_S)[:10]
    assert told.asked == (
        AskedHere(day=day, act="query", organisation="o", purpose="stolen_vehicle"),
        AskedHere(day=day, act="refused", organisation="o", purpose="personal"),
    )
    assert told.asked_until == to_text(NOW_S + 1)


def test_the_log_has_that_it_was_answered_and_by_whom(house: AHouse) -> None:
    answer(house)
    (facts,) = house.log.of("answer")
    assert (facts["person"], facts["held"], facts["queries"]) == (ANN, True, 0)
    assert facts["subject"] == house.audit_key.subject(PLATE)
    assert facts["until"] == to_text(NOW_S + 30 * DAY_S)
    assert PLATE not in str(house.log.lines)


def test_nobody_else_can_read_it(house: AHouse) -> None:
    answered = house.residents().answer(house.a_question(reply_to=str(RESIDENT.public)))
    for key, info in ((SealKey.generate(), ANSWER_INFO), (RESIDENT, b"something else")):
        with pytest.raises(MessageError):
            key.open(answered.body, info=info)


def test_a_clerk_cannot_follow_anybody_by_it(house: AHouse) -> None:
    for _ in range(3):
        answer(house)
    with pytest.raises(RefusedError, match="too often"):
        answer(house)
    assert answer(house, person=BOB).kept != (), "another clerk, another resident perhaps"
    with pytest.raises(RefusedError, match="too often"):
        house.desk().query(house.a_request())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"person": KIM}, "not_ours"),
        ({"person": "person/o/nobody"}, "not_signed"),
        ({"at": to_text(NOW_S - 2 * DAY_S)}, "stale"),
        ({"reply_to": "x25519:short"}, "not_readable"),
        ({"reply_to": "x25519:" + "A" * 43}, "not_readable"),
        ({"plate": "?"}, "not_readable"),
    ],
)
def test_an_unsound_question_is_refused_and_logged(
    house: AHouse, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        answer(house, **changes)
    assert refused.value.reason == reason
    assert house.log.of("refused")[0]["action"] == "answer"


def test_a_question_is_answered_once(house: AHouse) -> None:
    question = house.a_question(reply_to=str(RESIDENT.public))
    house.residents().answer(question)
    with pytest.raises(RefusedError, match="answered before"):
        house.residents().answer(question)
