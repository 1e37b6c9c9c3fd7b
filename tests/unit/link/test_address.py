"""Broker URLs and papers: what is taken, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.link.address import Broker


def test_the_port_follows_from_the_scheme() -> None:
    assert Broker.at("mqtt://broker.example").port == 1883
    assert Broker.at("mqtts://broker.example").port == 8883
    assert Broker.at("mqtts://broker.example:8884").port == 8884


def test_an_ipv6_address_is_understood_and_told_with_brackets() -> None:
    broker = Broker.at("mqtt://[::1]:1884")
    assert broker.host == "::1"
    assert str(broker) == "mqtt://[::1]:1884"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://broker.example", "mqtt://host"),
        ("broker.example", "mqtt://host"),
        ("mqtt://", "mqtt://host"),
        ("mqtt://broker.example/path", "mqtt://host"),
        ("mqtt://broker.example:99999", "ort"),
        ("mqtt://me:secret@broker.example", "password_file"),
    ],
)
def test_other_urls_are_refused(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        Broker.at(url)
    assert "secret" not in str(refused.value)


def test_papers_that_do_not_fit_together_are_refused() -> None:
    some = Path("x.pem")
    with pytest.raises(ValueError, match="mqtts://"):
        Broker.at("mqtt://broker.example", ca_file=some)
    with pytest.raises(ValueError, match="cert_file"):
        Broker.at("mqtts://broker.example", key_file=some)
    with pytest.raises(ValueError, match="username"):
        Broker.at("mqtt://broker.example", password_file=some)


def test_the_password_is_the_first_line_and_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"s3cret word\r\nsecond line\n")
    broker = Broker.at("mqtt://broker.example", username="u", password_file=path)
    assert broker.password() == "s3cret word"
    assert "s3cret" not in repr(broker)


def test_a_missing_password_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    broker = Broker.at("mqtt://broker.example", username="u", password_file=path)
    with pytest.raises(PublishError, match="nothing"):
        broker.password()


def test_unusable_certificates_are_named(tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    with pytest.raises(PublishError, match="ca_file"):
        Broker.at("mqtts://broker.example", ca_file=junk).context()
    with pytest.raises(PublishError, match="client certificate"):
        Broker.at("mqtts://broker.example", cert_file=junk).context()


def test_without_tls_there_is_no_context() -> None:
    assert Broker.at("mqtt://broker.example").context() is None
