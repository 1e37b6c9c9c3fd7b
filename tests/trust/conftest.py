"""The trust suites: short in ``make test``, with their full counts in ``make soak`` (`fixtures.soak`)."""

from __future__ import annotations

from fixtures.soak import count, publish

__all__ = ["count", "publish"]
