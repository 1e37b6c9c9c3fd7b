"""Names an event by the attributes of CloudEvents 1.0; the body stays as the unit signed it.

In HTTP's binary mode each attribute is a header ``ce-<name>`` (CloudEvents HTTP protocol binding 1.0.2, 3.1.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_alpr.message.schema import SCHEMA_ID

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent

TYPE: Final = "edge-alpr.plate.read.v1"


def attributes(event: PlateEvent) -> dict[str, str]:
    """Attribute by name, all in ASCII and without a plate.

    ``source`` and ``id`` name the *message*, so that one that comes twice is known again; ``subject`` names the pass,
    whose later phases replace earlier ones.
    """
    return {
        "specversion": "1.0",
        "type": TYPE,
        "source": f"urn:edge-alpr:unit:{event.org}:{event.site}:{event.unit}",
        "id": f"{event.boot}-{event.seq}",
        "time": event.time.captured,
        "subject": event.id,
        "dataschema": SCHEMA_ID,
        "phase": event.phase,  # an extension, as its name without a dash tells
    }


def headers(event: PlateEvent) -> dict[str, str]:
    """The same for HTTP's binary mode."""
    named = {f"ce-{name}": value for name, value in attributes(event).items()}
    return {**named, "content-type": "application/json"}
