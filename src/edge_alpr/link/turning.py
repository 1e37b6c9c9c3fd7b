"""This file lets one paho client do what is to be done on its socket, without any socket but that one.

``Client.loop`` would open a listening socket on the loopback for a moment at every connection, for a pair by which
other threads could wake it. One thread drives a session here, so nobody needs to; and a unit has no door, not even for
a moment. This is what paho calls the external loop, of its public interface only.
"""

from __future__ import annotations

import select
import ssl
from typing import TYPE_CHECKING

from paho.mqtt.enums import MQTTErrorCode

if TYPE_CHECKING:
    from paho.mqtt.client import Client


def turn(client: Client, timeout_s: float) -> MQTTErrorCode:
    """Wait up to ``timeout_s`` until the socket can be read, or written if there is something to write; then do it.

    Returns what paho says of the connection; callbacks run inside.
    """
    sock = client.socket()
    if sock is None:
        return MQTTErrorCode.MQTT_ERR_NO_CONN
    # What TLS has decrypted already does not wake a select.
    decrypted = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
    wait_s = 0.0 if decrypted else timeout_s
    try:
        readable, writable, _ = select.select(
            [sock], [sock] if client.want_write() else [], [], wait_s
        )
    except (OSError, ValueError):  # it was closed meanwhile
        return MQTTErrorCode.MQTT_ERR_CONN_LOST
    for ready, step in ((readable or decrypted, client.loop_read), (writable, client.loop_write)):
        if ready:
            result = step()
            if result != MQTTErrorCode.MQTT_ERR_SUCCESS or client.socket() is None:
                return result
    return client.loop_misc()
