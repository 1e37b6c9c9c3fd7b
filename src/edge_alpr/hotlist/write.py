"""Makes a list out of entries and signs it, and adds the approval of a second person: the authority's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_alpr.errors import MessageError
from edge_alpr.hotlist.refusal import RefusedListError
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.hotlist import (
    APPROVAL_SCHEMA,
    MOST_ENTRIES,
    MOST_HEAD_BYTES,
    SCHEMA,
    Approval,
    Head,
    approval_document,
    digest_of,
    entry_line,
    head_document,
    read_head,
)
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.message.hotlist import Entry

_HOUR_S: Final = 3600.0


def signed_list(
    entries: Sequence[Entry],
    key: KeyPair,
    *,
    authority: str,
    scope: str,
    seq: int,
    now_s: float,
    hours: float,
    policy_sha256: str | None = None,
) -> bytes:
    """A list that holds from ``now_s`` (UTC seconds) for ``hours``. One without entries takes the list before it away.

    Raises:
        RefusedListError: too many entries, or a name or number that a head cannot have.
    """
    if len(entries) > MOST_ENTRIES:
        raise RefusedListError("too_large", f"{len(entries)} entries, at most {MOST_ENTRIES}")
    body = b"".join(map(entry_line, entries))
    head = Head(
        schema=SCHEMA,
        authority=authority,
        scope=scope,
        seq=seq,
        not_before=to_text(now_s),
        expires=to_text(now_s + hours * _HOUR_S),
        policy_sha256=policy_sha256,
        count=len(entries),
        sha256=digest_of(body),
        proof=None,
    )
    try:
        read_head(head_document(head))
    except MessageError as error:
        raise RefusedListError("damaged", f"no head of a list: {error}") from None
    return dump_document(sign_document(head_document(head), key)) + b"\n" + body


def approved_list(document: bytes, key: KeyPair, *, approver: str, now_s: float) -> bytes:
    """The same list with the signature of a second person, who must not be its authority.

    Raises:
        RefusedListError: it is no signed list, has an approval already, or is the approver's own.
    """
    head_line, head = read_signed_head(document)
    start = len(head_line)
    for _ in range(head.count):
        start = document.find(b"\n", start) + 1
        if not start:
            raise RefusedListError("damaged", f"it has not the {head.count} lines that were signed")
    if document[start:]:
        raise RefusedListError("damaged", "something follows its entries: is it approved already?")
    if digest_of(document[len(head_line) :]) != head.sha256:
        raise RefusedListError("damaged", "its entries are not those that were signed")
    if approver == head.authority or (head.proof and head.proof.key == key.kid):
        told = f"{head.authority} made it: another must approve it, with another key"
        raise RefusedListError("not_believed", told)
    approval = Approval(
        schema=APPROVAL_SCHEMA,
        approver=approver,
        list_sha256=digest_of(head_line),
        at=to_text(now_s),
        proof=None,
    )
    return document + dump_document(sign_document(approval_document(approval), key)) + b"\n"


def read_signed_head(document: bytes) -> tuple[bytes, Head]:
    """The first line of a list, and what it says; nobody's signature is checked.

    Raises:
        RefusedListError: it is no list.
    """
    end = document.find(b"\n", 0, MOST_HEAD_BYTES) + 1
    try:
        head = read_head(parse_document(document[:end]))
    except MessageError as error:
        raise RefusedListError("damaged", f"not a signed list: {error}") from None
    return document[:end], head
