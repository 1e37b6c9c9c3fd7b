"""Signs a JSON document and checks who signed it: Ed25519 over its canonical form (RFC 8785) without ``proof``.

Keys, order and spacing may be written anew on the way without breaking the signature; any changed value breaks it.
The ``schema`` is among the signed fields, so that a signature of one kind of message is worth nothing on another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_alpr.errors import MessageError
from edge_alpr.keys.canonical import canonical, sha256_of
from edge_alpr.keys.pair import PublicKey

if TYPE_CHECKING:
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.keys.ring import KeyRing, Member

PROOF = "proof"
_SIGNERS = {
    "receipt/": "collector",
    "policy/": "authority",
    "hotlist/": "authority",
    "hotlist.approval/": "approver",
    "seal.epochs/": "custodian",
    "partner/": "authority",
    "declaration/": "organisation",
    "request/": "person",
    "consent/": "person",
    "verdict/": "person",
    "question/": "person",
    "release/": "holder",
    "answer/": "holder",
    "correction/": "holder",
}
"""What the schema of a document begins with that no unit signs, and the field that names who does."""


def sign_document(document: dict[str, Any], key: KeyPair) -> dict[str, Any]:
    """A copy of the document with ``proof`` as its last field; a proof that it had is replaced.

    Raises:
        ValueError: it names no schema, or JSON cannot say what is in it.
    """
    if not str(document.get("schema", "")):
        raise ValueError("a document without a schema is not signed")
    bare = _bare(document)
    return {**bare, PROOF: {"key": key.kid, "sig": key.sign(canonical(bare))}}


def verify_document(document: dict[str, Any], ring: KeyRing) -> Member:
    """Whose document it is: a key in the ring, enrolled for the very unit or collector that the document names.

    Raises:
        MessageError: unsigned, by an unknown key, by one that is revoked or out of its time, by the key of somebody
            else, or changed since.
    """
    proof = document.get(PROOF)
    if proof is None:
        raise MessageError("proof: the message is not signed")
    kid = proof.get("key") if isinstance(proof, dict) else None
    signature = proof.get("sig") if isinstance(proof, dict) else None
    if not isinstance(kid, str) or not isinstance(signature, str):
        raise MessageError("proof: expected {key, sig}")
    member = ring.get(kid)
    if member is None:
        raise MessageError(f"proof: signed with a key that is not enrolled: {kid[:16]!r}")
    if not isinstance(member.key, PublicKey):
        raise MessageError(f"proof: key {kid} of {member.name} is one to seal to and signs nothing")
    if member.name != speaker(document):
        raise MessageError(
            f"proof: key {kid} is enrolled for {member.name}, not for the sender named"
        )
    if (refusal := ring.refusal(member)) is not None:
        raise MessageError(f"proof: key {kid} of {member.name} {refusal}")
    try:
        data = canonical(_bare(document))
    except (ValueError, RecursionError):
        raise MessageError("proof: the message has no canonical form") from None
    if not member.key.verify(data, signature):
        raise MessageError(f"proof: the signature of {member.name} does not fit the message")
    return member


def document_sha256(document: dict[str, Any]) -> str:
    """``sha256:...`` of what is signed: names a document, whoever signed it and however it is written."""
    return sha256_of(_bare(document))


def speaker(document: dict[str, Any]) -> str:
    """Whom a document claims to be from: a receipt's collector, a list's authority, a request's person, or else a
    unit's ``org/site/unit``."""
    for prefix, field in _SIGNERS.items():
        if str(document.get("schema")).startswith(prefix):
            return str(document.get(field))
    return "/".join(str(document.get(part)) for part in ("org", "site", "unit"))


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != PROOF}
