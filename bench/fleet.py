"""This file is ``python -m bench.fleet``: a simulated fleet over TLS into PostgreSQL; its broker is killed midway.

Everything is started here, on loopback and in a folder of its own, as docs/fleet.md says to set it up: the papers of
`edge-alpr simulate --prepare`, mosquitto as `edge-alpr broker-config` writes it (or any broker that is there already,
by --broker), a PostgreSQL cluster with its durable defaults, `edge-alpr collect`. The figures are those of one machine
that carries all of it, units included; ``load`` says what else it had to do.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.__main__ import machine
from edge_alpr.fleet.papers import COLLECTOR, Papers

EDGE_ALPR = (sys.executable, "-m", "edge_alpr")


def main() -> int:
    arguments = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="edge-alpr-fleet-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        figures = _measure(arguments, folder, stack)
    text = json.dumps(figures, indent=2) + "\n"
    print(text, end="")
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")
    return 0 if figures["simulate"]["sound"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--rate", type=float, default=1.0, help="reads a second of each unit")
    parser.add_argument("--duration", type=float, default=600.0)
    parser.add_argument("--drain", type=float, default=300.0)
    parser.add_argument("--protocol", choices=("auto", "5", "3.1.1"), default="auto")
    parser.add_argument("--broker", metavar="URL", help="one that runs already, with --papers")
    parser.add_argument("--papers", type=Path, help="of a prepared bench, for --broker")
    parser.add_argument("--restart", metavar="COMMAND", help="how to restart that broker")
    parser.add_argument("--collectors", type=int, default=1, help="sharing the fleet, if several")
    parser.add_argument("--name", default="mosquitto", help="what the broker is, for the results")
    parser.add_argument("--out", type=Path, help="where the results go")
    return parser


def _measure(arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Any]:
    papers = Papers(arguments.papers or folder / "papers")
    if arguments.papers is None:
        _edge_alpr("simulate", "--prepare", papers.folder, "--units", arguments.units)
    database = _postgresql(folder / "pg", stack)
    if arguments.broker is None:
        broker = Mosquitto(folder / "broker", papers, arguments.units)
        stack.callback(broker.end)
        url, restart = broker.url, broker.restart
    else:
        url, restart = arguments.broker, _restart_by(arguments.restart)
    collectors = [
        _collector(
            number, arguments, url, papers=papers, database=database, folder=folder, stack=stack
        )
        for number in range(arguments.collectors)
    ]
    time.sleep(5)
    load_before = os.getloadavg()
    words = ["simulate", "--broker", url, "--papers", papers.folder, "--store", database, "--json"]
    words += ["--units", arguments.units, "--rate", arguments.rate, "--ramp", 20]
    words += ["--duration", arguments.duration, "--drain", arguments.drain]
    words += ["--protocol", arguments.protocol]
    simulation = subprocess.Popen(_words(words), stdout=subprocess.PIPE, text=True)
    stack.callback(simulation.kill)
    away_s = _restart_in_the_middle(simulation, arguments.duration, restart)
    out, _ = simulation.communicate()
    cpu = {f"collector {n}": _cpu_s(child.pid) for n, child in enumerate(collectors)}
    if arguments.broker is None:
        cpu["broker, since its restart"] = broker.cpu_s()
    return {
        "suite": f"fleet against {arguments.name}",
        "date": datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "cores": os.cpu_count(),
        "load": {"before": load_before, "after": os.getloadavg()},
        "command": shlex.join(["python", "-m", "bench.fleet", *sys.argv[1:]]),
        "broker_away_s": away_s,
        "cpu_s": cpu,
        "simulate": json.loads(out),
    }


def _restart_in_the_middle(
    simulation: subprocess.Popen[str], duration_s: float, restart: Any
) -> float | None:
    """How long the broker was away; None if the simulation ended before."""
    try:
        simulation.wait(25 + duration_s / 2)
    except subprocess.TimeoutExpired:
        began_s = time.monotonic()
        restart()
        return round(time.monotonic() - began_s, 1)
    return None


class Mosquitto:
    """mosquitto as `edge-alpr broker-config` sets it up."""

    def __init__(self, folder: Path, papers: Papers, units: int) -> None:
        self._folder = folder
        self._port = _free_port()
        self.url = f"mqtts://localhost:{self._port}"
        words = ["broker-config", "--to", folder, "--port", self._port, "--units", units]
        _edge_alpr(*words, "--collector", COLLECTOR)
        certificate, key = papers.certificate("broker")
        for source, name in (
            (papers.ca_file, "ca.pem"),
            (certificate, "broker.pem"),
            (key, "broker.key"),
        ):
            shutil.copy(source, folder / name)
        (folder / "data").mkdir()
        if os.geteuid() == 0:
            with (folder / "mosquitto.conf").open("a", encoding="utf-8") as config:
                config.write("user root\n")
        self._process = self._start()

    def restart(self) -> None:
        """Kill it, as a power cut would, and start it again after a while."""
        self._process.kill()
        self._process.wait()
        time.sleep(5)
        self._process = self._start()

    def cpu_s(self) -> float:
        return _cpu_s(self._process.pid)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _start(self) -> subprocess.Popen[bytes]:
        path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
        program = shutil.which("mosquitto", path=path) or "mosquitto"
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [program, "-c", str(self._folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        while not _listens(self._port):
            if process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.05)
        return process


def _postgresql(folder: Path, stack: ExitStack) -> str:
    """A cluster of its own with PostgreSQL's durable defaults; returns the URL of a database."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder.mkdir()
    folder.parent.chmod(0o755)
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        user = {"user": "postgres"}
    silent = {"stdout": subprocess.DEVNULL, "cwd": "/", **user}
    make = [programs / "initdb", "-D", folder / "data", "-U", "alpr", "-A", "trust"]
    subprocess.run(list(map(str, make)), check=True, **silent)
    serve = [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="]
    server = subprocess.Popen(list(map(str, serve)), stderr=subprocess.DEVNULL, **silent)

    def end() -> None:
        server.send_signal(signal.SIGINT)
        server.wait(60)

    stack.callback(end)
    ready = [programs / "pg_isready", "-h", folder]
    while subprocess.run(list(map(str, ready)), check=False, stdout=subprocess.DEVNULL).returncode:
        time.sleep(0.1)
    return f"postgresql://alpr@/postgres?host={folder}"


def _collector(
    number: int,
    arguments: argparse.Namespace,
    url: str,
    *,
    papers: Papers,
    database: str,
    folder: Path,
    stack: ExitStack,
) -> subprocess.Popen[bytes]:
    cert, key = papers.certificate(COLLECTOR)
    words = ["collect", "--broker", url, "--to", database, "--units", papers.units]
    words += ["--ca", papers.ca_file, "--cert", cert, "--key", key, "--name", COLLECTOR]
    words += ["--receipt-key", papers.collector_key, "--protocol", arguments.protocol]
    words += ["--client-id", COLLECTOR if number == 0 else f"{COLLECTOR}-{number + 1}"]
    if arguments.collectors > 1:
        words += ["--share", "centre"]
    with (folder / f"collector-{number}.log").open("wb") as log:
        child = subprocess.Popen(_words(words), stdout=log, stderr=log)

    def end() -> None:
        child.terminate()
        child.wait(60)

    stack.callback(end)
    return child


def _restart_by(command: str | None) -> Any:
    return lambda: command and subprocess.run(shlex.split(command), check=True)


def _edge_alpr(*words: object) -> None:
    subprocess.run(_words(words), check=True, stdout=subprocess.DEVNULL)


def _words(words: Any) -> list[str]:
    return [*EDGE_ALPR, *map(str, words)]


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
