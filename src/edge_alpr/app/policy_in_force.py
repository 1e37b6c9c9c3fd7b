"""This file finds the rules that a unit runs under: the signed policy of its configuration, or what holds without one.

===============================================  ===================================================================
the configuration                                then
===============================================  ===================================================================
names no policy, and never did                   default-strict
names no policy, and did                         counts-only: taking a policy away must not loosen anything
names one that is damaged or badly signed, for   counts-only, said in log, status, health and info
others, or older than what was in force
names one that forbids this mounting, or asks    `PolicyError` or `ConfigError`: the unit does not run (exit 78)
for something looser
===============================================  ===================================================================
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.seen_numbers import POLICIES, SeenNumbers, state_folder
from edge_alpr.audit.forms import label
from edge_alpr.config.profiles import built_in
from edge_alpr.delivery.policy import Policy
from edge_alpr.delivery.settings import TIGHTENS
from edge_alpr.errors import ConfigError, KeyFileError, PolicyError, Problem
from edge_alpr.keys.files import read_public
from edge_alpr.keys.ring import KeyRing
from edge_alpr.policy.in_force import under
from edge_alpr.policy.refusal import refusals
from edge_alpr.policy.signed import read_policy
from edge_alpr.policy.tighten import loosenings, tightened
from edge_alpr.vision.settle import LAST_CALL_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.config.settings import Config
    from edge_alpr.delivery.settings import PolicySettings
    from edge_alpr.policy.in_force import InForce
    from edge_alpr.policy.rules import Rules
    from edge_alpr.types import Record

log = logging.getLogger(__name__)

STRICT: Final = "default-strict"
COUNTS: Final = "counts-only"
LEAST_RAM_S: Final = 2 * LAST_CALL_S
"""A plate that may be in memory for less can not be read by several frames."""


def load_policy(config: Config) -> Policy:
    """The rules in force for a unit, tightened as its configuration asks.

    Raises:
        PolicyError: they forbid a unit that is mounted, placed or ordered as this one is; each reason with its clause.
        ConfigError: an option asks for something looser; all of them at once, with both values and the clause.
    """
    settings = config.policy
    found = _found(config)
    if reasons := refusals(settings.siting, found.rules):
        raise PolicyError("\n".join(f"{found.name}: {reason}" for reason in reasons))
    if found.profile != COUNTS or found.fallback is None:  # nothing is tighter than that
        found = replace(found, rules=_tightened(settings, found.rules))
    if found.rules.non_hit.ram_s < LEAST_RAM_S:
        raise PolicyError(
            f"{found.name}: a plate may be in memory for {found.rules.non_hit.ram_s:g} s; this software needs "
            f"{LEAST_RAM_S:g} s to read one: run counts-only"
        )
    return Policy(found, settings)


def remember(config: Config, policy: Policy) -> None:
    """Note that a signed policy is in force, so that no older one can be after it.

    Raises:
        PolicyError: that cannot be written down.
    """
    if policy.in_force.signed is not None:
        _seen(config).remember(policy.in_force.signed)


def watched(in_force: InForce, record: Record) -> Callable[[float], str | None]:
    """Asks, for UTC seconds, why no plate leaves the unit; log and audit log are told when that changes."""
    told = in_force.fallback  # which was said at the start

    def trouble_at(now_s: float) -> str | None:
        nonlocal told
        trouble = in_force.trouble_at(now_s)
        if trouble != told:
            told = trouble
            if trouble is None:
                log.warning("policy %s is in force now", in_force.name)
                record("policy", policy=in_force.sha256, state="signed")
            else:
                log.warning("no plate leaves this unit: %s", trouble)
                record("policy_refused", policy=in_force.sha256, reason=label(trouble))
        return trouble

    return trouble_at


def within_ram(config: Config, rules: Rules) -> Config:
    """The configuration with a vision that forgets as soon as the rules want it to."""
    ram_s = rules.non_hit.ram_s
    passes, track = config.passes, config.track
    if passes.memory_s <= ram_s:
        return config
    decided_s = ram_s - LAST_CALL_S
    return replace(
        config,
        passes=replace(passes, memory_s=ram_s, settle_s=min(passes.settle_s, decided_s)),
        track=replace(track, max_gap_s=min(track.max_gap_s, decided_s)),
    )


def _found(config: Config) -> InForce:
    try:
        return _named(config, _seen(config))
    except (PolicyError, KeyFileError) as error:
        return built_in(COUNTS, fallback=str(error))


def _seen(config: Config) -> SeenNumbers:
    return SeenNumbers(state_folder(config) / POLICIES)


def _named(config: Config, seen: SeenNumbers) -> InForce:
    """What the configuration names.

    Raises:
        PolicyError, KeyFileError: it can not be believed, or it is less than the unit has had.
    """
    file, ring = config.policy.file, config.policy.authorities
    if file is None or ring is None:
        if seen:
            raise PolicyError(
                f"policy.file names none, and this unit has had {seen.names}: name it again, or reset the unit"
            )
        return built_in(STRICT)
    policy, sha256 = read_policy(read_public(file), KeyRing.load(ring), unit_address(config))
    if policy.seq < seen.least(policy):
        raise PolicyError(
            f"policy {policy.name} is older than number {seen.least(policy)}, which this unit has had"
        )
    return under(policy, sha256)


def _tightened(settings: PolicySettings, rules: Rules) -> Rules:
    asked = settings.asked(rules)
    refused = loosenings(rules, asked)
    options = {path: option for option, path in TIGHTENS.items()}
    problems = [
        Problem("", f"policy.{options.get(path, path)}", what) for path, what in refused.items()
    ]
    if settings.send_images and "plate_crop" not in rules.collect.fields:
        clauses = "; ".join(sorted(rules.collect.source)) or "the policy alone"
        what = f"true is looser than the policy's false (collect.fields by {clauses}): a site can only tighten it"
        problems.append(Problem("", "policy.send_images", what))
    if problems:
        raise ConfigError(problems)
    return tightened(rules, asked)
