"""This file checks the unit as it runs: its systemd units, its runtime directory, and what its camera half says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.daemon import STATUS_NAME
from edge_alpr.app.uplink_half import OLD_STATUS_S
from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.ops.health import StatusFile
from edge_alpr.ops.runtime import find_runtime_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.doctor.surroundings import Surroundings

UNITS: Final = ("edge-alpr-camera", "edge-alpr-uplink")
_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


def unit_folder(config: Config) -> Path | None:
    """The unit's own folder in the runtime directory; None before its first start."""
    base = find_runtime_dir(config.runtime.dir)
    folder = None if base is None else base / str(unit_address(config)).replace("/", ".")
    return folder if folder is not None and folder.is_dir() else None


def said_by_camera(config: Config, around: Surroundings) -> dict[str, Any] | None:
    """The camera half's last words, if they are fresh: it holds the camera then."""
    folder = unit_folder(config)
    said = None if folder is None else StatusFile(folder / STATUS_NAME, around.clock).read()
    if said is None:
        return None
    age_s = around.clock.now().utc_s - float(said.get("written_utc_s", 0.0))
    return said if abs(age_s) <= OLD_STATUS_S + config.runtime.status_s else None


def services(
    config: Config, around: Surroundings, said: dict[str, Any] | None
) -> Iterator[Finding]:
    """Where the halves meet, how the unit is, and what systemd says of it."""
    yield runtime(config, around)
    yield state(said)
    if around.read("proc/1/comm") != "systemd":
        yield skip("services", "not here: systemd does not run this machine")
        return
    for unit in UNITS:
        yield service(unit, around)


def runtime(config: Config, around: Surroundings) -> Finding:
    """Whether the directory is there and in memory."""
    folder = find_runtime_dir(config.runtime.dir)
    if folder is None:
        wanted = config.runtime.dir or "/run/edge-alpr"
        mend = "`systemd-tmpfiles --create`; without the package, it is made at the first start"
        return warn("runtime dir", f"{wanted}: there is none yet", mend)
    kind = _file_system(folder, around)
    if kind is not None and kind not in _MEMORY:
        mend = "set runtime.dir to a folder on tmpfs, such as /run/edge-alpr: what crosses there wears the card out"
        return warn("runtime dir", f"{folder} is on {kind}, not in memory", mend)
    return ok("runtime dir", f"{folder}{'' if kind is None else f' on {kind}'}")


def state(said: dict[str, Any] | None) -> Finding:
    """What the camera half says of itself."""
    if said is None:
        return skip("unit", "its camera half does not run, or says nothing")
    reason = said.get("reason")
    if said.get("state") == "online":
        return ok("unit", "online")
    mend = "docs/diagnose.md says what each reason means and what to do"
    make = fail if said.get("state") == "blind" else warn
    return make("unit", f"{said.get('state')}: {reason}", mend)


def service(unit: str, around: Surroundings) -> Finding:
    """One systemd unit: installed, running, and not starting over and over."""
    wanted = "--property=LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus"
    lines = (around.ask("systemctl", "show", unit, wanted) or "").splitlines()
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    if not facts or facts.get("LoadState") == "not-found":
        return skip(unit, "not installed as a service")
    how = f"{facts.get('ActiveState')} ({facts.get('SubState')})"
    journal = f"`journalctl -u {unit} -n 50` says why"
    if facts.get("ActiveState") == "failed":
        told = f"failed: {facts.get('Result')}, exit status {facts.get('ExecMainStatus')}"
        if facts.get("ExecMainStatus") == "78":
            journal = f"configuration, policy, key or model cannot be used: see the lines above; {journal}"
        return fail(unit, told, f"{journal}; then `systemctl restart {unit}`")
    if facts.get("ActiveState") != "active":
        return warn(unit, how, f"`systemctl enable --now {unit}`")
    if (restarts := facts.get("NRestarts", "0")) != "0":
        return warn(unit, f"{how}, started again {restarts} times", journal)
    return ok(unit, how)


def _file_system(folder: Path, around: Surroundings) -> str | None:
    """Its type by the longest mount point that it lies below."""
    there = str(folder.resolve())
    best: tuple[str, str] | None = None
    for line in (around.read("proc/self/mounts") or "").splitlines():
        _, point, kind, *_ = line.split(" ")
        if f"{there}/".startswith(f"{point.rstrip('/')}/") and (
            best is None or len(point) >= len(best[0])
        ):
            best = point, kind
    return None if best is None else best[1]
