"""The settings of the link; its behaviour is in tests/contract and tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from edge_alpr.uplink.mqtt import MqttSettings


def test_the_settings_name_a_broker() -> None:
    broker = MqttSettings(url="mqtts://broker.example", ca_file=Path("ca.pem")).broker()
    assert (broker.host, broker.port, broker.tls) == ("broker.example", 8883, True)


def test_a_bad_url_is_an_error_of_the_configuration() -> None:
    """So that it is told with its line, before anything starts."""
    with pytest.raises(ValidationError, match="mqtt://host"):
        TypeAdapter(MqttSettings).validate_python({"url": "broker.example"})


def test_a_password_cannot_be_written_into_the_configuration() -> None:
    with pytest.raises(ValueError, match="password_file"):
        MqttSettings(url="mqtt://u:secret@broker.example")
