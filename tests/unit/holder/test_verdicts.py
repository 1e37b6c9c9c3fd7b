"""What follows from a person's word: a refuted hit is gone, and a signed correction waits to be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.upkeep import purge_unconfirmed
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.document import parse_document
from edge_alpr.message.told import CORRECTION
from fakes.events import PLATE
from fakes.house import ANN
from fixtures.shelf import Shelf, a_read, shelf

if TYPE_CHECKING:
    from fakes.house import AHouse

__all__ = ["shelf"]  # the fixture


@pytest.fixture
def house(shelf: Shelf) -> AHouse:
    shelf.put(a_read(1), a_read(2))
    return shelf.house("il-2-130")


def test_a_confirmed_hit_stays_and_the_log_says_who(house: AHouse, shelf: Shelf) -> None:
    kept, _ = shelf.archive.hits()
    house.verdicts().take(house.a_verdict(kept))
    (facts,) = house.log.of("confirm")
    assert (facts["person"], facts["event"]) == (ANN, kept.id)
    assert facts["subject"] == house.audit_key.subject(PLATE)
    assert (facts["list"], facts["purpose"]) == ("clerk/7", "stolen_vehicle")
    assert len(shelf.archive.hits()) == 2
    assert shelf.archive.corrections() == []
    signed = shelf.archive.hits()[0].said
    assert signed is not None
    assert json.loads(signed.signed)["person"] == ANN, "what was signed can be shown to a stranger"


def test_a_refuted_hit_is_gone_and_a_correction_names_it(house: AHouse, shelf: Shelf) -> None:
    kept, other = shelf.archive.hits()
    house.verdicts().take(house.a_verdict(kept, fits=False, because="other_vehicle"))
    assert [each.id for each in shelf.archive.hits()] == [other.id]
    (facts,) = house.log.of("refute")
    assert facts["because"] == "other_vehicle"
    ((name, body),) = shelf.archive.corrections()
    assert PLATE not in body
    document = parse_document(body.encode())
    verify_document(document, KeyRing([Member("o", house.key.public)]))
    correction = CORRECTION.read(document)
    assert (correction.id, correction.corrects) == (name, kept.id)
    assert (correction.unit, correction.camera) == ("u", "cam0")
    assert (correction.boot, correction.seq) == ("00c0ffee", 1)
    assert correction.because == "other_vehicle"


def test_a_person_may_see_later_that_they_were_wrong(house: AHouse, shelf: Shelf) -> None:
    kept, _ = shelf.archive.hits()
    house.verdicts().take(house.a_verdict(kept))
    house.verdicts().take(house.a_verdict(kept, fits=False))
    assert len(shelf.archive.hits()) == 1
    with pytest.raises(RefusedError, match="no such alert"):
        house.verdicts().take(house.a_verdict(kept))


def test_a_late_phase_of_a_refuted_pass_goes_at_once(house: AHouse, shelf: Shelf) -> None:
    kept, _ = shelf.archive.hits()
    house.verdicts().take(house.a_verdict(kept, fits=False))
    shelf.put(a_read(3, id=kept.id))
    assert len(shelf.archive.hits()) == 2
    gone = purge_unconfirmed(
        house.house,
        shelf.archive,
        subject_of=house.audit_key.subject,
        record=house.log.record,
        now_s=house.now_s,
    )
    assert (gone, len(shelf.archive.hits())) == (1, 1)
