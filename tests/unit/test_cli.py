"""The command line as a whole: help to learn from, and the exit status of each kind of error."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr import cli
from edge_alpr.errors import (
    ConfigError,
    EdgeAlprError,
    MessageError,
    ModelError,
    PolicyError,
    Problem,
    PublishError,
    SourceError,
    SpoolError,
)

if TYPE_CHECKING:
    from pathlib import Path


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Each command's parser."""
    (commands,) = [
        action
        for action in cli.build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(commands.choices)


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch, verb: str = "check") -> int:
    """The exit status of a command that raises."""

    def run(_arguments: argparse.Namespace) -> int:
        raise error

    def parser(_verbs: object = None) -> argparse.ArgumentParser:
        made = argparse.ArgumentParser()
        made.set_defaults(run=run, verb=verb)
        return made

    monkeypatch.setattr(cli, "build_parser", parser)
    return cli.main([])


def test_every_verb_is_listed_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    for verb in cli.VERBS:
        assert re.search(rf"\n    {verb}\s", out)
    for status in (0, 1, 2, 70, 78, 130):
        assert f"\n  {status} " in out, "exit statuses are documented"


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_command_explains_itself_and_each_of_its_options(verb: str) -> None:
    parser = parsers()[verb]
    assert parser.description
    unexplained = [
        action.option_strings or action.dest
        for action in parser._actions
        if not action.help and not action.metavar and not action.choices
    ]
    assert unexplained == []


@pytest.mark.parametrize(
    "wrong", [[], ["raed"], ["read"], ["read", "--jsnol", "x"], ["run", "--only", "half"]]
)
def test_a_wrong_command_line_is_status_2_and_shows_the_usage(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(wrong)
    assert ended.value.code == 2
    assert "usage: edge-alpr" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError([Problem("unit.yaml:3", "unit.sight", "is not an option")]), 78),
        (ModelError("no model"), 78),
        (PolicyError("no policy"), 78),
        (SourceError("no camera"), 70),
        (SpoolError("no card"), 70),
        (PublishError("no broker"), 70),
        (MessageError("no message"), 70),
        (EdgeAlprError("no luck"), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_becomes_its_status_and_its_own_words(
    error: BaseException,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raising(error, monkeypatch) == status
    told = capsys.readouterr().err
    assert told == (f"edge-alpr: {error}\n" if isinstance(error, EdgeAlprError) else "")


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_help_teaches_by_examples_each_on_a_line_of_its_own(verb: str) -> None:
    shown = parsers()[verb].format_help()
    (_, _, told) = shown.partition("\nexamples:\n")
    lines = [line for line in told.splitlines() if "edge-alpr" in line]
    assert lines, f"edge-alpr {verb} --help has no examples"
    assert all(line.startswith(f"  edge-alpr {verb}") for line in lines[:1])
    assert all(line.count(f"edge-alpr {verb}") == 1 for line in lines)


@pytest.mark.parametrize(
    "words",
    [
        ["broker-config", "--to", "x", "--port", "99999"],
        ["broker-config", "--to", "x", "--units", "-5"],
        ["replay", "--fps", "inf", "x"],
        ["replay", "--fps", "nan", "x"],
        ["demo", "--passes", "0"],
    ],
)
def test_numbers_that_cannot_be_are_status_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    (option,) = [word for word in words[-3:] if word.startswith("--")]
    assert f"argument {option}: must be " in capsys.readouterr().err


def test_a_bug_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(ZeroDivisionError("a bug"), monkeypatch) == 70
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert told.endswith("ZeroDivisionError: a bug\nedge-alpr: this is a bug; please report it\n")


@pytest.mark.parametrize("verb", cli.SERVICES)
@pytest.mark.parametrize(
    "error", [SourceError("AB12CDE"), PolicyError("AB12CDE"), KeyError("AB12CDE")]
)
def test_what_ends_up_in_a_journal_shows_no_plate(
    verb: str,
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raising(error, monkeypatch, verb)
    told = capsys.readouterr().err
    assert "AB12CDE" not in told
    assert "*" in told


def test_an_error_of_the_system_is_named_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "drop_output", lambda: None)
    assert raising(PermissionError(13, "Permission denied", "/locked/x"), monkeypatch) == 70
    assert capsys.readouterr().err == "edge-alpr: /locked/x: Permission denied\n"


@pytest.mark.parametrize("verb", ["run", "replay"])
def test_a_wrong_configuration_ends_a_command_with_78(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text("version: 2\n", encoding="utf-8")
    arguments: list[Any] = [verb, "--config", str(path)]
    assert cli.main(arguments + (["clip.avi"] if verb == "replay" else [])) == 78
    assert f"edge-alpr: {path}:1: version: " in capsys.readouterr().err


def test_output_that_nobody_reads_to_the_end_is_no_traceback() -> None:
    command = [sys.executable, "-m", "edge_alpr", "schema", "event"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.wait(60) == 1
        assert child.stderr.read() == b""


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """A line of shell in which $E is edge-alpr."""
    environment = {**os.environ, "E": f"{sys.executable} -m edge_alpr"}
    command = ["bash", "-o", "pipefail", "-c", line]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_output_that_is_full_is_named() -> None:
    done = shell("$E schema event > /dev/full")
    assert (done.returncode, done.stderr) == (
        70,
        "edge-alpr: the output: No space left on device\n",
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("$E schema event >&-", 0),
        ("$E schema event 0<&- 2>&-", 0),
        ("$E check /none.yaml 2>/dev/full", 78),
        ("$E check /none.yaml >&- 2>&-", 78),
        ("$E read --jsonl /none.jpg > /dev/full", 70),
    ],
)
def test_closed_and_full_streams_change_no_status_and_give_no_traceback(
    line: str, status: int
) -> None:
    done = shell(line)
    assert done.returncode == status
    assert "Traceback" not in done.stderr + done.stdout


def test_a_closed_stream_is_not_taken_by_the_next_file(tmp_path: Path) -> None:
    """Without care a key file would become descriptor 1, and what is printed would go into it."""
    done = shell(f"$E keys init {tmp_path}/unit.key >&- 2>&-")
    assert done.returncode == 0
    assert (tmp_path / "unit.key").read_text().startswith("-----BEGIN PRIVATE KEY-----\n")
    assert (tmp_path / "unit.key").read_text().endswith("-----END PRIVATE KEY-----\n")
    assert (tmp_path / "unit.key.pub").read_text().count("\n") == 1
