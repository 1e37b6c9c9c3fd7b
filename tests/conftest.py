"""Settings for all tests; its place puts ``fakes``, ``fixtures`` and ``strategies`` on the import path."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# The same examples on every run, so that a change is what makes a test fail, and no limits on time: a shared
# processor would break them. EDGE_ALPR_EXPLORE=1 looks for new examples.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("explore" if os.environ.get("EDGE_ALPR_EXPLORE") else "repeatable")

# Rendered material is made once a session, whoever asks for it.
pytest_plugins = [
    "fixtures.scenes",
    "fixtures.recordings",
    "fixtures.mosquitto",
    "fixtures.small_disk",
    "fixtures.postgresql",
]
