"""Writes our values as MQTT 5 properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

if TYPE_CHECKING:
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import SessionOptions


def connect_properties(options: SessionOptions) -> Properties:
    """What we ask of the broker at connecting."""
    properties = _empty(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = options.remembered_s
    properties.ReceiveMaximum = options.receive_maximum
    properties.MaximumPacketSize = options.receive_bytes
    return properties


def publish_properties(publication: Publication, *, will: bool = False) -> Properties:
    """What travels beside a message."""
    properties = _empty(PacketTypes.WILLMESSAGE if will else PacketTypes.PUBLISH)
    properties.ContentType = publication.content_type
    if publication.content_type == "application/json":
        properties.PayloadFormatIndicator = 1  # UTF-8
    if publication.expiry_s is not None:
        properties.MessageExpiryInterval = max(1, publication.expiry_s)
    if publication.properties:
        properties.UserProperty = list(publication.properties)
    return properties


def _empty(kind: int) -> Properties:
    return Properties(kind)  # type: ignore[no-untyped-call]  # paho types all but this
