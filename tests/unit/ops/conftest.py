"""A fake service manager for the tests of ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def notify(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotifySocket]:
    """This process was started by a service manager with a watchdog."""
    listening = NotifySocket()
    for name, value in listening.environment.items():
        monkeypatch.setenv(name, value)
    yield listening
    listening.close()
