"""Failures in words: what the reader of a log can do something with."""

from __future__ import annotations

import socket
import ssl

import pytest

from edge_alpr.link.address import Broker
from edge_alpr.link.refusals import explain_alert, explain_failure, explain_reason

_BROKER = Broker.at("mqtts://broker.example")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "nothing listens"),
        (TimeoutError("timed out"), "no answer in time"),
        (socket.gaierror(-2, "Name or service not known"), "DNS"),
        (OSError(113, "No route to host"), "No route to host"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "does not speak TLS"),
        (ssl.SSLError(1, "something new"), "TLS failed"),
    ],
)
def test_a_failure_names_the_broker_and_the_cause(error: OSError, words: str) -> None:
    told = explain_failure(error, _BROKER)
    assert told.startswith("mqtts://broker.example:8883: ")
    assert words in told


def test_a_certificate_that_is_not_valid_yet_points_at_the_clock() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate is not yet valid"
    assert "clock" in explain_failure(error, _BROKER)


def test_a_reason_keeps_its_name_in_the_standard() -> None:
    assert "user name or password" in explain_reason("Bad user name or password")
    assert "Quota exceeded" in explain_reason("Quota exceeded")
    assert "Something new" in explain_reason("Something new")


def test_only_an_alert_is_taken_for_one() -> None:
    assert "cert_file" in (explain_alert("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] x") or "")
    assert explain_alert("Connection reset by peer") is None
