"""The signed form of a policy: what an authority outside the unit has put in force, for whom, and until when.

The document carries the merged rules themselves, not the names of profiles, so that a newer release of a profile
changes nothing until somebody signs again. Its SHA-256 over the canonical JSON (RFC 8785) names it in every event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from annotated_types import Ge, Le, MaxLen
from pydantic import StringConstraints, TypeAdapter, ValidationError

from edge_alpr.errors import MessageError, PolicyError
from edge_alpr.keys.canonical import sha256_of
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.message.document import parse_document
from edge_alpr.message.fields import Name, Proof, Timestamp
from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.message.topics import NAME
from edge_alpr.policy.profile import rules_data
from edge_alpr.policy.rules import Rules

if TYPE_CHECKING:
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.keys.ring import KeyRing
    from edge_alpr.message.topics import UnitAddress

SCHEMA: Final = "policy/1.0"
_SCOPE = StringConstraints(pattern=f"^{NAME}(/{NAME}){{0,2}}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPolicy:
    """A policy in force."""

    schema: Annotated[str, StringConstraints(pattern=r"^policy/1\.[0-9]{1,4}$")]
    authority: Name
    """Whose signature it is."""
    scope: Annotated[str, _SCOPE]
    """``org``, ``org/site`` or ``org/site/unit``: the units it is for."""
    seq: Annotated[int, Ge(1), Le(2**53 - 1)]
    """Counts an authority's policies for a scope; a unit takes none with a smaller number than it had."""
    not_before: Timestamp
    expires: Timestamp
    profiles: Annotated[tuple[Annotated[str, StringConstraints(max_length=300)], ...], MaxLen(32)]
    """What was merged, for readers: ``id (text read|unverified, legal review none|...)``."""
    rules: Rules
    proof: Proof | None = None

    @property
    def name(self) -> str:
        """For logs and events: ``authority/seq``."""
        return f"{self.authority}/{self.seq}"

    def refusal(self, now_s: float) -> str | None:
        """Why it is not in force at ``now_s`` (UTC seconds); None if it is."""
        if now_s < to_seconds(self.not_before):
            return f"the policy is in force from {self.not_before} on; is the clock right?"
        if now_s >= to_seconds(self.expires):
            return f"the policy ended at {self.expires}: ask {self.authority} for a new one"
        return None


@cache
def _adapter() -> TypeAdapter[SignedPolicy]:
    return TypeAdapter(SignedPolicy)


def policy_document(
    rules: Rules,
    *,
    authority: str,
    scope: str,
    seq: int,
    not_before_s: float,
    expires_s: float,
    profiles: tuple[str, ...],
) -> dict[str, Any]:
    """The document, ready to be signed."""
    return {
        "schema": SCHEMA,
        "authority": authority,
        "scope": scope,
        "seq": seq,
        "not_before": to_text(not_before_s),
        "expires": to_text(expires_s),
        "profiles": list(profiles),
        "rules": rules_data(rules),
    }


def sign_policy(document: dict[str, Any], key: KeyPair) -> dict[str, Any]:
    """The document with the authority's proof, checked as a unit will check it.

    Raises:
        PolicyError: it is not a policy.
    """
    _decode(document)
    return sign_document(document, key)


def read_policy(
    body: bytes, authorities: KeyRing, address: UnitAddress
) -> tuple[SignedPolicy, str]:
    """A policy that a unit may run under while it is in force (`SignedPolicy.refusal`), and its ``sha256:...``.

    Raises:
        PolicyError: damaged, not signed by an enrolled authority, or for others.
    """
    try:
        document = parse_document(body)
        verify_document(document, authorities)
    except MessageError as error:
        raise PolicyError(f"the policy is not believed: {error}") from None
    policy = _decode(document)
    if not f"{address}/".startswith(f"{policy.scope}/"):
        raise PolicyError(f"the policy is for {policy.scope}, this unit is {address}")
    return policy, policy_sha256(document)


def policy_sha256(document: dict[str, Any]) -> str:
    """What names a policy document: over its canonical JSON without the proof."""
    return sha256_of({name: value for name, value in document.items() if name != "proof"})


def rules_sha256(rules: Rules) -> str:
    """What names merged rules that nobody signed, as the built-in ones."""
    return sha256_of(rules_data(rules))


def _decode(document: dict[str, Any]) -> SignedPolicy:
    try:
        return _adapter().validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise PolicyError(f"the policy is not valid: {where}: {first['msg']}") from None
