"""The rights written for RabbitMQ, matched as it matches them: regular expressions over dotted topics."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from edge_alpr.cli import main
from edge_alpr.fleet.rabbitmq import configuration, definitions

UNITS = ["city/north/unit-1", "city/north/unit-10"]
UP, DOWN = "alpr.v1.city.north.unit-1.up.read.cam0", "alpr.v1.city.north.unit-1.down.receipt"


def _rights(kind: str, user: str) -> dict[str, Any]:
    made = json.loads(definitions(UNITS, ["central"], queued=1000))
    (found,) = [each for each in made[kind] if each["user"] == user]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("user", "right", "topic", "allowed"),
    [
        (UNITS[0], "write", UP, True),
        (UNITS[0], "write", UP.replace("unit-1", "unit-10"), False),
        (UNITS[0], "write", DOWN, False),
        (UNITS[0], "write", f"x{UP}", False),
        (UNITS[0], "write", UP.replace(".", "x"), False),
        (UNITS[0], "read", DOWN, True),
        (UNITS[0], "read", UP, False),
        (UNITS[0], "read", "alpr.v1.*.*.*.down.receipt", False),
        ("central", "read", "alpr.v1.*.*.*.up.#", True),
        ("central", "read", "#", False),
        ("central", "write", DOWN, True),
        ("central", "write", DOWN.replace("receipt", "policy"), False),
    ],
)
def test_each_may_say_and_hear_what_is_theirs(
    user: str, right: str, topic: str, *, allowed: bool
) -> None:
    assert bool(re.search(_rights("topic_permissions", user)[right], topic)) is allowed


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("amq.topic", True),
        ("amqxtopic", False),
        ("mqtt-subscription-city-north-unit-1qos1", True),
        ("mqtt-subscription-city-north-unit-10qos1", False),
        ("amq.topic.other", False),
    ],
)
def test_a_unit_reaches_only_its_own_queue(name: str, *, allowed: bool) -> None:
    rights = _rights("permissions", UNITS[0])
    assert bool(re.search(rights["read"], name)) is allowed
    assert bool(re.search(rights["configure"], name)) is (allowed and name != "amq.topic")


def test_nobody_has_a_password_and_nobody_is_an_administrator() -> None:
    made = json.loads(definitions(UNITS, ["central"], queued=1000))
    assert [user["name"] for user in made["users"]] == [*UNITS, "central"]
    assert {(user["password_hash"], tuple(user["tags"])) for user in made["users"]} == {("", ())}


def test_one_node_is_no_cluster_and_three_are() -> None:
    alone = configuration("/etc/x", 8883)
    assert "cluster" not in alone
    assert "ssl_options.verify = verify_peer" in alone
    names = [f"rabbit@mq{n}" for n in (1, 2, 3)]
    assert "classic_config.nodes.3 = rabbit@mq3" in configuration("/etc/x", 8883, names)


def test_without_a_ring_it_cannot_know_the_units(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broker-config", "--engine=rabbitmq", "--to=/nowhere/new"]) == 70
    assert "--ring" in capsys.readouterr().err
