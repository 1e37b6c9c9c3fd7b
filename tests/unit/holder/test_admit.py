"""Which requests are answered: one control that is, and every way in which one is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.holder.refusal import ADVICE, RefusedError
from edge_alpr.keys.proof import document_sha256, sign_document
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.timestamps import to_text
from fakes.events import PLATE
from fakes.house import ANN, BOB, DAY_S, KIM, ZED, key_of
from fixtures.shelf import NOW_S, Shelf, a_read, shelf

if TYPE_CHECKING:
    from edge_alpr.policy.rules import Requirement
    from fakes.house import AHouse

__all__ = ["shelf"]  # the fixture


@pytest.fixture
def house(shelf: Shelf) -> AHouse:
    shelf.put(a_read(1), a_read(2, unit="v"), a_read(3, camera="cam1"))
    return shelf.house("il-2-130")


def refused(house: AHouse, act: str, request: bytes, consent: bytes | None = None) -> str:
    """By which code; it must be in the log, and nothing else."""
    before = len(house.log.lines)
    with pytest.raises(RefusedError) as caught:
        getattr(house.desk(), act)(request, consent)
    assert [line.kind for line in house.log.lines[before:]] == ["refused"]
    told = house.log.lines[-1].facts
    assert (told["action"], told["reason"]) == (act, caught.value.reason)
    assert ADVICE[caught.value.reason] in str(caught.value)
    assert PLATE not in str(caught.value)
    return caught.value.reason


def test_a_sound_request_is_answered_and_written_down(house: AHouse) -> None:
    request = house.a_request(under="o/s/u")
    found = house.desk().query(request)
    assert [kept.id for kept, _ in found.passes] == [a_read(1).id, a_read(3).id]
    assert {state for _, state in found.passes} == {"unverified"}
    (facts,) = house.log.of("query")
    assert facts["request"] == found.digest == document_sha256(parse_document(request))
    assert facts["found"] == 2
    assert (facts["person"], facts["organisation"]) == (ANN, "o")
    assert (facts["purpose"], facts["offence_class"]) == ("stolen_vehicle", "felony")
    assert (facts["case_no"], facts["party"]) == ("2026-0815", "own_agency")
    assert facts["policy"] == house.house.policy_sha256
    assert facts["subject"] == house.audit_key.subject(PLATE)
    assert (facts["camera"], facts["until"]) == ("o/s/u", to_text(NOW_S + 1.0))
    assert PLATE not in str(house.log.lines)


def test_what_has_come_to_its_end_is_not_found(house: AHouse) -> None:
    house.clock.pass_s(30 * DAY_S + 1)
    since = to_text(NOW_S - DAY_S)
    request = house.a_request(since=since, until=to_text(NOW_S + DAY_S))
    assert house.desk().query(request).passes == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"purpose": "immigration_status"}, "purpose_prohibited"),
        ({"purpose": "lawful_health_care"}, "purpose_prohibited"),
        ({"purpose": "investigation"}, "purpose_unknown"),
        ({"purpose": "parking"}, "purpose_not_allowed"),
        ({"offence_class": "bad_thing"}, "offence_unknown"),
        ({"case_no": f"1-{PLATE}"}, "case_no_holds_plate"),
        ({"case_no": "test-0X0"}, "case_no_holds_plate"),
        ({"case_no": "investigation"}, "not_readable"),
        ({"case_no": ""}, "not_readable"),
        ({"case_no": None}, "not_readable"),
        ({"offence_class": None}, "not_readable"),
        ({"plate": "%"}, "not_readable"),
        ({"plate": ""}, "not_readable"),
        ({"salt": ""}, "not_readable"),
        ({"act": "share"}, "not_readable"),
        ({"schema": "request/2.0"}, "not_readable"),
        ({"since": to_text(NOW_S - 40 * DAY_S)}, "window"),
        ({"since": to_text(NOW_S + 10), "until": to_text(NOW_S + 20)}, "window"),
        ({"since": to_text(NOW_S), "until": to_text(NOW_S - 1)}, "window"),
        ({"at": to_text(NOW_S - 1.1 * DAY_S)}, "stale"),
        ({"at": to_text(NOW_S + DAY_S)}, "stale"),
        ({"under": "other"}, "scope"),
        ({"under": "oo"}, "scope"),
        ({"person": KIM}, "not_ours"),
        ({"person": ZED}, "not_ours"),
    ],
)
def test_an_unsound_one_is_not(house: AHouse, changes: dict[str, Any], reason: str) -> None:
    assert refused(house, "query", house.a_request(**changes)) == reason


def test_a_word_of_ones_own_choosing_does_not_reach_the_log(house: AHouse) -> None:
    refused(house, "query", house.a_request(purpose="find_her", case_no=f"{PLATE}-1"))
    (facts,) = house.log.of("refused")
    assert facts["purpose"] == "unknown"
    assert "case_no" not in facts


def test_who_did_not_sign_is_nobody(house: AHouse) -> None:
    request = parse_document(house.a_request())
    forged = sign_document(request, key_of("somebody"))
    assert refused(house, "query", dump_document(forged)) == "not_signed"
    other = sign_document({**request, "person": BOB}, key_of(ANN))
    assert refused(house, "query", dump_document(other)) == "not_signed"
    altered = dump_document({**request, "plate": "TEST1X1"})
    assert refused(house, "query", altered) == "not_signed"
    bare = {name: value for name, value in request.items() if name != "proof"}
    assert refused(house, "query", dump_document(bare)) == "not_signed"
    assert refused(house, "query", b"[]") == "not_signed"
    assert all("person" not in facts for facts in house.log.of("refused")), "a claim is no name"


def test_a_request_is_answered_once(house: AHouse) -> None:
    request = house.a_request()
    house.desk().query(request)
    assert refused(house, "query", request) == "used_before"
    house.desk().query(house.a_request())


def test_without_a_policy_in_force_nothing_is_answered(house: AHouse) -> None:
    policy = house.house.policy
    house.house = replace(house.house, policy=None, policy_sha256=None)
    assert refused(house, "query", house.a_request()) == "no_policy"
    house.house = replace(house.house, policy=policy)
    house.clock.pass_s(500 * DAY_S)
    assert refused(house, "query", house.a_request()) == "no_policy"


def test_what_the_policy_is_not_for_is_not_asked(house: AHouse) -> None:
    house.under(house.rules, scope="o/s/u")
    assert refused(house, "query", house.a_request(under="o/s")) == "scope"
    assert len(house.desk().query(house.a_request(under="o/s/u")).passes) == 2


def test_a_policy_may_ask_for_a_warrant(shelf: Shelf) -> None:
    house = shelf.house("de-stpo-163g")
    request = house.a_request(purpose="abduction", warrant=None)
    assert refused(house, "query", request) == "warrant_missing"
    house.desk().query(house.a_request(purpose="abduction"))


def test_a_policy_may_ask_for_a_second_person_each_time(house: AHouse) -> None:
    second: frozenset[Requirement] = frozenset({"second_signature"})
    needs = house.rules.sharing.require | second
    house.under(replace(house.rules, sharing=replace(house.rules.sharing, require=needs)))
    request = house.a_request()
    assert refused(house, "query", request) == "consent_missing"
    house.desk().query(request, house.a_consent(request))
    assert house.log.of("query")[0]["second"] == BOB


def test_a_second_person_is_another_one_of_the_house_who_means_this_request(house: AHouse) -> None:
    request = house.a_request()
    for consent in (
        house.a_consent(request, ANN),
        house.a_consent(request, KIM),
        house.a_consent(house.a_request(plate="TEST1X1")),
        house.a_consent(request, schema="consent/2.0"),
        request,
        b"{}",
    ):
        assert refused(house, "query", request, consent) == "consent_not_valid"
    old = house.a_consent(request, at=to_text(NOW_S - 2 * DAY_S))
    assert refused(house, "query", request, old) == "stale"


def test_no_entry_in_the_log_no_answer(house: AHouse) -> None:
    """The control of the order: the answer comes after the entry is on the disk."""

    def broken(kind: str, /, **facts: object) -> None:
        raise OSError("disk full")

    house.log.record = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        house.desk().query(house.a_request())
