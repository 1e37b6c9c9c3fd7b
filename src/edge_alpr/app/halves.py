"""This file names the two halves of a unit, what holds for the workers of both, and what lies between them."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Half: TypeAlias = Literal["camera", "uplink"]

STALE_S: Final = 30.0
"""A worker without progress for so long counts as stuck. Loading a frame or a name look-up may take a few seconds."""
OFFERED_NAME: Final = "hotlist.offered"
"""The sealed list that came last from the network, in the runtime directory."""
