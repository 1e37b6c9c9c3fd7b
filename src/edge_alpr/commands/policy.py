"""This file is ``edge-alpr policy``: it says what rules come to, checks and merges profiles.

`policy_signing` signs, `policy_papers` writes what the public is owed.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Final, get_args

from edge_alpr.commands import policy_papers, policy_signing
from edge_alpr.commands.policy_stack import stacked
from edge_alpr.config.profiles import find_profile, shipped_ids
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.profile import rules_data
from edge_alpr.policy.refusal import Siting, refusals
from edge_alpr.policy.rules import Deployment, Place
from edge_alpr.policy.signed import rules_sha256
from edge_alpr.policy.words import sayings, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.policy.profile import Profile
    from edge_alpr.policy.rules import Rules

REFUSED: Final = 78

EXAMPLES = """\
examples:
  edge-alpr policy list
  edge-alpr policy explain il-2-130
  edge-alpr policy explain il-2-130 city.yaml --deployment fixed --table
  edge-alpr policy check city.yaml
  edge-alpr policy sign il-2-130 --authority city-clerk --key clerk.key --scope example-org --seq 1 --out policy.json
  edge-alpr policy verify policy.json --authorities authorities/ --unit example-org/main-street/unit-1
  edge-alpr policy bench trial/ --unit example-org/main-street/unit-1
  edge-alpr policy notice --config unit.yaml --controller 'City of Example' --contact 'clerk@example.org'

docs/policy.md tells how a lawyer reads and adds a profile.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "policy",
        help="explain, check, merge, sign and verify the rules of a unit",
        description="A policy is made of profiles: a law's, a city's, a site's. They are merged so that the strictest "
        "wins in every rule, and signed by an authority that is not the technician.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="name the profiles that ship with edge-alpr")
    listing.set_defaults(run=_list)
    explaining = stacked(actions, "explain", "say in plain words what profiles come to", _explain)
    explaining.add_argument(
        "--deployment", choices=get_args(Deployment), help="also say whether such a unit may run"
    )
    explaining.add_argument(
        "--near", choices=get_args(Place), action="append", default=[], help="what it stands near"
    )
    explaining.add_argument("--order", metavar="TEXT", help="the written order it reads under")
    shape = explaining.add_mutually_exclusive_group()
    shape.add_argument(
        "--table", action="store_true", help="every rule, and which profile makes it so"
    )
    shape.add_argument("--json", action="store_true", help="the same for programs")
    stacked(actions, "check", "tell whether files are sound profiles", _check)
    stacked(actions, "merge", "print the merged rules as data", _merge)
    policy_signing.add(actions)
    policy_papers.add(actions)


def _list(_: argparse.Namespace) -> int:
    for name in shipped_ids():
        profile = find_profile(name)
        print(
            f"{name:16} {profile.title} (text {profile.text}, legal review {profile.legal_review})"
        )
    return 0


# ------------------------------------------------------------------ saying


def _explain(arguments: argparse.Namespace) -> int:
    stack = [find_profile(name) for name in arguments.profiles]
    rules = merge_all(profile.rules for profile in stack)
    refused = _refused(arguments, rules, stack)
    if arguments.json:
        print(json.dumps(_explained(stack, rules, refused), indent=2, ensure_ascii=False))
    else:
        _print_words(stack, rules, table=arguments.table)
    for reason in refused:
        print(f"edge-alpr: refused: {reason}", file=sys.stderr)
    return REFUSED if refused else 0


def _refused(arguments: argparse.Namespace, rules: Rules, stack: Sequence[Profile]) -> list[str]:
    if arguments.deployment is None and not arguments.near:
        return []
    siting = Siting(
        deployment=arguments.deployment or "fixed",
        near=frozenset(arguments.near),
        order=arguments.order,
    )
    return refusals(siting, rules, stack)


def _explained(stack: Sequence[Profile], rules: Rules, refused: list[str]) -> dict[str, object]:
    return {
        "profiles": [profile.about for profile in stack],
        "sha256": rules_sha256(rules),
        "words": sentences(rules),
        "rules": rules_data(rules),
        "because": {saying.path: saying.because for saying in sayings(rules, stack)},
        "refused": refused,
    }


def _print_words(stack: Sequence[Profile], rules: Rules, *, table: bool) -> None:
    for profile in stack:
        print(f"{profile.id}: {profile.title}")
        print(f"  text: {profile.text}; legal review: {profile.legal_review}")
        for difference in profile.differs:
            print(f"  - {difference}")
    print("\nTogether:" if len(stack) > 1 else "\nIt comes to:")
    for sentence in sentences(rules):
        print(f"  {sentence}")
    if table:
        print()
        for saying in sayings(rules, stack):
            print(f"  {saying.path:28} {saying.what}")
            print(f"  {'':28} by {' | '.join(saying.because) or 'the merge of all'}")
    print(f"\n{rules_sha256(rules)}")


def _check(arguments: argparse.Namespace) -> int:
    for name in arguments.profiles:
        profile = find_profile(name)
        print(f"{profile.id}: sound, {rules_sha256(profile.rules)}")
    return 0


def _merge(arguments: argparse.Namespace) -> int:
    rules = merge_all(find_profile(name).rules for name in arguments.profiles)
    print(json.dumps(rules_data(rules), indent=2))
    return 0
