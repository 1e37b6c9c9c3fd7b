"""This file checks the clock: who sets it, how far it is off, and whether it says a time that has passed for sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.doctor.sntp import ask_time
from edge_alpr.errors import KeyFileError
from edge_alpr.keys.dates import dates_in
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.doctor.surroundings import Surroundings
    from edge_alpr.ops.clock import ClockQuality

OFF_S: Final = 1.0
"""Two cameras whose clocks differ by more than this tell a vehicle's passes in the wrong order."""
SLACK_S: Final = 120.0
_SET: Final = (
    "let a time service set it: `timedatectl set-ntp true`, and let UDP port 123 through; a board without network "
    "needs a battery-backed clock (RTC)"
)


def clock(config: Config, file: Path, around: Surroundings) -> Iterator[Finding]:
    """The clock against what is known, against its source, and against a time server."""
    yield behind(around.clock.now().utc_s, marks(config, file))
    yield source(around.kernel_clock(), around)
    yield offset(around)


def marks(config: Config, file: Path) -> dict[str, float]:
    """UTC seconds that are over for sure, by what proves it."""
    found = {f"{file} was written": file.stat().st_mtime}
    for path in (config.mqtt.cert_file, config.mqtt.ca_file):
        if path is not None:
            try:
                begun = {f"{path} was issued": each.begin_s for each in dates_in(path)}
            except KeyFileError:
                continue
            found |= begun
    return found


def behind(now_s: float, over: dict[str, float]) -> Finding:
    """Whether the clock says a time before something that has happened."""
    what, when_s = max(over.items(), key=lambda mark: mark[1])
    told = f"it is {to_text(now_s)}"
    if now_s < when_s - SLACK_S:
        told = f"the clock is wrong: {told}, but {what} on {to_text(when_s)}"
        return fail("clock", told, _SET)
    return ok("clock", told)


def source(quality: ClockQuality, around: Surroundings) -> Finding:
    """Whether a time service holds the kernel's clock."""
    server = _server(around)
    if not quality.synced:
        told = "not synchronised: every event says so, and nobody can rely on its times"
        return warn("clock source", told, _SET)
    error = "" if quality.error_ms is None else f", at most {quality.error_ms:.0f} ms off"
    return ok("clock source", f"set by {server or 'a time service'}{error}")


def offset(around: Surroundings) -> Finding:
    """Against a time server, if one is known."""
    server = around.time_server or _server(around)
    if server is None:
        return skip("clock offset", "no time server is known; name one with --time-server")
    try:
        found = ask_time(server, around.clock)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        mend = "let UDP port 123 through, or name another with --time-server"
        return warn("clock offset", f"{server} does not tell the time: {why}", mend)
    told = f"{-found.seconds:+.3f} s against {server} (within {found.error_s:.3f} s)"
    if abs(found.seconds) > OFF_S + found.error_s:
        way = "slow" if found.seconds > 0 else "fast"
        return fail("clock offset", f"the clock is {way}: {told}", _SET)
    return ok("clock offset", told)


def _server(around: Surroundings) -> str | None:
    """Whom systemd-timesyncd or chrony takes the time from."""
    timesyncd = around.ask("timedatectl", "show-timesync", "--property=ServerName", "--value")
    if timesyncd:
        return timesyncd
    chrony = (around.ask("chronyc", "-n", "-c", "tracking") or "").split(",")
    return chrony[1] if len(chrony) > 4 and chrony[1] else None
