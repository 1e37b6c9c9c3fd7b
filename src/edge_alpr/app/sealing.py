"""This file finds out to whom a unit seals: what its policy demands, what its configuration names, what both allow.

A policy that demands sealing and a configuration that names nobody to seal to do not run together (exit 78): nothing
ever falls back to clear. Nor does a recipient that the policy does not name. Epochs run out while a unit runs: it then
reads the file again, and without a key of the day it drops what nobody looks for, counts it, and says so.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.delivery.seal import Sealer
from edge_alpr.errors import ConfigError, KeyFileError, Problem
from edge_alpr.keys.ring import AGENCY, CUSTODIAN, KeyRing
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.message.sealed import MOST_AGENCIES
from edge_alpr.seal.envelope import Agency
from edge_alpr.seal.epochs import DAY_S, Epochs, day_of, day_start

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.policy.in_force import InForce
    from edge_alpr.policy.rules import Rules

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 60.0
WARN_DAYS: Final = 5
"""So many days before the last key it is time to bring new ones."""


class EpochsFile:
    """The custodian's keys as the file has them now. Used by one thread, and by another for `trouble_at`."""

    def __init__(self, path: Path, custodians: KeyRing, retain_s: float) -> None:
        """Raises:
        KeyFileError: it cannot be believed, or promises less than the policy demands.
        """
        self._path = path
        self._custodians = custodians
        self._retain_s = retain_s
        self._looked_s = -math.inf
        self.epochs = self._load()

    def at(self, now_s: float) -> Epochs:
        """The keys; read again, once a minute at most, where the one for ``now_s`` is missing."""
        if self.epochs.at(now_s) is None and abs(now_s - self._looked_s) >= LOOK_AGAIN_S:
            self._looked_s = now_s
            try:
                self.epochs = self._load()
            except KeyFileError as error:
                log.warning("%s", error)
        return self.epochs

    def trouble_at(self, now_s: float) -> str | None:
        """Why reads that nobody looks for are dropped, or soon will be; None if all is well."""
        epochs = self.epochs
        if epochs.at(now_s) is None:
            return (
                f"no key of {epochs.custodian} for {day_of(now_s)}: what is no hit is dropped; "
                "bring new ones (edge-alpr keys epochs issue)"
            )
        if epochs.at(now_s + WARN_DAYS * DAY_S) is None:
            return f"the keys of {epochs.custodian} end with {epochs.last_day}: bring new ones"
        return None

    def _load(self) -> Epochs:
        epochs = Epochs.load(self._path, self._custodians)
        for epoch in epochs:
            if epoch.until_s > day_start(epoch.day) + self._retain_s + 1e-3:
                raise KeyFileError(
                    f"{self._path}: {epochs.custodian} keeps the key of {epoch.day} for longer than the policy's "
                    f"{self._retain_s / DAY_S:g} days: ask for keys with --retain-days {self._retain_s / DAY_S:g}"
                )
        return epochs


class SealedTo:
    """Who can open what a unit seals."""

    def __init__(
        self, rules: Rules, agencies: tuple[Agency, ...], file: EpochsFile | None, sealer: Sealer
    ) -> None:
        self.sealer = sealer
        self._rules = rules
        self._agencies = agencies
        self._file = file

    def described(self) -> dict[str, Any]:
        """For the unit's retained ``info``."""
        return {
            "hits": seals_hits(self._rules),
            "others": seals_others(self._rules),
            "agencies": [{"name": each.name, "key": each.key.kid} for each in self._agencies],
            "custodian": None if self._file is None else self._file.epochs.custodian,
        }

    def trouble_at(self, now_s: float) -> str | None:
        """Why the unit does less than it was meant to; None if all is well."""
        return None if self._file is None else self._file.trouble_at(now_s)

    def __str__(self) -> str:
        names = ", ".join(f"{each.name} ({each.key.kid})" for each in self._agencies)
        if self._file is None:
            return names
        return f"{names}; what is no hit also to {self._file.epochs.custodian}"


def seals_hits(rules: Rules) -> bool:
    """Whether hits leave sealed."""
    return rules.hit.mode == "seal" and not rules.test


def seals_others(rules: Rules) -> bool:
    """Whether what is no hit leaves sealed."""
    return rules.non_hit.mode == "seal" and rules.non_hit.retain_days > 0 and not rules.test


def load_sealing(config: Config, in_force: InForce, key: KeyPair | None) -> SealedTo | None:
    """To whom the unit seals; None if its policy does not ask for that.

    Raises:
        ConfigError: the policy asks for it, and the configuration does not say to whom, or names somebody whom the
            policy does not.
        KeyFileError: a key or the epochs cannot be used.
    """
    rules, settings = in_force.rules, config.seal
    others = seals_others(rules)
    if not others and not seals_hits(rules):
        return None
    why = f"policy {in_force.name} wants {'reads' if others else 'hits'} sealed"
    if key is None:
        raise _needed("keys.unit_key", f"{why}, and what is sealed is signed: edge-alpr keys init")
    if settings.recipients is None:
        raise _needed("seal.recipients", f"{why}: name the keys of those who may open them")
    ring = KeyRing.load(settings.recipients)
    _refuse_strangers(ring, rules)
    agencies = tuple(
        Agency(name, each)
        for name in sorted({member.name for member in ring if member.name.startswith(AGENCY)})
        for each in ring.sealing(name)
    )
    if not 1 <= len(agencies) <= MOST_AGENCIES:
        what = f"{why}, and {settings.recipients} has {len(agencies)} keys of agencies that are believed: 1 to 4"
        raise _needed("seal.recipients", what)
    file = None
    if others:
        if settings.epochs is None:
            raise _needed("seal.epochs", f"{why}: name the custodian's keys of the days")
        if rules.non_hit.retain_days < 1:
            what = f"{why} for {rules.non_hit.retain_days:g} days, and keys of days cannot end sooner than in one"
            raise _needed("policy.keep_others_days", what)
        file = EpochsFile(settings.epochs, ring, rules.non_hit.retain_days * DAY_S)
    sealer = Sealer(
        key,
        agencies,
        epochs=(lambda _now_s: None) if file is None else file.at,
        policy_sha256=in_force.sha256,
    )
    return SealedTo(rules, agencies, file, sealer)


def _refuse_strangers(ring: KeyRing, rules: Rules) -> None:
    """Whom the policy names and whom the site may not add to."""
    allowed = rules.sharing.recipients
    for member in ring:
        if not member.name.startswith((AGENCY, CUSTODIAN)):
            raise _needed("seal.recipients", f"{member.name} is neither an agency nor a custodian")
        seals = isinstance(member.key, SealPublic)
        if seals is not member.name.startswith(AGENCY):
            raise _needed(
                "seal.recipients", f"{member.name}: agencies have x25519 keys, custodians ed25519"
            )
        if allowed is not None and f"{member.name} {member.key}" not in allowed:
            told = ", ".join(sorted(allowed)) or "nobody"
            what = f"{member.name} {member.key} is not among the recipients of the policy: {told}"
            raise _needed("seal.recipients", what)


def _needed(option: str, what: str) -> ConfigError:
    return ConfigError([Problem("", option, what)])
