"""This file talks to systemd: READY, WATCHDOG, STATUS and STOPPING over its notification socket; silent without it.

Protocol: sd_notify(3), one datagram of ``KEY=VALUE`` lines to the socket named in ``NOTIFY_SOCKET``.
"""

from __future__ import annotations

import os
import socket


class Notifier:
    """Sends notifications to the service manager that started this process, if one did."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]

    @property
    def watchdog_s(self) -> float | None:
        """How often systemd wants a sign of life at the least, or None if it does not."""
        micros = os.environ.get("WATCHDOG_USEC", "")
        pid = os.environ.get("WATCHDOG_PID", "")
        if not micros.isdigit() or (pid and pid != str(os.getpid())):
            return None
        return int(micros) / 1e6

    def send(self, **fields: str) -> None:
        """For example ``send(READY="1", STATUS="reading")``."""
        if not self._address:
            return
        message = "\n".join(f"{key}={value}" for key, value in fields.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.connect(self._address)
                channel.sendall(message.encode())
            except OSError:
                return
