"""The central side, as a library: what stands in ``__all__`` is public and changes by deprecation only.

docs/collector.md shows how to write a store of one's own. `edge_alpr.collector.metrics` is public too; it is apart
since it needs `prometheus_client`.
"""

from edge_alpr.collector.collect import Collector, MessageSource
from edge_alpr.collector.messages import ImageMessage, Message, OtherMessage, message_key
from edge_alpr.collector.observe import Observer, Together
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.receipts import Receipts
from edge_alpr.collector.store import Entry, Store, StoreError
from edge_alpr.collector.subscribe import Subscription
from edge_alpr.collector.validate import Validator
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.link.address import Broker
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import ClockNotice, GapNotice
from edge_alpr.message.sealed import SealedMessage

__all__ = [
    "Broker",
    "ClockNotice",
    "Collector",
    "Entry",
    "GapNotice",
    "ImageMessage",
    "KeyPair",
    "KeyRing",
    "Message",
    "MessageSource",
    "Observer",
    "OtherMessage",
    "PlateEvent",
    "Receipts",
    "SealedMessage",
    "Store",
    "StoreError",
    "Subscription",
    "Together",
    "Validator",
    "message_key",
    "open_store",
]
