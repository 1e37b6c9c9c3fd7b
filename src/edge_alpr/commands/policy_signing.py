"""This file is ``edge-alpr policy sign|verify|bench``: an authority puts a policy in force, and anybody checks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.app.throwaway import write_throwaway
from edge_alpr.commands.numbers import within
from edge_alpr.commands.policy_stack import stacked
from edge_alpr.config.profiles import find_profile
from edge_alpr.errors import EdgeAlprError, PolicyError
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.message.document import dump_document
from edge_alpr.message.topics import UnitAddress
from edge_alpr.ops.clock import SystemClock
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.signed import policy_document, policy_sha256, read_policy, sign_policy
from edge_alpr.policy.words import sentences

if TYPE_CHECKING:
    import argparse

_DAY_S: Final = 86400.0


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Sign, verify, and the policy of a trial."""
    _add_sign(actions)
    _add_verify(actions)
    _add_bench(actions)


def _add_sign(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = stacked(actions, "sign", "merge profiles and put them in force for units", _sign)
    parser.add_argument("--authority", required=True, metavar="NAME", help="who signs, as enrolled")
    parser.add_argument(
        "--key", required=True, type=Path, metavar="FILE", help="the authority's key"
    )
    parser.add_argument(
        "--scope", required=True, metavar="ORG[/SITE[/UNIT]]", help="the units it is for"
    )
    parser.add_argument(
        "--seq", required=True, type=int, metavar="N", help="one more than the last for this scope"
    )
    parser.add_argument(
        "--days", type=float, default=400.0, metavar="N", help="in force for so long (400)"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="where it goes")


def _sign(arguments: argparse.Namespace) -> int:
    stack = [find_profile(name) for name in arguments.profiles]
    now_s = SystemClock().now().utc_s
    document = policy_document(
        merge_all(profile.rules for profile in stack),
        authority=arguments.authority,
        scope=arguments.scope,
        seq=arguments.seq,
        not_before_s=now_s,
        expires_s=now_s + arguments.days * _DAY_S,
        profiles=tuple(profile.about for profile in stack),
    )
    signed = sign_policy(document, KeyPair.load(arguments.key))
    write_new(arguments.out, dump_document(signed) + b"\n", 0o644)
    print(f"{arguments.out}: {policy_sha256(signed)}")
    return 0


def _add_verify(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "verify",
        help="tell whether a unit may run under a signed policy, and what it comes to",
        description="Checks signature, scope and time as the unit does, and says the rules in plain words.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the signed policy")
    parser.add_argument(
        "--authorities",
        required=True,
        type=Path,
        metavar="RING",
        help="the keys of those who may sign",
    )
    parser.add_argument(
        "--unit", required=True, metavar="ORG/SITE/UNIT", help="the unit in question"
    )
    parser.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    try:
        policy, digest = read_policy(
            read_public(arguments.file),
            KeyRing.load(arguments.authorities),
            address_of(arguments.unit),
        )
        if (refusal := policy.refusal(SystemClock().now().utc_s)) is not None:
            raise PolicyError(refusal)  # noqa: TRY301 - told with the file's name below
    except PolicyError as error:
        raise PolicyError(f"{arguments.file}: {error}") from None
    print(f"{policy.name} for {policy.scope}, in force until {policy.expires}")
    for about in policy.profiles:
        print(f"  {about}")
    for sentence in sentences(policy.rules):
        print(f"  {sentence}")
    print(digest)
    return 0


def _add_bench(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "bench",
        help="make the policy of a trial, under which every read leaves the unit as a test",
        description="Makes an authority whose key is forgotten at once, has it sign the bench policy for one unit, and "
        "prints what goes into the unit's configuration. For a bench, a demonstration, a simulation; never for a road.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where policy and ring go")
    parser.add_argument(
        "--unit", required=True, metavar="ORG/SITE/UNIT", help="the unit that it is for"
    )
    parser.add_argument(
        "--days", type=within(1, 30), default=7, metavar="N", help="in force for so long (7)"
    )
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    papers = write_throwaway(
        arguments.folder,
        [find_profile("bench")],
        scope=str(address_of(arguments.unit)),
        now_s=SystemClock().now().utc_s,
        days=arguments.days,
    )
    print(
        f"policy:\n  file: {json.dumps(str(papers.policy))}\n  authorities: {json.dumps(str(papers.authorities))}"
    )
    return 0


def address_of(text: str) -> UnitAddress:
    """A unit as the command line names it.

    Raises:
        EdgeAlprError: it is not ``ORG/SITE/UNIT``.
    """
    try:
        org, site, unit = text.split("/")
        return UnitAddress(org, site, unit)
    except ValueError:
        raise EdgeAlprError(f"--unit {text[:200]}: expected ORG/SITE/UNIT") from None
