"""Pages whose commands run as they are printed: docs/hotlists.md from table to unit, docs/audit.md with a witness."""

from __future__ import annotations

import re
import shlex
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.checkpoint import checkpoint_path, save_checkpoint
from edge_alpr.cli import main
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.clock import SystemClock
from fakes.keys import UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
_CAT = re.compile(r'"\$\(cat ([\w.]+)\)"')


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with chdir(tmp_path):
        yield tmp_path


def typed(page: str) -> list[str]:
    """Every command of ``edge-alpr`` in a page's blocks of shell, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("edge-alpr ")]


def run(line: str) -> int:
    """As a shell runs it, with ``$(cat FILE)`` and comments."""
    line = _CAT.sub(lambda found: shlex.quote(Path(found[1]).read_text().strip()), line)
    return main(shlex.split(line, comments=True)[1:])


def test_a_list_is_made_signed_approved_and_believed(folder: Path) -> None:
    now_s = SystemClock().now().utc_s
    times = f"{to_text(now_s)},{to_text(now_s + 3600)}"
    table = (
        "plate,reason_code,offence_class,case_no,entered_by,agency,approved_by,created,expires\n"
    )
    table += f"XK41PLM,stolen_vehicle,felony,2026-00118,m.okafor,city-police,chief,{times}\n"
    (folder / "wanted.csv").write_text(table, encoding="utf-8")
    done = [line for line in typed("hotlists.md") if " send " not in line]
    assert any(" approve " in line for line in done)
    for line in done:
        assert run(line) == 0, line
    again = "edge-alpr hotlist verify approved.hotlist --authorities authorities/"
    assert run(f"{again} --unit city/main-street/unit-1") == 0


def test_a_witness_is_asked_and_believed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = MadeLog(folder / "camera.jsonl", "city/main-street/unit-1/camera").unit_days(5)
    save_checkpoint(checkpoint_path(made.path), made.checkpoint()[1])
    (folder / "unit.pub").write_text(f"{UNIT_KEY.public}\n", encoding="utf-8")
    assert run("edge-alpr keys enroll units/ city/main-street/unit-1 unit.pub") == 0
    lines = typed("audit.md")
    first = next(n for n, line in enumerate(lines) if "league.key" in line)
    for line in lines[first : first + 4]:
        assert run(line) == 0, line
    assert "seen by league" in capsys.readouterr().out
