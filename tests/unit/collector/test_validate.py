"""What is let in, and that a refusal never quotes the message."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.collector.messages import ImageMessage, OtherMessage
from edge_alpr.collector.store import Entry
from edge_alpr.collector.validate import Validator
from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import sign_document
from edge_alpr.link.terms import Arrival
from edge_alpr.message.codec import encode
from edge_alpr.message.document import MAX_BYTES, dump_document
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import encode_notice
from edge_alpr.message.sealed import SealedMessage
from fakes.events import PLATE, an_event
from fakes.keys import COLLECTOR_KEY, RING, STRANGER_KEY, UNIT_KEY
from fakes.notices import a_clock, a_gap
from fakes.sealing import a_header

if TYPE_CHECKING:
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.message.sealed import SealedClass

_AT = "2026-01-01T12:00:00.000Z"
_TOPIC = "alpr/v1/o/s/u/up/read/cam0"


def _event_with(**extra: object) -> bytes:
    return json.dumps({**json.loads(encode(an_event())), **extra}).encode()


def test_an_event_is_let_in_by_types_and_by_schema() -> None:
    validator = Validator()
    assert validator.by_schema
    assert validator.check(Arrival(_TOPIC, encode(an_event()), 1)) == Entry(
        an_event(), encode(an_event())
    )


def test_an_alert_is_an_event_too() -> None:
    topic = "alpr/v1/o/s/u/up/alert/cam0"
    assert Validator().check(Arrival(topic, encode(an_event()), 1)) == Entry(
        an_event(), encode(an_event())
    )


def test_fields_of_a_later_minor_version_are_let_in() -> None:
    body = _event_with(schema="plate.read/1.7", weather="fog")
    checked = Validator().check(Arrival(_TOPIC, body, 1))
    assert checked is not None
    assert isinstance(checked.message, PlateEvent)
    assert checked.message.schema == "plate.read/1.7"


@pytest.mark.parametrize("kind", ["status", "health", "info"])
def test_other_kinds_are_not_looked_into(kind: str) -> None:
    assert Validator().check(Arrival(f"alpr/v1/o/s/u/up/{kind}", b"\xff", 1)) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "body"),
        (b"\xff\xfe", "body"),
        (b'{"schema":', "body"),
        (b"[]", "body"),
        (b"{}", "schema"),
        (b"x" * (MAX_BYTES + 1), "too many"),
        (_event_with(schema="plate.read/2.0"), "schema"),
        (_event_with(seq=0), "seq"),
        (_event_with(seq="1"), "seq"),
        (_event_with(boot=PLATE), "boot"),
        (_event_with(weather=float("nan")), "JSON"),
        (
            _event_with(weather="x")[:-1] + b',"deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
            "body|JSON",
        ),
        (_event_with(weather="x")[:-1] + b',"n":' + b"9" * 5000 + b"}", "body|JSON"),
        (_event_with(weather="x").replace(b'"x"', b'"\xff"'), "body|JSON"),
    ],
)
def test_bad_bodies_are_refused_without_quoting_them(body: bytes, words: str) -> None:
    with pytest.raises(MessageError, match=words) as refused:
        Validator().check(Arrival(_TOPIC, body, 1))
    assert PLATE not in str(refused.value)
    assert refused.value.__cause__ is None


def test_every_bad_plate_is_refused_without_quoting_it() -> None:
    """Each field that may hold a plate, spoilt."""
    good = json.loads(encode(an_event()))
    for key in ("text", "shown"):
        spoilt = {**good, "plate": {**good["plate"], key: f"{PLATE}?" * 10}}
        with pytest.raises(MessageError) as refused:
            Validator().check(Arrival(_TOPIC, json.dumps(spoilt).encode(), 1))
        assert PLATE not in str(refused.value)


@pytest.mark.parametrize(
    "topic",
    [
        "alpr/v1/o/s/other/up/read/cam0",
        "alpr/v1/o/other/u/up/read/cam0",
        "alpr/v1/other/s/u/up/read/cam0",
        "alpr/v1/o/s/u/up/read/cam1",
        "alpr/v1/o/s/u/up/read",
    ],
)
def test_a_body_in_another_senders_name_is_refused(topic: str) -> None:
    with pytest.raises(MessageError, match="another unit or camera"):
        Validator().check(Arrival(topic, encode(an_event()), 1))


@pytest.mark.parametrize("topic", ["", "alpr", "alpr/v2/o/s/u/up/read/cam0", "(not UTF-8)"])
def test_topics_that_are_not_ours_are_refused(topic: str) -> None:
    with pytest.raises(MessageError, match="topic"):
        Validator().check(Arrival(topic, encode(an_event()), 1))


# ---------------------------------------------------------------- kinds that are kept as they came

_STRANGE = {
    "schema": "unit.weather/1.0",
    "org": "o",
    "site": "s",
    "unit": "u",
    "boot": "00c0ffee",
    "seq": 7,
    "fog": True,
}


def _strange(**changes: object) -> bytes:
    return dump_document({**_STRANGE, **changes})


def test_a_numbered_message_of_a_kind_that_is_not_known_is_let_in() -> None:
    """A later unit must not have to keep it for ever."""
    checked = Validator().check(Arrival("alpr/v1/o/s/u/up/weather/cam0", _strange(), 1))
    assert checked is not None
    assert checked.message == OtherMessage(
        org="o",
        site="s",
        unit="u",
        boot="00c0ffee",
        seq=7,
        kind="weather",
        camera="cam0",
        schema="unit.weather/1.0",
        delete_after=None,
    )


@pytest.mark.parametrize(
    "where", [{"policy": {"delete_after": _AT}}, {"delete_after": _AT, "policy": 7}]
)
def test_the_end_of_its_time_is_seen_where_events_name_it(where: dict[str, object]) -> None:
    checked = Validator().check(Arrival("alpr/v1/o/s/u/up/weather", _strange(**where), 1))
    assert checked is not None
    assert isinstance(checked.message, OtherMessage)
    assert checked.message.delete_after == _AT


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema": PLATE},
        {"schema": None},
        {"unit": 7},
        {"unit": "v"},
        {"boot": PLATE},
        {"boot": None},
        {"seq": 0},
        {"seq": True},
        {"seq": 2**53},
        {"seq": None},
        {"delete_after": PLATE},
        {"delete_after": 7},
    ],
)
def test_a_strange_message_without_a_proper_head_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MessageError) as refused:
        Validator().check(Arrival("alpr/v1/o/s/u/up/weather", _strange(**wrong), 1))
    assert PLATE not in str(refused.value)


def test_a_strange_message_needs_a_signature_like_any_other() -> None:
    topic = "alpr/v1/o/s/u/up/weather"
    signed = dump_document(sign_document(_STRANGE, UNIT_KEY))
    checked = Validator(RING).check(Arrival(topic, signed, 1))
    assert checked is not None
    assert checked.signer == UNIT_KEY.kid
    with pytest.raises(MessageError, match="not signed"):
        Validator(RING).check(Arrival(topic, _strange(), 1))


_PICTURE_TOPIC = "alpr/v1/o/s/u/up/image/cam0/019ae1fc-99d4-7001-8203-000000000001/plate"


def test_a_picture_is_known_by_its_hash_and_the_number_beside_it() -> None:
    beside = (("boot", "00c0ffee"), ("seq", "7"))
    checked = Validator(RING).check(Arrival(_PICTURE_TOPIC, b"\xff\xd8", 1, beside))
    assert checked is not None
    assert checked.message == ImageMessage(
        org="o",
        site="s",
        unit="u",
        boot="00c0ffee",
        seq=7,
        camera="cam0",
        pass_id="019ae1fc-99d4-7001-8203-000000000001",
        kind="plate",
        sha256=hashlib.sha256(b"\xff\xd8").hexdigest(),
    )


@pytest.mark.parametrize(
    ("topic", "beside", "words"),
    [
        (_PICTURE_TOPIC, (), "boot"),
        (_PICTURE_TOPIC, (("boot", "00c0ffee"),), "seq"),
        (_PICTURE_TOPIC, (("boot", "00c0ffee"), ("seq", "-1")), "seq"),
        (_PICTURE_TOPIC, (("boot", "00c0ffee"), ("seq", "9" * 5000)), "seq"),
        ("alpr/v1/o/s/u/up/image/cam0", (("boot", "00c0ffee"), ("seq", "7")), "topic"),
        ("alpr/v1/o/s/u/up/image", (("boot", "00c0ffee"), ("seq", "7")), "topic"),
    ],
)
def test_a_picture_without_a_number_or_a_pass_is_refused(
    topic: str, beside: tuple[tuple[str, str], ...], words: str
) -> None:
    with pytest.raises(MessageError, match=words):
        Validator().check(Arrival(topic, b"\xff\xd8", 1, beside))


# ---------------------------------------------------------------- notices and signatures


def _signed(key: KeyPair = UNIT_KEY, **changes: object) -> bytes:
    document = {**json.loads(encode(an_event())), **changes}
    return dump_document(sign_document(document, key))


def test_gaps_and_clocks_are_let_in_on_their_own_topics() -> None:
    for kind, notice in (("gap", a_gap(1, (2, 3))), ("clock", a_clock(1, _AT, 10.0))):
        body = encode_notice(notice, None)
        checked = Validator().check(Arrival(f"alpr/v1/o/s/u/up/{kind}", body, 1))
        assert checked == Entry(notice, body)
        other = "clock" if kind == "gap" else "gap"
        for topic in (f"alpr/v1/o/s/u/up/{other}", _TOPIC):
            with pytest.raises(MessageError):
                Validator().check(Arrival(topic, body, 1))
        with pytest.raises(MessageError, match="another unit"):
            Validator().check(Arrival(f"alpr/v1/o/s/v/up/{kind}", body, 1))


def test_with_a_ring_a_signature_that_holds_names_its_key() -> None:
    checked = Validator(RING).check(Arrival(_TOPIC, _signed(), 1))
    assert checked is not None
    assert checked.signer == UNIT_KEY.kid


def test_a_field_of_a_later_version_is_covered_by_the_signature() -> None:
    body = _signed(weather="fog")
    assert Validator(RING).check(Arrival(_TOPIC, body, 1)) is not None
    with pytest.raises(MessageError, match="does not fit"):
        Validator(RING).check(Arrival(_TOPIC, body.replace(b"fog", b"sun"), 1))


@pytest.mark.parametrize(
    "body",
    [
        encode(an_event()),
        _signed(STRANGER_KEY),
        _signed(COLLECTOR_KEY),
        _signed().replace(b'"seq":1,', b'"seq":2,'),
    ],
)
def test_without_one_that_holds_it_is_refused_or_has_no_signer(body: bytes) -> None:
    with pytest.raises(MessageError, match="proof"):
        Validator(RING).check(Arrival(_TOPIC, body, 1))
    checked = Validator(RING, refuse_unverified=False).check(Arrival(_TOPIC, body, 1))
    assert checked is not None
    assert checked.signer is None


def test_notices_are_checked_as_well() -> None:
    topic = "alpr/v1/o/s/u/up/gap"
    sign = partial(sign_document, key=UNIT_KEY)
    good = encode_notice(a_gap(1, (2, 3)), sign)
    checked = Validator(RING).check(Arrival(topic, good, 1))
    assert checked is not None
    assert checked.signer == UNIT_KEY.kid
    with pytest.raises(MessageError, match="not signed"):
        Validator(RING).check(Arrival(topic, encode_notice(a_gap(1, (2, 3)), None), 1))


# ------------------------------------------------------------------ sealed messages


def _sealed(
    class_: SealedClass = "window", key: KeyPair = UNIT_KEY, **changes: Any
) -> dict[str, Any]:
    sealed = [{"to": "0" * 16, "data": "A" * 64}]
    header = a_header(class_, **changes)
    return sign_document({**header, "sealed": sealed}, key)


@pytest.mark.parametrize(
    ("class_", "content", "topic"),
    [
        ("window", "event", "read/cam0"),
        ("hit", "event", "read/cam0"),
        ("hit", "event", "alert/cam0"),
        ("window", "picture", "image/cam0"),
        ("hit", "picture", "image/cam0"),
    ],
)
def test_a_sealed_message_is_let_in_where_it_belongs(
    class_: SealedClass, content: str, topic: str
) -> None:
    body = dump_document(_sealed(class_, content=content))
    entry = Validator(RING).check(Arrival(f"alpr/v1/o/s/u/up/{topic}", body, 1))
    assert entry is not None
    assert isinstance(entry.message, SealedMessage)
    assert (entry.message.content, entry.body, entry.signer) == (content, body, UNIT_KEY.kid)


@pytest.mark.parametrize(
    ("document", "topic", "words"),
    [
        (_sealed(), "alert/cam0", "not what the topic carries"),
        (_sealed(content="picture"), "read/cam0", "not what the topic carries"),
        (_sealed(), "image/cam0", "not what the topic carries"),
        (_sealed(), "unread/cam0", "not what the topic carries"),
        (_sealed(), "read/cam1", "another unit or camera"),
        (_sealed(unit="v"), "read/cam0", "another unit or camera"),
        (_sealed(delete_after=None), "read/cam0", "delete_after"),
        (_sealed(key=STRANGER_KEY), "read/cam0", "not enrolled"),
        ({**_sealed(), "delete_after": "2036-01-01T00:00:00.000Z"}, "read/cam0", "does not fit"),
        ({**_sealed(), "proof": None}, "read/cam0", "not signed"),
        (json.loads(encode(an_event())), "image/cam0", "camera, pass and kind"),
    ],
)
def test_a_sealed_message_that_is_wrong_is_kept_out(
    document: dict[str, Any], topic: str, words: str
) -> None:
    arrival = Arrival(f"alpr/v1/o/s/u/up/{topic}", dump_document(document), 1)
    with pytest.raises(MessageError, match=words):
        Validator(RING).check(arrival)
