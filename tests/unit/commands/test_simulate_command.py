"""The command line of ``edge-alpr simulate``: what makes no sense is said, and what is prepared can be used."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.fleet.papers import Papers
from edge_alpr.keys.ring import KeyRing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    signals = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in signals.items():
        signal.signal(each, handler)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--broker=http://x",), "mqtt://host"),
        (("--broker=mqtt://x", "--ca=x.pem"), "mqtts://"),
        (("--broker=mqtt://x", "--store=csv:x"), "sqlite:PATH"),
        (("--broker=mqtt://x", "--units=600", "--processes=2"), "3 processes"),
        (("--broker=mqtt://x", "--org=Not A Name"), "org is"),
    ],
)
def test_options_that_make_no_sense_are_told(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [(), ("--broker=mqtt://x", "--prepare=y"), ("--broker=mqtt://x", "--rate=0")]
)
def test_argparse_refuses(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *words])
    assert ended.value.code == 2


def test_preparing_makes_the_papers_of_so_many_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bench"
    assert main(["simulate", f"--prepare={folder}", "--units=3", "--site=north"]) == 0
    assert "3 units" in capsys.readouterr().out
    names = {member.name for member in KeyRing.load(Papers(folder).units)}
    assert names == {f"bench/north/unit-000{n}" for n in (1, 2, 3)}
    assert main(["simulate", f"--prepare={folder}"]) == 78
    assert "not empty" in capsys.readouterr().err


def test_papers_that_are_not_there_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate", "--broker=mqtt://localhost:1", f"--papers={tmp_path / 'none'}"]
    assert main(words) == 78
    assert "none" in capsys.readouterr().err
