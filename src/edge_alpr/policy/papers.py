"""Writes the papers that a policy owes the public: a record for the impact assessment, and a notice for the roadside.

Every fact in them is a value of the policy or a word of `policy.words`, so they cannot say something else than the
unit does. What is not in a policy (a legal basis, a consultation, a telephone number) is named as missing.
The structure follows what GDPR article 35(7) and Directive (EU) 2016/680 article 27(2) want described.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.policy.rules import RULES, SOURCE, Rules
from edge_alpr.policy.signed import SignedPolicy
from edge_alpr.policy.words import notice_sentences, sentences, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.policy.rules import Rule

_OPEN: Final = (
    "the legal basis, and the written order where the law wants one",
    "who is the controller by law, and how to reach them and their data protection officer",
    "what residents and the supervisory authority said when they were asked",
    "the risks that remain, who accepted them, and when they are looked at again",
)
"""What an assessment needs and no policy can say."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What the papers are written from."""

    rules: Rules
    name: str
    """Of the policy."""
    sha256: str
    """Of the policy as it was signed, or of the rules where nobody signed them."""
    profiles: tuple[str, ...]
    """What was merged, each with whether its text was read and a lawyer has seen it."""
    signed: SignedPolicy | None = None


def dpia(basis: Basis) -> str:
    """The record of processing for an impact assessment, Markdown."""
    return "\n".join(
        [
            "# Number plate reader: record for a data protection impact assessment",
            "",
            *_about(basis),
            "",
            "## What is processed, what for, and for how long",
            "",
            *(f"- {sentence}" for sentence in sentences(basis.rules)),
            "",
            "## Every rule",
            "",
            "| rule | value | where it comes from |",
            "|---|---|---|",
            *(_row(rule, basis.rules) for rule in RULES if rule.name != SOURCE),
            "",
            "## What this record does not say",
            "",
            "It is generated and holds nothing but the policy. Whoever is responsible must add:",
            "",
            *(f"- {missing}" for missing in _OPEN),
            "",
        ]
    )


def notice(basis: Basis, *, controller: str | None = None, contact: str | None = None) -> str:
    """The notice for the roadside, Markdown. Who runs the reader is no rule: it is printed as given, and marked so."""
    whose = f"{basis.signed.scope} (policy of {basis.signed.authority})" if basis.signed else None
    return "\n".join(
        [
            "# Number plates are read here",
            "",
            *(f"- {sentence}" for sentence in notice_sentences(basis.rules)),
            "",
            f"Run by: {_plain(controller or whose or 'not said')}  ",
            f"Questions, and what is held of your own plate: {_plain(contact or 'not said')}",
            "",
            "All but who runs it and how to reach them is generated from this policy:",
            "",
            *_about(basis),
            "",
        ]
    )


def _about(basis: Basis) -> Iterator[str]:
    """What the papers rest on."""
    yield f"Policy: {basis.name}  "
    yield f"SHA-256: `{basis.sha256}`  "
    if basis.signed is not None:
        yield f"For: {basis.signed.scope}, by: {basis.signed.authority}  "
        yield f"In force: {basis.signed.not_before} to {basis.signed.expires}  "
    else:
        yield "Signed by: nobody. This is a draft, in force nowhere  "
    yield f"Made of: {'; '.join(basis.profiles) or 'what the software does without a policy'}"


def _row(rule: Rule, rules: Rules) -> str:
    sources = sorted(getattr(getattr(rules, rule.section), SOURCE))
    return f"| {rule.path} | {_cell(show(rule.of(rules)))} | {_cell('; '.join(sources))} |"


def _plain(text: str) -> str:
    """Text of somebody's own on one line, without what Markdown or HTML would make of it."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", " ".join(text.split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
