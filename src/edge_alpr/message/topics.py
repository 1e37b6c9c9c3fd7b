"""Names the MQTT topics: ``alpr/v1/<org>/<site>/<unit>/up/...`` from a unit, ``.../down/...`` to it.

A unit writes only below its ``up`` and reads only below its ``down``, so that a broker's access list is one pair of
lines a unit. What a holder says about a unit's events is beside both, on ``.../about/...``. A topic never holds plate
text: topics end up in brokers' logs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from edge_alpr.errors import MessageError

ROOT: Final = "alpr/v1"

ABOUT_FILTER: Final = f"{ROOT}/+/+/+/about/#"
"""What a consumer that acts on hits subscribes to as well."""

UP_FILTER: Final = f"{ROOT}/+/+/+/up/#"
"""What a collector of all units subscribes to."""

NAME: Final = "[a-z0-9][a-z0-9-]{0,62}"
"""What organisations, sites, units, cameras and kinds may be called, as a regular expression."""

Direction: TypeAlias = Literal["up", "down"]

_NAME: Final = re.compile(NAME)
_TOPIC: Final = re.compile(
    f"{ROOT}/(?P<org>{NAME})/(?P<site>{NAME})/(?P<unit>{NAME})"
    f"/(?P<direction>up|down)/(?P<kind>{NAME})(?:/(?P<camera>{NAME})(?P<rest>(?:/{NAME})*))?"
)


@dataclass(frozen=True, slots=True)
class UnitAddress:
    """Where a unit stands in the tree of topics."""

    org: str
    site: str
    unit: str

    def __post_init__(self) -> None:
        for part, name in (("org", self.org), ("site", self.site), ("unit", self.unit)):
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"{part} is {name[:80]!r}: use 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
                )

    def __str__(self) -> str:
        return f"{self.org}/{self.site}/{self.unit}"

    def up(self, kind: str, camera: str | None = None, *rest: str) -> str:
        """The topic that the unit publishes messages of ``kind`` to: ``up('read', 'cam0')``."""
        return "/".join((ROOT, str(self), "up", kind, *([] if camera is None else [camera]), *rest))

    def down(self, name: str) -> str:
        """The topic on which the unit is sent ``name``: receipt, hotlist, policy or cmd."""
        return f"{ROOT}/{self}/down/{name}"

    def about(self, name: str) -> str:
        """The topic on which a holder tells consumers something about what the unit said: correction."""
        return f"{ROOT}/{self}/about/{name}"

    @property
    def down_filter(self) -> str:
        """What the unit itself subscribes to."""
        return self.down("#")


@dataclass(frozen=True, slots=True)
class Address:
    """A topic, taken apart."""

    unit: UnitAddress
    direction: Direction
    kind: str
    """``status``, ``read``, ``alert``, ... or the name of a downlink."""
    camera: str | None
    rest: tuple[str, ...] = ()
    """What follows the camera: identifier and kind of an image."""


def parse(topic: str) -> Address:
    """Take a topic apart.

    Raises:
        MessageError: it is not one of ours.
    """
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise MessageError(
            f"not a topic of ours: {topic[:200]!r}; expected {ROOT}/<org>/<site>/<unit>/up|down/<kind>..."
        )
    return Address(
        UnitAddress(found["org"], found["site"], found["unit"]),
        "up" if found["direction"] == "up" else "down",
        found["kind"],
        found["camera"],
        tuple((found["rest"] or "").split("/")[1:]),
    )
