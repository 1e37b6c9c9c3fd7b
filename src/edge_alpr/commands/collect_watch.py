"""This file tells those who watch a collector how it is: the service manager, a supervisor, Prometheus."""

from __future__ import annotations

import logging
import math
from importlib.util import find_spec
from typing import TYPE_CHECKING

from edge_alpr.collector.observe import Observer, Together

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.ops.systemd import Notifier
    from edge_alpr.types import Moment

_log = logging.getLogger(__name__)


class Service(Observer):
    """Tells the service manager that started us how we are; see `Notifier`."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._every_s = None if notifier.watchdog_s is None else notifier.watchdog_s / 4
        self._beat_s = -math.inf

    def ready(self) -> None:
        """The store is open. Whether the broker is there is no condition: we wait for it."""
        self._notifier.send(READY="1", STATUS="connecting")

    def stopping(self) -> None:
        self._notifier.send(STOPPING="1")

    def connected(self, *, up: bool) -> None:
        self._notifier.send(STATUS="collecting" if up else "not connected")

    def turned(self, now: Moment) -> None:
        if self._every_s is not None and now.mono_s >= self._beat_s + self._every_s:
            self._beat_s = now.mono_s
            self._notifier.send(WATCHDOG="1")


class Beating(Observer):
    """Tells the same to a supervisor, which tells the service manager."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat

    def ready(self) -> None: ...

    def stopping(self) -> None: ...

    def turned(self, now: Moment) -> None:  # noqa: ARG002
        self._beat()


def observer_of(service: Observer, listen: tuple[str, int] | None) -> Observer:
    """The service, and with ``listen`` Prometheus beside it.

    Raises:
        ValueError: what that needs is not installed.
    """
    if listen is None:
        return service
    if find_spec("prometheus_client") is None:
        raise ValueError("--metrics needs prometheus_client: install edge-alpr[collector]")
    from edge_alpr.collector.metrics import Metrics  # noqa: PLC0415

    metrics = Metrics()
    port = metrics.serve(*listen)
    _log.info("metrics are at http://%s:%d/metrics", listen[0], port)
    return Together(service, metrics)
