"""This file checks what the unit may do and what it keeps secret: policy, hotlist, the modes of its key files."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.list_watch import local_list
from edge_alpr.app.policy_in_force import load_policy
from edge_alpr.capture.video import VideoSettings
from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.errors import ConfigError, KeyFileError, PolicyError
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.policy.in_force import InForce

SOON_S: Final = 14 * 86_400.0
_ASK: Final = "ask the authority for a policy for this unit, and name it in policy.file with policy.authorities"


def trust(config: Config, now_s: float, said: dict[str, Any] | None) -> Iterator[Finding]:
    """Policy, hotlist, and every file that holds a secret. ``said``: what a running unit says."""
    try:
        in_force = load_policy(config).in_force
    except (PolicyError, ConfigError, KeyFileError) as error:
        yield fail(
            "policy", str(error), "take back what the policy forbids, or ask for another one"
        )
        yield skip("hotlist", "not tried: the policy comes first")
    else:
        yield policy(in_force, now_s)
        yield hotlist(config, in_force, now_s, said)
    yield from secrets(config)


def policy(found: InForce, now_s: float) -> Finding:
    """What is in force, until when, and by whose signature."""
    if (trouble := found.trouble_at(now_s)) is not None:
        return fail("policy", f"no plate leaves this unit: {trouble}", _ASK)
    if found.signed is None:
        told = f"{found.profile}: nobody signed a policy for this unit, so only hits would leave it"
        return warn("policy", told, _ASK)
    told = f"{found.name} ({found.profile}), signed by {found.signed.authority}, until {found.signed.expires}"
    if found.rules.test:
        mend = "name the authority's policy before the unit goes to a road"
        return warn("policy", f"a bench policy, which lets every read out: {told}", mend)
    if to_seconds(found.signed.expires) - now_s < SOON_S:
        return warn("policy", f"ends soon: {told}", "ask the authority for the next one now")
    return ok("policy", told)


def hotlist(
    config: Config, in_force: InForce, now_s: float, said: dict[str, Any] | None
) -> Finding:
    """What the running unit holds; without one, the list of the configuration."""
    if said is not None and isinstance(held := said.get("hotlist"), dict) and held.get("entries"):
        told = f"{held.get('name')} number {held.get('version')}: {held['entries']} entries"
        expires = held.get("expires")
        if isinstance(expires, str) and to_seconds(expires) < now_s:
            return fail("hotlist", f"{told}, ended at {expires}", "have its agency send a new one")
        return ok("hotlist", told + (f", until {expires}" if expires else ""))
    if config.policy.hotlist_file is None:
        return skip("hotlist", "none is configured; one that is sent shows up when the unit runs")
    try:
        listed = local_list(config, in_force, now_s)
    except (PolicyError, KeyFileError) as error:
        return fail("hotlist", str(error), "have its agency make a new one (docs/hotlists.md)")
    return ok("hotlist", f"{listed.name}: {len(listed)} entries")


def secrets(config: Config) -> Iterator[Finding]:
    """One line for each file that nobody else may read."""
    named = {
        "keys.unit_key": config.keys.unit_key,
        "mqtt.key_file": config.mqtt.key_file or config.mqtt.cert_file,
        "mqtt.password_file": config.mqtt.password_file,
    }
    if isinstance(config.camera, VideoSettings):
        named["camera.password_file"] = config.camera.password_file
    for option, path in named.items():
        if path is not None:
            yield mode(option, path)
    if config.keys.unit_key is None:
        mend = "`edge-alpr keys init`, and keys.unit_key: without it nobody can tell its events from forged ones"
        yield warn("keys.unit_key", "messages are not signed", mend)


def mode(option: str, path: Path) -> Finding:
    """Whether anybody but its owner can read a file; an access list for one user, as systemd makes them, is passed."""
    try:
        facts = path.stat()
    except OSError as error:
        mend = f"put the file there, or correct {option}"
        return fail(option, f"{path}: {error.strerror}", mend)
    bits = stat.S_IMODE(facts.st_mode)
    told = f"{path}: mode {bits:04o}"
    if bits & (stat.S_IRWXG | stat.S_IRWXO) and "system.posix_acl_access" not in _attributes(path):
        return fail(option, f"{told} lets others at it", f"chmod 600 {path}")
    return ok(option, told)


def _attributes(path: Path) -> list[str]:
    try:
        return os.listxattr(path)
    except OSError:
        return []
