"""Decide, build, append, count; and the promise that what is dropped is never written."""

from __future__ import annotations

import base64
import logging
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from edge_alpr.delivery.deliver import Delivery
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.codec import decode
from edge_alpr.message.document import parse_document
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.topics import UnitAddress
from edge_alpr.plates import ALPHABET
from edge_alpr.spool.feed import SpoolFeed
from fakes.keys import UNIT_KEY
from fakes.manual_time import ManualClock
from fakes.sightings import AT, sighting
from fakes.tally import Tally
from fixtures.folder import bytes_in
from fixtures.policies import Ruled, shipped
from fixtures.spool_bench import SpoolBench
from strategies.sightings import sightings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.message.document import Sign
    from edge_alpr.passes import Sighting
    from edge_alpr.types import Outgoing
    from fixtures.policies import MakePolicy

CLOCK_STATE = ClockState(source="none", synced=False, error_ms=None, age_s=None)
ENGINE = Engine(software="0.1.0", detector=None, reader=None, config=None)


class Desk:
    """A delivery into a list."""

    def __init__(self, ruled: Ruled, sign: Sign | None = None) -> None:
        self.sent: list[tuple[Outgoing, bytes]] = []
        self.tally = Tally()
        self.delivery = make_delivery(ruled, self.append, self.tally, sign=sign)

    def append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        self.sent.append((outgoing, make_body(len(self.sent) + 1)))
        return len(self.sent)


def make_delivery(
    ruled: Ruled,
    append: Callable[[Outgoing, Callable[[int], bytes]], int],
    tally: Tally,
    boot: str = "00c0ffee",
    sign: Sign | None = None,
) -> Delivery:
    return Delivery(
        ruled.policy,
        append,
        address=UnitAddress("city", "gate", "unit-7"),
        boot=boot,
        engine=ENGINE,
        clock=ManualClock(AT.mono_s + 1),
        clock_state=lambda: CLOCK_STATE,
        count=tally,
        sign=sign,
        lists=lambda: ruled.lists,
        entropy=random.Random(1).randbytes,
    )


def test_a_hit_is_appended_as_an_event_with_its_number(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("default-strict", "EDGE042,stolen", "EDGE742,lost"))
    for text in ("EDGE042", "EDGE043", "EDGE742"):
        desk.delivery.deliver(sighting(text))
    events = [decode(body) for _, body in desk.sent]
    assert [event.seq for event in events] == [1, 2]
    assert [event.plate.text for event in events] == ["EDGE042", "EDGE742"]
    assert events[0].hits[0].reason == "stolen"
    assert desk.tally == {"delivery.hits": 2, "delivery.dropped_non_hit": 1}


def test_the_spool_is_told_kind_camera_expiry_and_that_it_is_a_hit(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("default-strict", "EDGE042", keep_hits_days=1.0))
    desk.delivery.deliver(sighting("EDGE042"))
    outgoing, body = desk.sent[0]
    assert (outgoing.kind, outgoing.camera, outgoing.hit) == ("alert", "cam0", True)
    assert outgoing.expires_s == ManualClock().now().utc_s + 86400
    assert decode(body).policy.delete_after == "2026-01-02T00:00:00.000Z"


def test_a_bench_read_is_a_test_and_waits_behind_hits(make_policy: MakePolicy) -> None:
    desk = Desk(make_policy("bench"))
    desk.delivery.deliver(sighting("EDGE042"))
    outgoing, body = desk.sent[0]
    assert (outgoing.kind, outgoing.hit) == ("read", False)
    assert decode(body).test
    assert desk.tally == {"delivery.tests": 1}


def test_each_pass_has_its_own_id_and_a_replay_the_same_ones(make_policy: MakePolicy) -> None:
    runs = []
    for _ in range(2):
        desk = Desk(make_policy("bench"))
        for n in range(5):
            desk.delivery.deliver(sighting(f"EDGE04{n}"))
        runs.append([decode(body).id for _, body in desk.sent])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 5
    milliseconds = int(runs[0][0].replace("-", "")[:12], 16)
    assert milliseconds == round(AT.utc_s * 1000)


@pytest.mark.parametrize(
    ("profile", "reason"), [("default-strict", "non_hit"), ("counts-only", "counts_only")]
)
def test_every_drop_is_counted_by_its_reason(
    make_policy: MakePolicy, profile: str, reason: str
) -> None:
    desk = Desk(make_policy(profile))
    for _ in range(3):
        desk.delivery.deliver(sighting("EDGE042"))
    assert desk.sent == []
    assert desk.tally == {f"delivery.dropped_{reason}": 3}


# ---------------------------------------------------------------- signatures

