"""This file finds and reads the profiles of policies: those that ship with the package, and those of a site."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from edge_alpr.config.load import made_of
from edge_alpr.config.source import read_yaml
from edge_alpr.errors import ConfigError, PolicyError, Problem
from edge_alpr.policy.in_force import InForce
from edge_alpr.policy.profile import Profile, profile_of
from edge_alpr.policy.signed import rules_sha256

SUFFIX = ".yaml"


def shipped_ids() -> list[str]:
    """The names of the profiles that come with the package."""
    folder = files("edge_alpr.policy") / "profiles"
    return sorted(Path(each.name).stem for each in folder.iterdir() if each.name.endswith(SUFFIX))


@cache
def built_in(name: str, fallback: str | None = None) -> InForce:
    """The rules of a profile that ships, without anybody's signature.

    ``bench`` is for what never leaves the machine or can be no camera: a replay, an evaluation, a simulated unit. No
    configuration of a unit can ask for it.
    """
    rules = find_profile(name).rules
    return InForce(rules=rules, profile=name, sha256=rules_sha256(rules), fallback=fallback)


def find_profile(name: str) -> Profile:
    """A profile by the name of one that ships, or by the path of a file.

    Raises:
        PolicyError: there is none of that name.
        ConfigError: the file is wrong; all problems at once, with their lines.
    """
    if name in shipped_ids():
        with as_file(files("edge_alpr.policy") / "profiles" / f"{name}{SUFFIX}") as path:
            return load_profile(path)
    if "/" not in name and not name.endswith(SUFFIX):
        raise PolicyError(
            f"no profile is called {name!r}; there are {', '.join(shipped_ids())}, or give the path of a file"
        )
    return load_profile(Path(name))


def load_profile(path: Path) -> Profile:
    """The profile in a file.

    Raises:
        ConfigError: with every problem, each with file, line, key, what is wrong and what is allowed.
    """
    source = read_yaml(path)
    if not isinstance(source.data, dict):
        raise ConfigError(
            [Problem(source.where(()), "", "is no profile: see `edge-alpr schema policy`")]
        )
    profile = made_of(source, lambda: profile_of(source.data), Profile)
    if profile.id != path.stem:
        what = f"must be the file's name, {path.stem}"
        raise ConfigError([Problem(source.where(("id",)), "id", what)])
    return profile
