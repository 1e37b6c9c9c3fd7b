"""A broker and a link to it in memory; the link passes the contract suite of `Publisher`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.errors import PublishError
from edge_alpr.link.terms import Arrival
from edge_alpr.uplink.terms import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.link.publication import Publication


class FakeBroker:
    """Keeps what it accepts. Behaviour is switched by its attributes."""

    def __init__(self) -> None:
        self.up = True
        self.silent = False
        """Swallows messages and never answers them."""
        self.has_subscriber = True
        self.packet_bytes = 1_000_000
        self.receive_maximum = 20
        self.refuse: Callable[[Publication], str | None] = lambda _publication: None
        """Why a message is refused, or None."""
        self.refuse_topic: Callable[[str], str | None] = lambda _topic: None
        """Why a subscription is refused, or None."""
        self.poison: Callable[[Publication], bool] = lambda _publication: False
        """Whether a message makes the broker hang up."""
        self.accepted: list[Publication] = []
        self.retained: dict[str, Publication] = {}
        self.connects = 0
        self.most_unanswered = 0
        self.on_take: Callable[[Publication], None] = lambda _publication: None
        """A subscriber, told of each message that is accepted."""
        self.subscribed: set[str] = set()
        """The unit's own topics, while it is connected."""
        self.down: list[Arrival] = []

    def take(self, publication: Publication) -> None:
        self.accepted.append(publication)
        if publication.retain:
            self.retained[publication.topic] = publication
        self.on_take(publication)

    def send_down(self, topic: str, body: bytes, *, retained: bool = False) -> None:
        """To the unit, if it listens."""
        if topic in self.subscribed:
            self.down.append(Arrival(topic, body, len(self.down) + 1, (), retained))

    def bodies(self, kind: str) -> list[bytes]:
        return [p.body for p in self.accepted if p.topic.split("/")[6] == kind]


class FakePublisher:
    """Answers come at the next `settle`. ``on_settle`` stands for the time that passes."""

    def __init__(
        self, broker: FakeBroker, on_settle: Callable[[float], None] = lambda _s: None
    ) -> None:
        self._broker = broker
        self._on_settle = on_settle
        self._will: Publication | None = None
        self._connected = False
        self._answers: list[Answer] = []
        self._unanswered = 0
        self._token = 0

    def __str__(self) -> str:
        return "mqtt://fake:1883"

    @property
    def window(self) -> int:
        return self._broker.receive_maximum

    def connect(
        self, will: Publication, topics: Sequence[str] = (), wished: Sequence[str] = ()
    ) -> None:
        if not self._broker.up:
            raise PublishError(f"{self}: nothing listens there")
        self._broker.connects += 1
        self._connected, self._will = True, will
        self._answers, self._unanswered = [], 0
        for topic in topics:
            if why := self._broker.refuse_topic(topic):
                raise PublishError(f"{self}: subscription {topic} refused: {why}")
        granted = (topic for topic in wished if not self._broker.refuse_topic(topic))
        self._broker.subscribed, self._broker.down = {*topics, *granted}, []

    def publish(self, publication: Publication) -> int:
        self._check()
        self._token += 1
        if len(publication.body) > self._broker.packet_bytes:
            self._answers.append(Answer(self._token, "larger than the broker takes"))
        elif self._broker.poison(publication):
            self.cut()
        elif publication.qos == 0:
            self._broker.take(publication)
        else:
            self._answer(publication)
        return self._token

    def settle(self, timeout_s: float) -> list[Answer]:
        self._check()
        self._on_settle(timeout_s)
        self._check()
        answers, self._answers = self._answers, []
        self._unanswered = 0
        return answers

    def arrivals(self) -> list[Arrival]:
        arrivals, self._broker.down = self._broker.down, []
        return arrivals

    def close(self) -> None:
        self._connected = False
        self._will = None
        self._broker.subscribed = set()

    def cut(self) -> None:
        """The link breaks without a goodbye, and the broker notices."""
        if self._connected and self._will is not None:
            self._broker.take(self._will)
        self._connected = False
        self._broker.subscribed = set()

    def _answer(self, publication: Publication) -> None:
        self._unanswered += 1
        self._broker.most_unanswered = max(self._broker.most_unanswered, self._unanswered)
        if self._broker.silent:
            return
        refused = self._broker.refuse(publication)
        if refused is None:
            self._broker.take(publication)
        self._answers.append(Answer(self._token, refused, unheard=not self._broker.has_subscriber))

    def _check(self) -> None:
        if self._connected and not self._broker.up:
            self.cut()
        if not self._connected:
            raise PublishError(f"{self}: link lost")
