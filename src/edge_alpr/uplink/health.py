"""Tells the world how the unit is: retained `status` and `info`, the last will, and `health` every so often."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from annotated_types import Ge, Le

from edge_alpr.link.publication import Publication
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Moment

STATUS_SCHEMA: Final = "unit.status/1.0"
INFO_SCHEMA: Final = "unit.info/1.0"
HEALTH_SCHEMA: Final = "unit.health/1.0"

Facts: TypeAlias = "Mapping[str, Any]"
"""What a stage knows about itself, as JSON allows it. No plate may be among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """How often the unit reports about itself."""

    interval_s: Annotated[float, Ge(0.1), Le(86_400)] = 60.0
    """Seconds from one health message to the next."""
    status_s: Annotated[float, Ge(0.1), Le(3600)] = 1.0
    """Seconds from one look at the unit's state to the next; a change is published at once."""


class Presence:
    """Makes the messages about the unit itself; sends nothing.

    ``snapshot`` gives the facts of now; its ``state`` (online, degraded, blind) and ``reason`` make the status,
    all of it makes the health. ``info`` gives what changes only by a restart of a half: versions, models, policy.
    """

    def __init__(
        self,
        address: UnitAddress,
        settings: HealthSettings,
        *,
        snapshot: Callable[[], Facts],
        info: Callable[[], Facts],
    ) -> None:
        self._address = address
        self._settings = settings
        self._snapshot = snapshot
        self._info = info
        self._told: tuple[str, str | None] | None = None
        self._told_info: dict[str, Any] = {}
        self._looked_s = float("-inf")
        self._reported_s = float("-inf")

    def will(self) -> Publication:
        """What the broker publishes for us when we vanish."""
        return self._status("offline", "link lost", None)

    def birth(self, now: Moment) -> list[Publication]:
        """What is published after each connect, since the broker may have forgotten it."""
        self._looked_s = now.mono_s
        self._told = _state(self._snapshot())
        self._told_info = dict(self._info())
        return [self._status(*self._told, now), self._describe(self._told_info)]

    def due(self, now: Moment, uplink: Callable[[], Facts]) -> list[Publication]:
        """What is to be published now: a changed status or info, a health report. ``uplink`` adds to the report."""
        if now.mono_s < self._looked_s + self._settings.status_s:
            return []
        self._looked_s = now.mono_s
        facts = self._snapshot()
        publications = []
        state = _state(facts)
        if state != self._told:
            self._told = state
            publications.append(self._status(*state, now))
        info = dict(self._info())
        if info != self._told_info:  # the camera half has started, anew or later than we did
            self._told_info = info
            publications.append(self._describe(info))
        if now.mono_s >= self._reported_s + self._settings.interval_s:
            self._reported_s = now.mono_s
            body = {
                "schema": HEALTH_SCHEMA,
                **self._named(),
                "at": to_text(now.utc_s),
                **facts,
                "uplink": uplink(),
            }
            publications.append(
                Publication(
                    topic=self._address.up("health"),
                    body=_json(body),
                    qos=0,
                    expiry_s=round(3 * self._settings.interval_s),
                )
            )
        return publications

    def farewell(self, now: Moment) -> Publication:
        """The status of an orderly end."""
        return self._status("offline", "stopped", now)

    def _status(self, state: str, reason: str | None, now: Moment | None) -> Publication:
        since = None if now is None else to_text(now.utc_s)
        body = {
            "schema": STATUS_SCHEMA,
            **self._named(),
            "state": state,
            "reason": reason,
            "since": since,
        }
        return Publication(topic=self._address.up("status"), body=_json(body), retain=True)

    def _describe(self, info: Facts) -> Publication:
        body = {"schema": INFO_SCHEMA, **self._named(), **info}
        return Publication(topic=self._address.up("info"), body=_json(body), retain=True)

    def _named(self) -> dict[str, str]:
        return {"org": self._address.org, "site": self._address.site, "unit": self._address.unit}


def _state(facts: Facts) -> tuple[str, str | None]:
    reason = facts.get("reason")
    return str(facts.get("state", "online")), None if reason is None else str(reason)


def _json(value: Facts) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
