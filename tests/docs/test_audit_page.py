"""The page on the audit log: its list of kinds is the code's, and its program for strangers finds what it should."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge_alpr.audit.checkpoint import checkpoint_path, save_checkpoint
from edge_alpr.audit.forms import FORMS
from edge_alpr.audit.kinds import KINDS
from edge_alpr.audit.report import report
from fakes.keys import STRANGER_KEY, UNIT_KEY
from fixtures.audit_logs import MadeLog

PAGE = (Path(__file__).parents[2] / "docs/audit.md").read_text(encoding="utf-8")


def test_every_kind_stands_there_with_its_facts() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    told = {
        name: (writer, words, *(re.findall(r"`(\w+)` (\w+)", facts) for facts in (must, may)))
        for name, writer, words, must, may in rows
    }
    assert told == {
        name: (
            kind.writer,
            kind.words,
            *(
                [(fact, str(form)) for fact, form in facts.items()]
                for facts in (kind.must, kind.may)
            ),
        )
        for name, kind in KINDS.items()
    }


def test_every_form_of_a_fact_stands_there() -> None:
    for form in FORMS:
        assert f"| {form} | {form.words} |" in PAGE


def test_every_figure_of_a_report_is_defined() -> None:
    table = PAGE.split("| Figure | Definition |")[1].split("\n\n")[0]
    defined = {
        name if not name.startswith(".") else f"{section.partition('.')[0]}{name}"
        for row in table.splitlines()
        for names in re.findall(r"^\| (.*?) \|", row)
        for section in re.findall(r"`([\w.]+)`", names)[:1]
        for name in re.findall(r"`([\w.]+)`", names)
    }
    figures = {
        f"{name}.{inner}" if isinstance(value, dict) and value and name not in OPEN else name
        for name, value in report([]).items()
        for inner in (value if isinstance(value, dict) and value and name not in OPEN else [""])
    }
    assert {each.rstrip(".") for each in figures} - {"schema"} == defined


OPEN = frozenset({"outcomes", "keys_destroyed", "policies_refused", "commands_refused"})
"""Tables whose rows are labels."""


@pytest.fixture
def made(tmp_path: Path) -> MadeLog:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "check.py").write_text(program, encoding="utf-8")
    made = MadeLog(tmp_path / "camera.jsonl", "o/s/u/camera").unit_days(20)
    save_checkpoint(checkpoint_path(made.path), made.checkpoint()[1])
    return made


def check(made: MadeLog, key: str = str(UNIT_KEY.public)) -> subprocess.CompletedProcess[str]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    program = made.path.with_name("check.py")
    words = [sys.executable, str(program), str(made.path), str(checkpoint_path(made.path)), key]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_program_for_strangers_is_short_and_needs_nothing_of_ours() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len([line for line in program.splitlines() if line.strip()]) <= 35
    assert "edge_alpr" not in program
    assert "cryptography" not in program


def test_the_program_for_strangers_lets_an_intact_log_pass(made: MadeLog) -> None:
    done = check(made)
    assert done.returncode == 0, done.stderr
    size = made.log.state()[0]
    assert f"o/s/u/camera: {size} entries, {size} of them signed" in done.stdout


def test_the_program_for_strangers_finds_what_was_done(made: MadeLog) -> None:
    whole = made.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    middle = len(lines) // 2
    for wrong, told in (
        (whole.replace(b'"seen":', b'"seem":', 1), "not in its place"),
        (b"".join([*lines[:middle], *lines[middle + 1 :]]), "not in its place"),
        (b"".join(lines[:-1]), "missing at the end"),
        (whole[:-5], "cut off"),
        (whole.replace(b'"stop"', b'"stap"'), "not what was signed"),
    ):
        made.path.write_bytes(wrong)
        done = check(made)
        assert done.returncode != 0
        assert told in done.stderr, done.stderr
    made.path.write_bytes(whole)
    assert check(made, str(STRANGER_KEY.public)).returncode != 0, "another key"
