"""Plays one unit: the real delivery, uplink and MQTT link over a spool in memory, with an identity of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from edge_alpr import __version__
from edge_alpr.config.profiles import built_in
from edge_alpr.delivery.deliver import Delivery
from edge_alpr.delivery.policy import Policy
from edge_alpr.errors import PublishError
from edge_alpr.fleet.account import UnitAccount
from edge_alpr.fleet.memory_spool import MemorySpool
from edge_alpr.fleet.passes import make_sighting
from edge_alpr.keys.proof import sign_document
from edge_alpr.link.publication import Publication
from edge_alpr.message.event import SCHEMA, ClockState, Engine
from edge_alpr.ops.clock import kernel_clock_state
from edge_alpr.uplink.confirm import confirm_by
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import HealthSettings, Presence
from edge_alpr.uplink.mqtt import MqttLink
from edge_alpr.uplink.settings import UplinkSettings

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from edge_alpr.fleet.plan import FleetPlan
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.keys.ring import KeyRing
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Clock, StopSignal
    from edge_alpr.uplink.mqtt import MqttSettings

_GOODBYE_S: Final = 5.0
"""How long the broker may take to confirm that it forgot a retained message."""
_DRAIN_S: Final = 1.0


class CountingLink(MqttLink):
    """The unit's link, and how often it was used."""

    def __init__(self, settings: MqttSettings, *, client_id: str) -> None:
        super().__init__(settings, client_id=client_id)
        self.connects = 0
        self.sent = 0
        """Reads handed to the broker, repetitions included."""
        self.trouble = ""
        """Why it could not connect the last time."""

    def connect(
        self, will: Publication, topics: Sequence[str] = (), wished: Sequence[str] = ()
    ) -> None:
        try:
            super().connect(will, topics, wished)
        except PublishError as error:
            self.trouble = str(error)
            raise
        self.connects += 1

    def publish(self, publication: Publication) -> int:
        token = super().publish(publication)
        self.sent += "/up/read/" in publication.topic
        return token


class SimulatedUnit:
    """`make_read` is for the thread that makes traffic, `run` the loop of the unit's own."""

    def __init__(
        self,
        plan: FleetPlan,
        address: UnitAddress,
        *,
        login: MqttSettings,
        key: KeyPair,
        collectors: KeyRing | None,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.address = address
        self._clock = clock
        self._rng = rng
        self._counts: dict[str, int] = {}
        self._died = ""
        self.spool = MemorySpool(clock, plan.room)
        self.link = CountingLink(login, client_id=str(address).replace("/", "-"))
        self._delivery = Delivery(
            Policy(built_in("bench")),
            self.spool.append,
            address=address,
            boot=self.spool.boot,
            engine=Engine(software=__version__, detector=None, reader=None, config=None),
            clock=clock,
            clock_state=partial(_the_same, kernel_clock_state()),
            count=lambda _name, _amount=1: None,
            sign=partial(sign_document, key=key),
        )
        self._presence = Presence(
            address,
            HealthSettings(interval_s=plan.health_s),
            snapshot=lambda: {"state": "online", "reason": None, "simulated": True},
            info=lambda: _info(key.kid),
        )
        settings = UplinkSettings(
            confirm="receipt" if collectors is not None else "puback", drain_s=_DRAIN_S
        )
        self._forget = plan.forget
        self._uplink = Uplink(
            self.spool,
            self.link,
            self._presence,
            settings,
            address=address,
            clock=clock,
            count=self._count,
            confirmation=confirm_by(collectors, settings, address=address, count=self._count),
            rng=rng,
        )

    def make_read(self) -> None:
        """A vehicle has passed: its event is made, signed and spooled."""
        self._delivery.deliver(make_sighting(self._clock.now(), self._rng))

    def run(self, stop: StopSignal, first_s: float) -> None:
        """Connect after ``first_s``, then deliver until ``stop`` is set."""
        stop.wait(first_s)
        try:
            self._uplink.run(stop, lambda: None)
            if self._forget:
                self._take_back()
        except Exception as error:  # noqa: BLE001 - told in the account; the other units go on
            self._died = f"{type(error).__name__}: {error}"

    def account(self) -> UnitAccount:
        """What came of it."""
        return UnitAccount(
            unit=str(self.address),
            boot=self.spool.boot,
            made_s=self.spool.made_s,
            confirmed_after_s=self.spool.confirmed_after_s,
            unconfirmed=tuple(self.spool.waiting()),
            sent=self.link.sent,
            shed=self.spool.shed,
            expired=self.spool.expired,
            connects=self.link.connects,
            counts=dict(self._counts),
            trouble=self._died or self.link.trouble,
            died=bool(self._died),
        )

    def _count(self, name: str, amount: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + amount

    def _take_back(self) -> None:
        """Have the broker forget the retained status and info, which an empty body does."""
        try:
            self.link.connect(self._presence.will())
            waiting = {
                self.link.publish(Publication(topic=self.address.up(kind), body=b"", retain=True))
                for kind in ("status", "info")
            }
            deadline_s = self._clock.now().mono_s + _GOODBYE_S
            while waiting and self._clock.now().mono_s < deadline_s:
                waiting -= {answer.token for answer in self.link.settle(0.1)}
        except PublishError:
            self._count("fleet.not_taken_back")
        self.link.close()


def _info(kid: str) -> dict[str, Any]:
    return {
        "software": __version__,
        "schemas": [SCHEMA],
        "cameras": ["cam0"],
        "policy": built_in("bench").described(),
        "key": kid,
        "models": {},
        "simulated": True,
    }


def _the_same(state: ClockState) -> ClockState:
    """How good the clock is, asked once for all that a unit makes."""
    return state
