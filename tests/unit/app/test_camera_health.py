"""What the camera half says of itself: a drop of the read rate is one of the things that ail it, and the least."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from edge_alpr.app.camera_health import CameraHealth
from edge_alpr.types import Moment

_DROP = "fewer plates are read"


def _health(*, hot: str | None = None, drop: str | None = None) -> CameraHealth:
    """A half that is well but for what is given."""
    parts: dict[str, Any] = {
        "grabber": SimpleNamespace(lost=None),
        "spool": SimpleNamespace(failing=None),
        "auditor": SimpleNamespace(failing=None),
        "lists": SimpleNamespace(alarm=lambda _: None),
        "load": SimpleNamespace(too_high=lambda: False),
        "thermal": SimpleNamespace(trouble=hot),
        "rates": SimpleNamespace(trouble=drop),
    }
    return CameraHealth(eye=None, sealed=None, forbidden=lambda _: None, **cast("Any", parts))


def test_a_half_that_is_well_is_online() -> None:
    assert _health().assess(Moment(0.0, 0.0)) == {"state": "online", "reason": None}


def test_a_drop_of_the_read_rate_makes_it_degraded() -> None:
    said = _health(drop=_DROP).assess(Moment(0.0, 0.0))
    assert said == {"state": "degraded", "reason": _DROP}


def test_what_may_be_the_cause_of_a_drop_is_named_before_it() -> None:
    said = _health(hot="hot (82 °C)", drop=_DROP).assess(Moment(0.0, 0.0))
    assert said["reason"] == "hot (82 °C)"
