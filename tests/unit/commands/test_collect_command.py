"""The command line of ``edge-alpr collect``: what is wrong is said, with exit status 2."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.store import StoreError
from edge_alpr.commands import collect
from edge_alpr.errors import PublishError
from fakes.keys import COLLECTOR_KEY
from fakes.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _process_as_before() -> Iterator[None]:
    """The command sets up logging and signals for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    signals = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for each, handler in signals.items():
        signal.signal(each, handler)


def _parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    collect.add(parser.add_subparsers())
    return parser.parse_args(["collect", *words])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--broker=http://x", "--to=-"), "mqtt://host"),
        (("--broker=mqtt://x", "--to=csv:x"), "sqlite:PATH"),
        (("--broker=mqtt://x", "--to=-", "--ca=x.pem"), "mqtts://"),
        (("--broker=mqtt://x", "--to=-", "--password-file=x"), "username"),
        (("--broker=mqtt://x", "--to=-", "--receipt-key=nowhere.pem"), "nowhere.pem"),
        (("--broker=mqtt://x", "--to=-", "--units=nowhere"), "nowhere"),
        (("--broker=mqtt://x", "--to=-", "--share=a/b"), "a/b"),
        (("--broker=mqtt://x", "--to=-", "--share=a", "--protocol=3.1.1"), "MQTT 5"),
        (("--broker=mqtt://x", "--to=postgresql://u:secret@h/db"), "PGPASSFILE"),
        (("--broker=mqtt://x", "--to=postgresql://h/db?colour=red"), "colour"),
        (("--broker=mqtt://x", "--to=-", "--to=sqlite:x"), "one store"),
        (("--broker=mqtt://x", "--to=onvif:vms", "--owed=x"), "one store"),
        (("--broker=mqtt://x", "--to=-", "--to=onvif:vms"), "--owed"),
        (("--broker=mqtt://x", "--to=-", "--owed=x"), "--owed"),
        (("--broker=mqtt://x", "--to=-", "--owed=x", "--to=onvif:a", "--to=onvif:a"), "twice"),
        (("--broker=mqtt://x", "--to=-", "--owed=x", "--to=cloudevents:x"), "cloudevents:https"),
    ],
)
def test_options_that_make_no_sense_are_told(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _parse(*words)
    assert arguments.run(arguments) == 2
    assert told in capsys.readouterr().err


def test_a_name_that_no_unit_could_enroll_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    COLLECTOR_KEY.save(tmp_path / "key.pem")
    arguments = _parse(
        "--broker=mqtt://x", "--to=-", f"--receipt-key={tmp_path / 'key.pem'}", "--name=Our Centre"
    )
    assert arguments.run(arguments) == 2
    assert "Our Centre" in capsys.readouterr().err


@pytest.mark.parametrize(
    "bad",
    [
        "--count=0",
        "--count=x",
        "--idle-exit=0",
        "--idle-exit=-1",
        "--delete-after=0",
        "--metrics=9464",
        "--metrics=localhost:",
        "--metrics=localhost:99999",
    ],
)
def test_numbers_out_of_range_are_refused(bad: str) -> None:
    with pytest.raises(SystemExit) as ended:
        _parse("--broker=mqtt://x", "--to=-", bad)
    assert ended.value.code == 2


def test_a_store_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    arguments = _parse("--broker=mqtt://x", f"--to=sqlite:{tmp_path / 'nowhere' / 'plates.db'}")
    with pytest.raises(StoreError, match="nowhere"):
        arguments.run(arguments)


@pytest.mark.parametrize("count", [(), ("--count=1",)])
def test_never_let_in_is_not_the_same_as_nothing_came(count: tuple[str, ...]) -> None:
    """Nothing listens on port 1 of this machine."""
    arguments = _parse("--broker=mqtt://127.0.0.1:1", "--to=-", "--idle-exit=0.3", *count)
    with pytest.raises(PublishError, match=r"not connected.*nothing listens"):
        arguments.run(arguments)


def test_a_password_in_the_address_of_a_store_is_not_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for target in ("postgresql://u:secret@h/db", "postgresql://h/db?password=secret", "x:secret@y"):
        arguments = _parse("--broker=mqtt://x", f"--to={target}")
        assert arguments.run(arguments) == 2
    assert "secret" not in capsys.readouterr().err


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = _parse("--broker=mqtt://x", "--to=-", f"--metrics=127.0.0.1:{port}")
        with pytest.raises(PublishError, match="in use"):
            arguments.run(arguments)


def test_the_service_manager_hears_of_it_and_its_watchdog_is_fed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notify = NotifySocket()
    for name, value in notify.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    arguments = _parse("--broker=mqtt://127.0.0.1:1", "--to=-", "--idle-exit=0.3")
    with pytest.raises(PublishError):
        arguments.run(arguments)
    assert notify.messages[0] == "READY=1\nSTATUS=connecting"
    assert "STATUS=not connected" in notify.messages
    assert "WATCHDOG=1" in notify.messages
    assert notify.messages[-1] == "STOPPING=1"
    notify.close()
