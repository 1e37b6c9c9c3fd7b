"""Writes the part of the transparency page that tells how to check it."""

from __future__ import annotations

import html
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge_alpr.audit.verify import Verdict


def how_to_check(
    report: Mapping[str, Any], verdicts: Sequence[Verdict], files: Sequence[str], title: str
) -> str:
    """The section: which logs they are, what was found when they were verified, and the commands that find the same."""
    logs = "".join(
        f"<li>{html.escape(log['origin'])}: {log['entries']:,} entries, SHA-256 <code>{log['sha256']}</code></li>"
        for log in report["logs"]
    )
    found = "".join(
        f"<li>{html.escape(verdict.origin)}: {verdict.covered:,} of {verdict.entries:,} entries are signed, "
        f"{verdict.witnessed:,} seen by a witness{_by(verdict.witnesses)}</li>"
        for verdict in verdicts
    )
    checked = f"<p>When this page was made, they were checked:</p><ul>{found}</ul>" if found else ""
    bounds = "".join(
        f" --{name} {html.escape(report[name])}"
        for name in ("since", "until")
        if report[name] is not None
    )
    names = " ".join(html.escape(name) for name in files)
    return (
        "<section><h2>How to check this page</h2><p>You need not believe us. Ask for the logs and for the public keys "
        f"of the cameras, of the agency and of the witness. These are the logs:</p><ul>{logs}</ul>{checked}"
        "<p>Then, with the free program edge-alpr, or by the short program in its documentation that needs nothing "
        f"of ours:</p><pre>{_commands(names, bounds, title)}</pre><p>The first two commands say whether anything was "
        "changed, taken out or added since it was signed. The last two compute every figure on this page from the "
        "logs, and this page itself. A holder's log names persons and cases: it is for an auditor, who can say "
        "whether these are its figures.</p></section>"
    )


def _commands(names: str, bounds: str, title: str) -> str:
    named = html.escape(shlex.quote(title))
    return (
        f"sha256sum {names}\n"
        f"edge-alpr audit verify {names} --key KEYS --witness WITNESS\n"
        f"edge-alpr audit report {names} --key KEYS{bounds} --public\n"
        f"edge-alpr audit page {names} --key KEYS{bounds} --title {named} --out page.html"
    )


def _by(names: Sequence[str]) -> str:
    return f" ({html.escape(', '.join(names))})" if names else ""
