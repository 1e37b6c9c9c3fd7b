"""Writes the configuration of RabbitMQ with its MQTT plugin, and the rights of each unit in it.

RabbitMQ has no placeholder that fits our topics (a user called ``org/site/unit`` speaks on ``alpr.v1.org.site.unit``,
as it turns slashes into dots), so rights are written out unit by unit, from a list of units. Tried with 4.0.5.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.message.topics import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG: Final = """\
# RabbitMQ for edge-alpr units. Made by `edge-alpr broker-config --engine rabbitmq`; RabbitMQ 4.0 or newer.
listeners.tcp = none
mqtt.listeners.tcp = none
mqtt.listeners.ssl.default = {port}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/broker.pem
ssl_options.keyfile = {folder}/broker.key
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2

# Who may come in: nobody without a certificate of our authority; its common name is the user's name.
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_cert_login_from = common_name
mqtt.ssl_cert_login = true
anonymous_login_user = none
definitions.import_backend = local_filesystem
definitions.local.path = {folder}/definitions.json

# What a collector misses while it is away lies in a queue that a majority of the nodes has on disk.
mqtt.durable_queue_type = quorum
mqtt.max_session_expiry_interval_seconds = 1209600
mqtt.prefetch = 200
mqtt.max_packet_size_authenticated = 524288
mqtt.topic_alias_maximum = 0
{cluster}
log.console = true
log.file = false
"""

_CLUSTER: Final = """
cluster_partition_handling = pause_minority
cluster_formation.peer_discovery_backend = classic_config
"""

PLUGINS: Final = "[rabbitmq_mqtt].\n"


def configuration(folder: object, port: int, nodes: Sequence[str] = ()) -> str:
    """The text of rabbitmq.conf. ``nodes`` names all nodes of a cluster, as ``rabbit@host``."""
    members = "".join(
        f"cluster_formation.classic_config.nodes.{number} = {node}\n"
        for number, node in enumerate(nodes, start=1)
    )
    return CONFIG.format(port=port, folder=folder, cluster=_CLUSTER + members if nodes else "")


def definitions(units: Sequence[str], collectors: Sequence[str], queued: int) -> str:
    """The text of definitions.json: who there is, and what each may do.

    Args:
        units: addresses, ``org/site/unit``; the client identifier of each is the same with dashes.
        collectors: names of certificates; each uses its name as its client identifier too.
        queued: messages that wait for an absent collector at most. Beyond it the broker refuses new ones, which a
            unit that speaks MQTT 5 is told and keeps.
    """
    users = [*units, *collectors]
    return json.dumps(
        {
            "vhosts": [{"name": "/"}],
            # No password: nobody can log in but by certificate.
            "users": [{"name": name, "password_hash": "", "tags": []} for name in users],
            "permissions": [_permission(name, name.replace("/", "-")) for name in users],
            "topic_permissions": [
                *(_topics_of_unit(name) for name in units),
                *(_topics_of_collector(name) for name in collectors),
            ],
            "policies": [
                {
                    "vhost": "/",
                    "name": "sessions",
                    "pattern": "^mqtt-subscription-",
                    "apply-to": "quorum_queues",
                    "priority": 1,
                    "definition": {
                        "max-length": queued,
                        "overflow": "reject-publish",
                        # RabbitMQ would drop what a collector failed to store 20 times.
                        "delivery-limit": -1,
                    },
                }
            ],
        },
        indent=1,
    )


def _permission(user: str, client_id: str) -> dict[str, Any]:
    """Its own subscription's queue, and the exchange that all topics go through."""
    queue = f"mqtt-subscription-{re.escape(client_id)}qos[01]"
    both = f"^({queue}|amq\\.topic)$"
    return {"user": user, "vhost": "/", "configure": f"^{queue}$", "write": both, "read": both}


def _topics_of_unit(name: str) -> dict[str, Any]:
    own = _dotted(f"{ROOT}/{name}")
    return _topics(name, write=f"^{own}\\.up\\.", read=f"^{own}\\.down\\.")


def _topics_of_collector(name: str) -> dict[str, Any]:
    """It may subscribe with the filters of all units, and send receipts and corrections."""
    root, part = _dotted(ROOT), "[^.]+"
    return _topics(
        name,
        write=f"^{root}\\.{part}\\.{part}\\.{part}\\.(down\\.receipt|about\\.correction)$",
        read=f"^{root}\\.{part}\\.{part}\\.{part}\\.(up|about)\\.",
    )


def _topics(user: str, *, write: str, read: str) -> dict[str, Any]:
    return {"user": user, "vhost": "/", "exchange": "amq.topic", "write": write, "read": read}


def _dotted(topic: str) -> str:
    return re.escape(topic.replace("/", "."))
