"""``edge-alpr demo`` as a person runs it: real broker, real networks, separate processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import cv2
import pytest

from edge_alpr.commands.demo import play as play_module
from edge_alpr.commands.demo.broker import BrokerProgram
from edge_alpr.commands.demo.children import Child, DemoError
from edge_alpr.commands.demo.play import play
from fixtures.mosquitto import find_mosquitto

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

DEMO = [sys.executable, "-m", "edge_alpr", "demo"]


@pytest.fixture
def mosquitto_program() -> BrokerProgram:
    found = find_mosquitto()
    if found is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    return BrokerProgram("mosquitto", found)


def nobody_listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.model
@pytest.mark.usefixtures("mosquitto_program")
def test_a_small_demo_reads_every_pass_and_leaves_a_sheet(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [*DEMO, "--passes", "2", "--pace", "fast", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[12] of 2 passes right", done.stdout, re.MULTILINE), done.stdout
    assert str(out / "sheet.png") in done.stdout
    assert cv2.imread(str(out / "sheet.png")) is not None
    port = int(re.search(r"127\.0\.0\.1:(\d+)", done.stdout)[1])  # type: ignore[index]
    assert nobody_listens(port)
    claims = re.findall(r"^  (yes|NO ) +(.+)$", done.stdout, re.MULTILINE)
    assert [held for held, _ in claims] == ["yes"] * 5, done.stdout
    assert "of 3 vehicles the collector holds 1, sealed, and 0 reads in clear" in done.stdout
    assert "in 10 encodings: 0 finds" in done.stdout
    page = (out / "second-act/transparency.html").read_text(encoding="utf-8")
    assert str(out / "second-act/transparency.html") in done.stdout
    (policy,) = re.findall(r"policy il-2-130, (sha256:\w{64})", done.stdout)
    assert policy in page


@pytest.mark.model
@pytest.mark.usefixtures("mosquitto_program")
def test_a_demo_that_is_ended_half_way_leaves_no_process(tmp_path: Path) -> None:
    command = [*DEMO, "--passes", "1", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as demo:
        assert demo.stdout is not None
        port = 0
        for line in demo.stdout:
            if found := re.search(r"^broker: .*:(\d+)$", line):
                port = int(found[1])
            if line.startswith("unit:"):
                break
        assert not nobody_listens(port)
        demo.send_signal(signal.SIGTERM)
        demo.stdout.read()
    assert demo.returncode == 130
    assert nobody_listens(port)


@pytest.mark.parametrize("victim", ["run", "collect"])
def test_a_process_that_dies_is_named_with_its_last_words_and_the_rest_is_ended(
    victim: str,
    tmp_path: Path,
    mosquitto_program: BrokerProgram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[Child] = []

    def ourselves(verb: str, folder: Path, *_: str, listen: bool = False) -> Child:
        code = (
            "raise SystemExit('out of film')" if verb == victim else "import time; time.sleep(60)"
        )
        child = Child(verb, [sys.executable, "-c", code], folder / f"{verb}.log", listen=listen)
        started.append(child)
        return child

    monkeypatch.setattr(play_module, "ourselves", ourselves)
    with pytest.raises(DemoError, match=rf"{victim} ended with status 1(.|\n)*out of film"):
        list(play(tmp_path, tmp_path / "clip.avi", "fast", mosquitto_program, 1.0))
    assert len(started) == 2
    assert not any(child.running() for child in started)


@pytest.mark.parametrize(
    ("where", "words"),
    [("file", "is a file; name a folder with --out"), ("file/below", "cannot be used: Not a dir")],
)
def test_a_folder_that_cannot_be_is_said_before_anything_is_rendered(
    tmp_path: Path, where: str, words: str
) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [*DEMO, "--out", str(tmp_path / where)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 70
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
