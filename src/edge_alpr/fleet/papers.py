"""Prepares the keys, rings and certificates of a whole bench in one folder, and finds them there again.

::

    FOLDER/units/       ring of the units' public keys, for `edge-alpr collect --units`
    FOLDER/collectors/  ring with the collector's public key, for the units
    FOLDER/signing/     the units' private keys
    FOLDER/collector.key, .key.pub
    FOLDER/tls/         ca.pem, broker.pem and .key, a pair for the collector and for each unit
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.bench_authority import BenchAuthority
from edge_alpr.keys.files import write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.message.topics import UnitAddress

COLLECTOR: Final = "collector"
"""The collector's name: in its certificate, and where its key is enrolled."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Where everything lies in a prepared folder."""

    folder: Path

    @property
    def units(self) -> Path:
        return self.folder / "units"

    @property
    def collectors(self) -> Path:
        return self.folder / "collectors"

    @property
    def collector_key(self) -> Path:
        return self.folder / f"{COLLECTOR}.key"

    @property
    def ca_file(self) -> Path:
        return self.folder / "tls" / "ca.pem"

    def signing_key(self, name: str) -> Path:
        """The private key of a unit, called ``org/site/unit``."""
        return self.folder / "signing" / f"{_flat(name)}.key"

    def certificate(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of TLS of a unit, the collector, or the ``broker``."""
        flat = self.folder / "tls" / _flat(name)
        return flat.with_name(f"{flat.name}.pem"), flat.with_name(f"{flat.name}.key")


def prepare(
    folder: Path, addresses: Sequence[UnitAddress], hosts: Sequence[str], now_s: float
) -> Papers:
    """Make everything that a fleet and its centre need; ``hosts`` are the names by which the broker is reached.

    Raises:
        KeyFileError: something is there already, which is never overwritten, or cannot be written.
    """
    papers = Papers(folder)
    if folder.exists() and any(folder.iterdir()):
        raise KeyFileError(f"{folder} is not empty: nothing in it is overwritten")
    try:
        for each in (papers.units, papers.collectors, folder / "signing", folder / "tls"):
            each.mkdir(parents=True)
        folder.chmod(0o700)
    except OSError as error:
        raise KeyFileError(f"{folder}: {error.strerror}") from None
    _make_signing_keys(papers, [str(address) for address in addresses])
    _make_certificates(papers, [str(address) for address in addresses], hosts, now_s)
    return papers


def _make_signing_keys(papers: Papers, names: Sequence[str]) -> None:
    central = KeyPair.generate()
    central.save(papers.collector_key)
    write_new(papers.folder / f"{COLLECTOR}.key.pub", f"{central.public}\n".encode(), 0o644)
    _enroll(papers.collectors / f"{COLLECTOR}.pub", [Member(COLLECTOR, central.public)])
    members = []
    for name in names:
        key = KeyPair.generate()
        key.save(papers.signing_key(name))
        members.append(Member(name, key.public))
    # One file and not one a unit: `enroll` reads the whole ring each time, which 500 of them would make slow.
    _enroll(papers.units / "fleet.pub", members)


def _enroll(path: Path, members: Sequence[Member]) -> None:
    write_new(path, "".join(f"{member}\n" for member in members).encode(), 0o644)


def _make_certificates(
    papers: Papers, names: Sequence[str], hosts: Sequence[str], now_s: float
) -> None:
    authority = BenchAuthority(now_s)
    write_new(papers.ca_file, authority.pem, 0o644)
    issued = {"broker": authority.issue_server(hosts)}
    issued |= {name: authority.issue_client(name) for name in (COLLECTOR, *names)}
    for name, (certificate, key) in issued.items():
        cert_file, key_file = papers.certificate(name)
        write_new(cert_file, certificate, 0o644)
        write_new(key_file, key, 0o600)


def _flat(name: str) -> str:
    return name.replace("/", ".")