UNIT_RING = KeyRing([Member("city/gate/unit-7", UNIT_KEY.public)])


def sign(document: dict[str, Any]) -> dict[str, Any]:
    return sign_document(document, UNIT_KEY)


@given(sighting=sightings())
def test_every_body_is_signed_as_it_stands(sighting: Sighting) -> None:
    """Whatever the numbers: what is written in the body is what was signed, to the last digit."""
    desk = Desk(Ruled(shipped("bench")), sign)
    desk.delivery.deliver(sighting)
    for _, body in desk.sent:
        assert verify_document(parse_document(body), UNIT_RING).key == UNIT_KEY.public


def test_a_signed_event_is_the_unsigned_one_with_its_proof(make_policy: MakePolicy) -> None:
    plain, signed = Desk(make_policy("bench")), Desk(make_policy("bench"), sign)
    for desk in (plain, signed):
        desk.delivery.deliver(sighting("EDGE042"))
    with_proof = decode(signed.sent[0][1])
    assert with_proof.proof is not None
    assert with_proof.proof.key == UNIT_KEY.kid
    assert replace(with_proof, proof=None) == decode(plain.sent[0][1])


def test_what_lies_in_the_spool_is_signed_already(make_policy: MakePolicy, tmp_path: Path) -> None:
    """So the half with the network needs no key, and a resent message is the same bytes."""
    bench = SpoolBench(tmp_path / "spool.db")
    bench.spool.open()
    policy = make_policy("bench")
    delivery = make_delivery(policy, bench.spool.append, bench.tally, bench.spool.boot, sign)
    delivery.deliver(sighting("EDGE042"))
    bench.spool.flush(0)
    feed = SpoolFeed(tmp_path / "spool.db", count=bench.tally)
    try:
        (spooled,) = feed.pending(10, AT.utc_s)
    finally:
        feed.close()
        bench.close()
    assert verify_document(parse_document(spooled.body), UNIT_RING).name == "city/gate/unit-7"


# ---------------------------------------------------------------- PRV-1, in short


def forms(text: str) -> list[bytes]:
    """A text as it could hide in a file."""
    plain = text.encode()
    wide = [text.encode("utf-16-le"), text.encode("utf-16-be")]
    hidden = [plain.hex().encode(), plain.hex().upper().encode()]
    # In base64 the same bytes look different at each of three offsets; what depends on neighbours is cut off.
    coded = [base64.b64encode(bytes(n) + plain)[4 * (n > 0) :][n > 0 : -4] for n in range(3)]
    return [plain, plain.lower(), *wide, *hidden, *coded]


def spool_passes(policy: Ruled, folder: Path, texts: list[str]) -> bytes:
    """All bytes that delivery and spool leave in the folder, while running and after the end."""
    bench = SpoolBench(folder / "spool.db")
    bench.spool.open()
    delivery = make_delivery(policy, bench.spool.append, bench.tally, bench.spool.boot)
    for number, text in enumerate(texts):
        delivery.deliver(sighting(text))
        if number % 20 == 0:
            bench.spool.commit()
    bench.spool.flush(0)
    running = bytes_in(folder)
    bench.close()
    return running + bytes_in(folder)


@pytest.fixture
def passes() -> list[str]:
    """200 random texts that no file contains by chance."""
    rng = random.Random(11)
    return ["".join(rng.choices(ALPHABET, k=9)) for _ in range(200)]


def test_no_text_of_a_non_hit_reaches_any_file_or_log(
    make_policy: MakePolicy, tmp_path: Path, passes: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    policy = make_policy("default-strict", "EDGE042")
    left = spool_passes(policy, tmp_path / "spool", [*passes, "EDGE042"])
    assert b"EDGE042" in left, "the hit is there, so the search looks at the right files"
    assert [text for text in passes if any(form in left for form in forms(text))] == []
    assert [text for text in passes if text in caplog.text] == []


def test_control_under_bench_every_text_is_found(
    make_policy: MakePolicy, tmp_path: Path, passes: list[str]
) -> None:
    left = spool_passes(make_policy("bench"), tmp_path / "spool", passes)
    assert [text for text in passes if text.encode() not in left] == []


@pytest.mark.parametrize("form", range(9))
def test_control_the_search_knows_each_form(form: int) -> None:
    text = "QX7ZK42PJ"
    noise = random.Random(5).randbytes
    plain = text.encode()
    hiding = [
        plain,
        plain.lower(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        base64.b64encode(noise(3) + plain + noise(9)),
        base64.b64encode(noise(4) + plain + noise(9)),
        base64.b64encode(noise(5) + plain + noise(9)),
    ]
    assert any(candidate in hiding[form] for candidate in forms(text))
