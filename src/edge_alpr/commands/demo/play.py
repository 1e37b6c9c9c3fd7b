"""Plays a clip to the unit, with a broker and a collector of its own, and passes on what the collector stores."""

from __future__ import annotations

import json
import queue
import signal
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NoReturn

from edge_alpr.app.throwaway import write_throwaway
from edge_alpr.commands.demo.broker import BrokerProgram, start_broker
from edge_alpr.commands.demo.children import DemoError, ourselves
from edge_alpr.commands.demo.verdict import parse_read
from edge_alpr.config.profiles import find_profile
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from edge_alpr.commands.demo.children import Child
    from edge_alpr.commands.demo.verdict import Read

_START_S: Final = 60.0
"""What starting may take on a slow machine."""

_SETTLE_S: Final = 2.0
"""After the unit has ended: how long the collector may be silent before it is ended too."""

_PATIENCE: Final = 8.0
"""The unit may take this many times the length of the clip before the demo gives up."""


def play(
    folder: Path, clip: Path, pace: str, broker: BrokerProgram, clip_s: float
) -> Generator[Read]:
    """Run broker, collector and unit over a clip. Close the iterator, and all of them are ended.

    Args:
        folder: for configuration, spool and logs.
        clip: the video that stands in for the camera.
        pace: as in the unit's ``camera.pace``.
        broker: from `find_broker`.
        clip_s: length of the clip in seconds.

    Yields:
        each read as the collector has stored it.

    Raises:
        DemoError: a process died, or the unit does not come to an end.
    """
    restore = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as children:
            server, port = start_broker(broker, folder)
            children.enter_context(server)
            url, protocol = f"mqtt://127.0.0.1:{port}", broker.protocol
            print(f"broker: {broker} at {url}")
            collecting = ("--broker", url, "--protocol", protocol, "--to", "-")
            collector = children.enter_context(
                ourselves("collect", folder, *collecting, listen=True)
            )
            config = _write_config(folder, clip=clip, pace=pace, url=url, protocol=protocol)
            unit = children.enter_context(ourselves("run", folder, "--config", str(config)))
            print(f"unit: edge-alpr run --config {config}")
            yield from _follow(server, collector, unit, _PATIENCE * clip_s + _START_S)
    finally:
        signal.signal(signal.SIGTERM, restore)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """Let SIGTERM take the way of Ctrl-C, on which every process is ended."""
    raise KeyboardInterrupt


def _write_config(folder: Path, *, clip: Path, pace: str, url: str, protocol: str) -> Path:
    config = folder / "unit.yaml"
    runtime = folder / "runtime"
    runtime.mkdir(exist_ok=True)
    for old in folder.glob("spool.db*"):
        old.unlink()  # of an earlier demo in the same folder

    papers = write_throwaway(
        folder / "policy",
        [find_profile("bench")],
        scope="demo/roadside/unit-1",
        now_s=SystemClock().now().utc_s,
        days=1,
    )
    settings = {
        "version": 1,
        "unit": {"org": "demo", "site": "roadside", "name": "unit-1"},
        "camera": {"kind": "files", "path": str(clip.absolute()), "pace": pace},
        "policy": {"file": str(papers.policy), "authorities": str(papers.authorities)},
        "spool": {"path": str((folder / "spool.db").absolute())},
        "mqtt": {"url": url, "protocol": protocol},
        "runtime": {"dir": str(runtime.absolute())},
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]  # JSON is YAML
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


def _follow(server: Child, collector: Child, unit: Child, limit_s: float) -> Iterator[Read]:
    """The collector's lines, until the unit has ended and the collector has nothing more."""
    lines: queue.Queue[str] = queue.Queue()
    listener = threading.Thread(target=_listen, args=(collector, lines), daemon=True)
    listener.start()
    try:
        for line in _until_quiet(lines, server, collector, unit, limit_s):
            if (read := parse_read(line)) is not None:
                yield read
    finally:
        collector.end()
        listener.join()
    while not lines.empty():
        if (read := parse_read(lines.get())) is not None:
            yield read


def _until_quiet(
    lines: queue.Queue[str], server: Child, collector: Child, unit: Child, limit_s: float
) -> Iterator[str]:
    """Lines as they come, until the unit has ended and nothing has come for a while."""
    deadline = time.monotonic() + limit_s
    quiet_since = time.monotonic()
    while unit.running() or time.monotonic() < quiet_since + _SETTLE_S:
        server.check()
        collector.check()
        if unit.running():
            quiet_since = time.monotonic()
        elif unit.process.returncode:
            raise unit.died()
        if time.monotonic() > deadline:
            raise DemoError(f"the unit has not ended {limit_s:.0f} s after it was started")
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            continue
        quiet_since = time.monotonic()
        yield line


def _listen(collector: Child, lines: queue.Queue[str]) -> None:
    assert collector.process.stdout is not None
    for line in collector.process.stdout:
        lines.put(line)
