"""This file is ``edge-alpr policy dpia|notice``: the papers for the public, written from the policy in force."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.policy_in_force import load_policy
from edge_alpr.config.load import load_config
from edge_alpr.config.profiles import find_profile
from edge_alpr.errors import EdgeAlprError
from edge_alpr.keys.files import write_new
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.papers import Basis, dpia, notice
from edge_alpr.policy.signed import rules_sha256

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The record for an impact assessment, and the notice for the roadside."""
    record = _paper(actions, "dpia", "write the record for a data protection impact assessment")
    record.set_defaults(run=partial(_write, lambda basis, _: dpia(basis)))
    sign = _paper(actions, "notice", "write the notice for the roadside")
    sign.add_argument("--controller", metavar="TEXT", help="who runs the reader, as printed")
    sign.add_argument("--contact", metavar="TEXT", help="how to reach them, as printed")
    sign.set_defaults(
        run=partial(
            _write,
            lambda basis, given: notice(basis, controller=given.controller, contact=given.contact),
        )
    )


def _paper(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=what,
        description=f"{what[0].upper()}{what[1:]}, in Markdown. It holds nothing but the policy: of a unit, as signed "
        "and tightened, or of profiles that are to be signed.",
    )
    parser.add_argument(
        "profiles", nargs="*", metavar="PROFILE", help="a shipped profile's name, or a file"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the policy in force for this unit"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where it goes; nothing is overwritten"
    )
    return parser


def _write(write: Callable[[Basis, argparse.Namespace], str], arguments: argparse.Namespace) -> int:
    text = write(_basis(arguments), arguments)
    if arguments.out is None:
        print(text, end="")
    else:
        write_new(arguments.out, text.encode(), 0o644)
        print(f"{arguments.out}: sha256:{hashlib.sha256(text.encode()).hexdigest()}")
    return 0


def _basis(arguments: argparse.Namespace) -> Basis:
    if (arguments.config is None) == (not arguments.profiles):
        raise EdgeAlprError("name either profiles or a unit's configuration (--config)")
    if arguments.config is None:
        stack = [find_profile(name) for name in arguments.profiles]
        rules = merge_all(profile.rules for profile in stack)
        abouts = tuple(profile.about for profile in stack)
        return Basis(rules, "+".join(profile.id for profile in stack), rules_sha256(rules), abouts)
    found = load_policy(load_config(arguments.config)).in_force
    abouts = (found.profile,) if found.signed is None else found.signed.profiles
    name = found.name if found.fallback is None else f"{found.name}, since {found.fallback}"
    return Basis(found.rules, name, found.sha256, abouts, found.signed)
