"""The folder of a bench: everybody finds what they need in it, and nobody finds what is not theirs."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import KeyFileError
from edge_alpr.fleet.papers import COLLECTOR, Papers, prepare
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.message.topics import UnitAddress

if TYPE_CHECKING:
    from pathlib import Path

ADDRESSES = [UnitAddress("bench", "fleet", f"unit-{n}") for n in (1, 2, 3)]
NOW_S = 1_800_000_000.0


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return prepare(tmp_path / "bench", ADDRESSES, ["localhost"], NOW_S)


def test_the_rings_hold_the_keys_that_sign(papers: Papers) -> None:
    units = KeyRing.load(papers.units)
    for address in ADDRESSES:
        key = KeyPair.load(papers.signing_key(str(address)))
        member = units.get(key.kid)
        assert member is not None
        assert member.name == str(address)
    (central,) = KeyRing.load(papers.collectors)
    assert (central.name, central.kid) == (COLLECTOR, KeyPair.load(papers.collector_key).kid)


@pytest.mark.parametrize("name", ["broker", COLLECTOR, *map(str, ADDRESSES)])
def test_each_has_a_certificate_that_fits_its_key(papers: Papers, name: str) -> None:
    context = ssl.create_default_context(cafile=papers.ca_file)
    context.load_cert_chain(*papers.certificate(name))


def test_private_files_are_private(papers: Papers) -> None:
    private = list(papers.folder.rglob("*.key"))
    assert len(private) == 1 + 3 + 5
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert papers.folder.stat().st_mode & 0o777 == 0o700


def test_the_authority_cannot_sign_any_more(papers: Papers) -> None:
    assert not papers.ca_file.with_suffix(".key").exists()


def test_a_folder_that_holds_something_is_left_alone(papers: Papers) -> None:
    with pytest.raises(KeyFileError, match="not empty"):
        prepare(papers.folder, ADDRESSES, ["localhost"], NOW_S)
