"""This file takes the rules that a list is held against from the command line of ``edge-alpr hotlist``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.commands.policy_signing import address_of
from edge_alpr.config.profiles import find_profile
from edge_alpr.errors import EdgeAlprError, PolicyError
from edge_alpr.keys.files import read_public
from edge_alpr.keys.ring import KeyRing
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.signed import read_policy

if TYPE_CHECKING:
    import argparse

    from edge_alpr.policy.rules import Rules


def add_rules(parser: argparse.ArgumentParser, *, unit_required: bool = False) -> None:
    """The options that say which rules the units live under."""
    group = parser.add_argument_group("the rules that it is held against")
    group.add_argument(
        "--profile",
        action="append",
        metavar="NAME",
        help="a shipped profile, or a file; several are merged (default-strict)",
    )
    group.add_argument(
        "--policy", type=Path, metavar="FILE", help="instead, the signed policy of --unit"
    )
    group.add_argument(
        "--policy-authorities",
        type=Path,
        metavar="RING",
        help="the keys of those who may sign that policy",
    )
    group.add_argument(
        "--unit", required=unit_required, metavar="ORG/SITE/UNIT", help="the unit in question"
    )


def rules_of(arguments: argparse.Namespace) -> tuple[Rules, str | None]:
    """The rules that were named, and what names the policy they come from if it is signed.

    Raises:
        EdgeAlprError: options are missing, or the policy is not to be believed.
    """
    if arguments.policy is None:
        names = arguments.profile or ["default-strict"]
        return merge_all(find_profile(name).rules for name in names), None
    if arguments.profile or arguments.policy_authorities is None or arguments.unit is None:
        raise EdgeAlprError(
            "--policy goes with --policy-authorities and --unit, and without --profile"
        )
    try:
        policy, sha256 = read_policy(
            read_public(arguments.policy),
            KeyRing.load(arguments.policy_authorities),
            address_of(arguments.unit),
        )
    except PolicyError as error:
        raise PolicyError(f"{arguments.policy}: {error}") from None
    return policy.rules, sha256
