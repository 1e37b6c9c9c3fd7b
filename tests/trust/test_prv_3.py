"""PRV-3: with the whole card of a unit and all of its keys, not one sealed read opens; with both holders', all do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edge_alpr.errors import MessageError
from edge_alpr.keys.encoding import from_base64
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.codec import decode
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.seal.epochs import epochs_document
from edge_alpr.seal.open import open_inner, open_outer, open_sealed
from fakes.keys import UNIT_KEY
from fakes.manual_time import ManualClock
from fakes.sealing import BEGIN_S, COURT, COURT_KEY, POLICE, POLICE_KEY, epoch_key, some_epochs
from fixtures.folder import bytes_in
from fixtures.sealing_unit import SealingUnit, a_sealer, sealing_policy

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.soak import Count, Publish


def plate(number: int) -> str:
    return f"ZQ{number:05d}"


@pytest.fixture
def card(tmp_path: Path, count: Count) -> Path:
    """A copy of the card of a unit that has sealed, with a network that was down."""
    folder = tmp_path / "live"
    folder.mkdir()
    UNIT_KEY.save(folder / "unit.key")
    enroll(folder / "holders", Member(POLICE.name, POLICE.key))
    enroll(folder / "holders", Member(COURT, COURT_KEY.public))
    document = epochs_document(some_epochs(), BEGIN_S, COURT_KEY)
    (folder / "epochs.json").write_bytes(dump_document(document))
    clock = ManualClock(utc_s=BEGIN_S + 3600)
    unit = SealingUnit(folder, clock, a_sealer(lambda _now_s: some_epochs()), sealing_policy())
    for number in range(count(50, 1000)):
        clock.pass_s(10.0)
        unit.see(plate(number))
    unit.spool.commit()
    image = tmp_path / "image"
    shutil.copytree(folder, image)
    unit.close()
    return image


def rows(card: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(card / "spool.db")) as db:
        return [parse_document(body) for (body,) in db.execute("SELECT body FROM message")]


def keys_on(card: Path) -> list[SealKey]:
    """Every key to open with that follows from any private key on the card, in every way that keys may be used."""
    keys = []
    for path in card.rglob("*"):
        if not path.is_file() or b"PRIVATE KEY" not in (content := path.read_bytes()):
            continue
        private = load_pem_private_key(content, password=None)
        assert isinstance(private, (Ed25519PrivateKey, X25519PrivateKey))
        keys.append(SealKey(X25519PrivateKey.from_private_bytes(private.private_bytes_raw())))
        if isinstance(private, Ed25519PrivateKey):
            keys.append(SealKey.of_unit(KeyPair(private)))
    return keys


def opened_by(document: dict[str, Any], keys: list[SealKey]) -> bytes | None:
    """What a thief gets who tries every key on every layer."""
    layers = [from_base64(each["data"]) for each in document["sealed"]]
    for key in keys:
        try:
            layers += [inner.sealed for inner in open_outer(document, key)]
        except MessageError:
            continue
    for key in keys:
        for layer in layers:
            try:
                return open_inner(document, layer, key)
            except MessageError:
                continue
    return None


def test_prv_3_what_is_on_the_card_opens_nothing_that_it_sealed(
    card: Path, publish: Publish
) -> None:
    sealed = rows(card)
    thief = keys_on(card)
    assert len(thief) == 2
    figures = {
        "rows": len(sealed),
        "card_and_unit_keys": sum(opened_by(row, thief) is not None for row in sealed),
        "and_the_agency": sum(opened_by(row, [*thief, POLICE_KEY]) is not None for row in sealed),
        "and_the_custodian": sum(
            opened_by(row, [*thief, epoch_key(row["epoch"])]) is not None for row in sealed
        ),
        "both_holders": sum(
            opened_by(row, [POLICE_KEY, epoch_key(row["epoch"])]) is not None for row in sealed
        ),
    }
    publish("PRV-3", "sealed", **figures)
    assert figures == {
        "rows": len(sealed),
        "card_and_unit_keys": 0,
        "and_the_agency": 0,
        "and_the_custodian": 0,
        "both_holders": len(sealed),
    }


def test_prv_3_what_opens_is_what_was_seen(card: Path) -> None:
    sealed = rows(card)
    texts = [decode(open_sealed(row, POLICE_KEY, epoch_key)).plate.text for row in sealed]
    assert sorted(texts) == [plate(number) for number in range(len(sealed))]
    assert len(sealed) >= 50


def test_prv_3_no_plate_and_no_time_of_a_pass_is_on_the_card(card: Path, publish: Publish) -> None:
    image = bytes_in(card)
    sealed = rows(card)
    found = times = 0
    for number, row in enumerate(sealed):
        event = json.loads(open_sealed(row, POLICE_KEY, epoch_key))
        found += plate(number).encode() in image
        times += event["time"]["captured"].encode() in image or event["id"].encode() in image
    publish("PRV-3", "searched", plates_found=found, times_found=times, of=len(sealed))
    assert (found, times) == (0, 0)


def test_prv_3_control_a_card_that_holds_the_holders_keys_opens_everything(
    card: Path, publish: Publish
) -> None:
    """Else the thief above may simply not know how."""
    POLICE_KEY.save(card / "police.key")
    for epoch in some_epochs(2):
        epoch_key(epoch.day).save(card / f"{epoch.day}.key")
    sealed, thief = rows(card), keys_on(card)
    opened = [opened_by(row, thief) for row in sealed]
    publish("PRV-3", "control", rows=len(sealed), opened=sum(each is not None for each in opened))
    assert all(each is not None for each in opened)
