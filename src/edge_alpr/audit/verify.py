"""Checks that a log is what its writer signed and its witness saw: every byte of it, or it says where not.

What it proves, and what not: nothing was changed, dropped, put in or put elsewhere among the entries that a checkpoint
covers. Whether what was written is true, it cannot know; nor what was never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.audit.entry import NOTHING, Entry, read_line, sha256_hex
from edge_alpr.audit.kinds import KINDS, check_facts
from edge_alpr.audit.merkle import Frontier, leaf_hash
from edge_alpr.errors import AuditError, KeyFileError
from edge_alpr.keys.pair import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from edge_alpr.audit.checkpoint import Checkpoint
    from edge_alpr.audit.note import Note

MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Reading:
    """A log's bytes, read through once."""

    entries: tuple[Entry, ...]
    leaves: tuple[bytes, ...]
    """`merkle.leaf_hash` of each line."""
    problems: tuple[str, ...]
    """What is wrong with the lines by themselves; none if they are one whole chain."""

    @property
    def origin(self) -> str:
        """The log's name by its first entry; empty if it has none."""
        return str(self.entries[0].facts.get("origin", "")) if self.entries else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found."""

    origin: str
    entries: int
    covered: int
    """Entries, from the first, that a signed checkpoint covers."""
    witnessed: int
    """Entries, from the first, that a checkpoint covers which a witness cosigned."""
    witnesses: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.problems


def read_log(data: bytes) -> Reading:
    """Read a log: each line an entry in its one form, numbered, and with the hash of the line before it."""
    lines = data.split(b"\n")
    problems = [] if lines.pop() == b"" else ["the last line is cut off"]
    entries: list[Entry] = []
    head = NOTHING
    for number, line in enumerate(lines):
        try:
            entry = read_line(line)
        except AuditError as error:
            problems.append(f"line {number + 1}: {error}")
            break  # what follows hangs on nothing
        problems += [f"line {number + 1}: {what}" for what in _wrong_with(entry, number, head)]
        entries.append(entry)
        head = sha256_hex(line)
    if not lines:
        problems.append("there is no entry")
    leaves = tuple(leaf_hash(line) for line in lines[: len(entries)])
    return Reading(tuple(entries), leaves, tuple(problems[:MOST_TOLD]))


def _wrong_with(entry: Entry, number: int, head: str) -> Iterator[str]:
    if entry.n != number:
        yield f"is numbered {entry.n}, not {number}"
    if entry.prev_sha256 != head:
        yield "does not follow from the line before it"
    if (entry.kind == "begin") != (number == 0):
        yield "a log has one beginning, its first entry"
    if entry.kind not in KINDS:
        yield "is of a kind that this version does not know"
        return
    try:
        check_facts(entry.kind, entry.facts)
    except ValueError as error:
        yield str(error)


def verify(
    reading: Reading,
    keys: Iterable[PublicKey],
    checkpoints: Sequence[tuple[Checkpoint, Note]],
    witnesses: Mapping[str, Sequence[PublicKey]] | None = None,
) -> Verdict:
    """Hold a log to checkpoints.

    Args:
        keys: those that the log's writer is believed to have; what the log itself says is not believed.
        checkpoints: of this log, wherever they were found: beside it, at a collector, at a witness.
        witnesses: by name; if given, at least one must have cosigned one of the checkpoints.
    """
    believed = list(keys)
    problems = list(reading.problems)
    roots = _roots_at(reading.leaves, {checkpoint.size for checkpoint, _ in checkpoints})
    covered, witnessed = 0, 0
    seen_by: set[str] = set()
    for checkpoint, note in checkpoints:
        wrong = _wrong_with_checkpoint(checkpoint, note, reading, believed, roots)
        if wrong is not None:
            problems.append(f"checkpoint of {checkpoint.size} entries: {wrong}")
            continue
        covered = max(covered, checkpoint.size)
        who = {
            name
            for name, theirs in (witnesses or {}).items()
            if any(note.cosigned_at(name, key) is not None for key in theirs)
        }
        witnessed = max(witnessed, checkpoint.size if who else 0)
        seen_by |= who
    if not checkpoints:
        problems.append("there is no checkpoint to hold it to")
    if witnesses is not None and not seen_by:
        problems.append("no checkpoint is cosigned by a witness that was named")
    problems += _strange_keys(reading.entries, believed)
    return Verdict(
        reading.origin,
        len(reading.entries),
        covered,
        witnessed,
        tuple(sorted(seen_by)),
        tuple(problems[:MOST_TOLD]),
    )


def _wrong_with_checkpoint(
    checkpoint: Checkpoint,
    note: Note,
    reading: Reading,
    keys: Sequence[PublicKey],
    roots: Mapping[int, bytes],
) -> str | None:
    if checkpoint.origin != reading.origin:
        return "is of another log"
    if not any(note.is_signed_by(checkpoint.origin, key) for key in keys):
        return "is not signed by a key that is believed"
    if checkpoint.size > len(reading.leaves):
        return f"the log has only {len(reading.leaves)}: entries are missing at its end"
    if roots.get(checkpoint.size) != checkpoint.root:
        return "the log's entries are not those that were signed"
    return None


def _roots_at(leaves: Sequence[bytes], sizes: set[int]) -> dict[int, bytes]:
    tree = Frontier()
    roots = {0: tree.root()} if 0 in sizes else {}
    for leaf in leaves:
        tree.add(leaf)
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return roots


def _strange_keys(entries: Sequence[Entry], keys: Sequence[PublicKey]) -> Iterator[str]:
    for entry in entries:
        named = entry.facts.get("key") if entry.kind in {"begin", "key"} else None
        if named is not None and _parsed(named) not in keys:
            yield f"entry {entry.n}: names a key that is not among those believed"


def _parsed(text: object) -> PublicKey | None:
    try:
        return PublicKey.parse(str(text))
    except KeyFileError:
        return None
