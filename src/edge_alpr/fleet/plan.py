"""Says what a simulated fleet is to do, and names its units."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.message.topics import UnitAddress
from edge_alpr.uplink.mqtt import MqttSettings

if TYPE_CHECKING:
    from edge_alpr.fleet.papers import Papers
    from edge_alpr.link.terms import ProtocolChoice

MOST_A_PROCESS: Final = 250
"""Units in one process: each needs up to three descriptors, and paho's select(2) takes none above 1023."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """What is played against which broker. Goes to each process as it is."""

    units: int
    rate_per_s: float
    """Reads of each unit a second, on average; the gaps between them are random, as on a road."""
    duration_s: float
    """How long reads are made."""
    broker: MqttSettings
    org: str = "bench"
    site: str = "fleet"
    papers: Path | None = None
    """Folder of `papers.prepare`; without it keys are made at the start and known to nobody."""
    receipts: Path | None = None
    """Ring of the collectors whose receipts are waited for; None: PUBACK is enough."""
    ramp_s: float = 10.0
    """Over which the units connect for the first time."""
    drain_s: float = 60.0
    """How long to wait, when no more reads are made, for the confirmation of the last ones."""
    health_s: float = 60.0
    """From one health report of a unit to the next."""
    room: int = 10_000
    """Messages that a unit holds; a read for which there is no room is counted as lost."""
    forget: bool = False
    """Whether the units take back their retained messages at the end."""
    processes: int = 1
    seed: int | None = None
    addresses: tuple[UnitAddress, ...] = field(init=False)
    """Of all units."""

    def __post_init__(self) -> None:
        width = max(4, len(str(self.units)))
        names = (f"unit-{number:0{width}d}" for number in range(1, self.units + 1))
        addresses = tuple(UnitAddress(self.org, self.site, name) for name in names)
        object.__setattr__(self, "addresses", addresses)

    def share(self, number: int) -> tuple[UnitAddress, ...]:
        """The units of process ``number``, from 0."""
        return self.addresses[number :: self.processes]

    def login(self, address: UnitAddress, papers: Papers | None) -> MqttSettings:
        """How a unit logs in: with its own certificate if there is one."""
        if papers is None or not self.broker.broker().tls or self.broker.cert_file is not None:
            return self.broker
        cert, key = papers.certificate(str(address))
        return MqttSettings(
            url=self.broker.url,
            ca_file=self.broker.ca_file or papers.ca_file,
            cert_file=cert,
            key_file=key,
            protocol=self.broker.protocol,
        )


def processes_for(units: int) -> int:
    """How few processes will do."""
    return -(-units // MOST_A_PROCESS)


def protocol_of(text: str) -> ProtocolChoice:
    """The MQTT version that a person named.

    Raises:
        ValueError: there is no such choice.
    """
    choices: tuple[ProtocolChoice, ...] = ("auto", "5", "3.1.1")
    for choice in choices:
        if choice == text:
            return choice
    raise ValueError(f"{text!r} is no MQTT version: auto, 5 or 3.1.1")
