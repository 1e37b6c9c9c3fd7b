"""PRV-8: the gate of Illinois: another state's agency gets nothing without a declaration that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.errors import MessageError
from edge_alpr.holder.desk import RELEASE_INFO
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.proof import document_sha256, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.document import parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.told import RELEASE
from fakes.events import PLATE
from fakes.house import DAY_S, KIM, ZED
from fixtures.shelf import Shelf, a_read, shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.holder.desk import Released
    from fakes.house import AHouse
    from fixtures.soak import Count, Publish

__all__ = ["shelf"]  # the fixture


def paper(declaration: dict[str, Any]) -> dict[str, str]:
    """How a request names it."""
    return {"id": declaration["id"], "sha256": document_sha256(declaration)}


def filed(house: AHouse, **changes: Any) -> dict[str, str]:
    """A declaration that is sound but for ``changes``, filed and named."""
    declaration = house.a_declaration(**changes)
    house.files(declaration)
    return paper(declaration)


def none(house: AHouse) -> None:
    filed(house)


def unknown(house: AHouse) -> dict[str, str]:
    house.files()
    return paper(house.a_declaration())


def altered(house: AHouse) -> dict[str, str]:
    """Another term was written into what is filed, the old signature kept; the request names the true one."""
    declaration = house.a_declaration()
    house.files({**declaration, "expires": to_text(house.now_s + 900 * DAY_S)})
    return paper(declaration)


def altered_and_named(house: AHouse) -> dict[str, str]:
    """The same, and the request names what was made of it."""
    declaration = {**house.a_declaration(), "text": "We shall use it as we like."}
    house.files(declaration)
    return paper(declaration)


BAD: dict[str, tuple[Callable[[AHouse], dict[str, str] | None], str]] = {
    "none": (none, "declaration_missing"),
    "not filed": (unknown, "declaration_unknown"),
    "altered": (altered, "declaration_altered"),
    "altered and named": (altered_and_named, "declaration_not_signed"),
    "signed by another": (lambda house: filed(house, signer="near"), "declaration_not_signed"),
    "expired": (
        lambda house: filed(house, expires=to_text(house.now_s)),
        "declaration_expired",
    ),
    "older than the policy's term": (
        lambda house: filed(
            house,
            at=to_text(house.now_s - 365 * DAY_S),
            expires=to_text(house.now_s + DAY_S),
        ),
        "declaration_expired",
    ),
    "not yet in force": (
        lambda house: filed(house, at=to_text(house.now_s + 600.0)),
        "declaration_expired",
    ),
    "leaves out a purpose": (
        lambda house: filed(house, never_for=["immigration_status"]),
        "declaration_incomplete",
    ),
    "made to another house": (lambda house: filed(house, to="other"), "declaration_incomplete"),
    "another key": (
        lambda house: filed(house, recipient_key=str(house.recipients["near"].public)),
        "recipient_key",
    ),
}


def ask(house: AHouse, declaration: dict[str, str] | None, person: str = ZED) -> Released:
    request = house.a_request("share", person, declaration=declaration)
    return house.desk().share(request, house.a_consent(request))


def ready(shelf: Shelf) -> AHouse:
    """A house with two hits of the plate, one of them confirmed."""
    shelf.put(a_read(1), a_read(2))
    house = shelf.house("il-2-130")
    (kept, *_) = shelf.archive.hits()
    house.verdicts().take(house.a_verdict(kept))
    return house


def test_prv_8_no_release_without_a_declaration_that_holds(
    shelf: Shelf, count: Count, publish: Publish
) -> None:
    house = ready(shelf)
    asked = released = 0
    for n in range(count(110, 1000)):
        name = list(BAD)[n % len(BAD)]
        prepare, reason = BAD[name]
        named = prepare(house)
        try:
            ask(house, named)
            released += 1
        except RefusedError as refused:
            assert refused.reason == reason, name
        asked += 1
    assert released == 0
    assert house.log.of("share") == []
    assert len(house.log.of("refused")) == asked
    publish("PRV-8", "bad declarations", kinds=len(BAD), requests=asked, released=released)


def test_prv_8_a_sound_one_is_released_with_its_id_in_the_log(
    shelf: Shelf, publish: Publish
) -> None:
    house = ready(shelf)
    declaration = filed(house)
    released = ask(house, declaration)
    (facts,) = house.log.of("share")
    assert facts["declaration"] == declaration["id"]
    assert (facts["recipient"], facts["party"]) == ("far", "out_of_state")
    assert facts["recipient_kid"] == house.recipients["far"].kid
    assert (facts["items"], released.items, released.withheld) == (1, 1, 1)
    assert facts["request"] == released.digest
    body = house.recipients["far"].open(released.body, info=RELEASE_INFO)
    verify_document(parse_document(body), KeyRing([Member("o", house.key.public)]))
    release = RELEASE.read(parse_document(body))
    assert (release.declaration, release.policy) == (
        declaration["id"],
        house.house.policy_sha256,
    )
    assert [parse_document(event.encode())["id"] for event in release.events] == [a_read(1).id]
    publish("PRV-8", "a sound declaration", requests=1, released=1, in_the_log=1)


def test_what_is_released_opens_for_its_recipient_only(shelf: Shelf) -> None:
    house = ready(shelf)
    released = ask(house, filed(house))
    assert PLATE.encode() not in released.body
    with pytest.raises(MessageError):
        house.recipients["near"].open(released.body, info=RELEASE_INFO)
    with pytest.raises(MessageError):
        house.recipients["far"].open(released.body, info=b"edge-alpr answer.sealed/1.0")


def test_prv_8_control_an_agency_of_the_state_needs_none(shelf: Shelf) -> None:
    """So it is the declaration that makes the difference above."""
    house = ready(shelf)
    assert ask(house, None, KIM).items == 1
    assert "declaration" not in house.log.of("share")[0]


@pytest.mark.parametrize("profile", ["ca-sb34", "va-2-2-5517", "mn-13-824", "default-strict"])
def test_where_the_rules_do_not_share_with_other_states_no_declaration_helps(
    shelf: Shelf, profile: str
) -> None:
    house = shelf.house(profile)
    with pytest.raises(RefusedError, match="party not allowed"):
        ask(house, filed(house))


def test_who_an_organisation_is_only_an_authority_says(shelf: Shelf) -> None:
    house = ready(shelf)
    forged = {**house.a_partner("far", "out_of_state"), "party": "in_state"}
    expired = house.a_partner("far", "in_state", expires=to_text(house.now_s))
    for partner in (forged, expired, {"schema": "partner/1.0"}):
        house.knows(partner)
        with pytest.raises(RefusedError, match="party unknown"):
            ask(house, None)


def test_the_latest_word_of_an_authority_counts(shelf: Shelf) -> None:
    """An organisation that was in the state by an earlier word, which would hold longer, is no more."""
    house = ready(shelf)
    early = house.a_partner("far", "in_state", expires=to_text(house.now_s + 900 * DAY_S))
    house.knows(early)
    assert ask(house, None).items == 1
    late = house.a_partner("far", "out_of_state", not_before=to_text(house.now_s - 1.0))
    house.knows(early, late)
    with pytest.raises(RefusedError, match="declaration missing"):
        ask(house, None)


def test_where_the_policy_names_the_only_keys_no_other_is_given_anything(shelf: Shelf) -> None:
    house = ready(shelf)
    house.under_recipients(f"agency/far {house.recipients['far'].public}")
    with pytest.raises(RefusedError, match="recipient key"):
        ask(house, None, KIM)
    assert ask(house, filed(house)).items == 1


def test_nothing_leaves_the_house_without_a_person_of_the_house(shelf: Shelf) -> None:
    house = ready(shelf)
    request = house.a_request("share", KIM)
    with pytest.raises(RefusedError, match="consent missing"):
        house.desk().share(request)
    with pytest.raises(RefusedError, match="consent not valid"):
        house.desk().share(request, house.a_consent(request, ZED))
