"""Who plays which unit, and how each logs in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge_alpr.fleet.papers import Papers
from edge_alpr.fleet.plan import MOST_A_PROCESS, FleetPlan, processes_for, protocol_of
from edge_alpr.uplink.mqtt import MqttSettings


def _plan(units: int, **changes: Any) -> FleetPlan:
    options: dict[str, Any] = {"broker": MqttSettings(url="mqtt://localhost"), **changes}
    return FleetPlan(units=units, rate_per_s=1.0, duration_s=1.0, **options)


@pytest.mark.parametrize(("units", "processes"), [(1, 1), (7, 3), (500, 2), (12_345, 50)])
def test_every_unit_is_played_by_one_process(units: int, processes: int) -> None:
    plan = _plan(units, processes=processes)
    shares = [plan.share(number) for number in range(processes)]
    assert sorted(map(str, sum(shares, ()))) == sorted(map(str, plan.addresses))
    assert len(set(plan.addresses)) == units
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_process_has_no_more_units_than_it_has_descriptors_for() -> None:
    assert [processes_for(n) for n in (1, MOST_A_PROCESS, MOST_A_PROCESS + 1)] == [1, 1, 2]


def test_with_papers_each_unit_has_its_own_certificate() -> None:
    plan = _plan(2, broker=MqttSettings(url="mqtts://localhost"))
    papers = Papers(Path("p"))
    one, two = (plan.login(address, papers) for address in plan.addresses)
    assert one.cert_file == Path("p/tls/bench.fleet.unit-0001.pem")
    assert two.key_file == Path("p/tls/bench.fleet.unit-0002.key")
    assert one.ca_file == papers.ca_file


def test_without_tls_or_with_a_certificate_for_all_papers_are_no_login() -> None:
    papers = Papers(Path("p"))
    plain = MqttSettings(url="mqtt://localhost")
    shared = MqttSettings(url="mqtts://localhost", cert_file=Path("all.pem"))
    for broker in (plain, shared):
        plan = _plan(1, broker=broker)
        assert plan.login(plan.addresses[0], papers) is broker


def test_only_versions_of_mqtt_are_versions() -> None:
    assert protocol_of("3.1.1") == "3.1.1"
    with pytest.raises(ValueError, match="no MQTT version"):
        protocol_of("4")
