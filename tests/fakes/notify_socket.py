"""The service manager's end of sd_notify: a datagram socket that remembers what it was told."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path


class NotifySocket:
    """Listens under a short temporary path, as the address of a socket must be short."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.address = str(Path(self._folder.name) / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.setblocking(False)
        self._messages: list[str] = []

    @property
    def messages(self) -> list[str]:
        """All datagrams so far, as text."""
        while True:
            try:
                self._messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self._messages

    @property
    def environment(self) -> dict[str, str]:
        """What a service manager with a watchdog of one minute sets."""
        return {
            "NOTIFY_SOCKET": self.address,
            "WATCHDOG_USEC": "60000000",
            "WATCHDOG_PID": str(os.getpid()),
        }

    def close(self) -> None:
        self._socket.close()
        self._folder.cleanup()
