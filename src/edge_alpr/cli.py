"""This file is the ``edge-alpr`` command: one verb per module of `edge_alpr.commands`, and what an error exits with."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING

from edge_alpr import __version__
from edge_alpr.capture import MAX_PIXELS
from edge_alpr.errors import ConfigError, EdgeAlprError, KeyFileError, ModelError, PolicyError
from edge_alpr.ops.streams import drop_output, open_streams, say

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = (
    "read",
    "replay",
    "eval",
    "run",
    "check",
    "init",
    "plan",
    "aim",
    "doctor",
    "support-bundle",
    "export",
    "import",
    "reset",
    "schema",
    "collect",
    "keys",
    "open",
    "policy",
    "hotlist",
    "audit",
    "desk",
    "query",
    "share",
    "confirm",
    "resident",
    "broker-config",
    "simulate",
    "demo",
)
"""In the order of the help; each has its module in `edge_alpr.commands`."""

MODULES = {"import": "import_"}
"""Where the module can not have the verb's name."""

SERVICES = ("run", "collect")
"""Verbs whose standard error ends up in a journal, which may hold no plate."""

EXIT_STATUS = """\
exit status:
  0    done
  1    some of the input failed, or reads are missing; the rest was done
  2    the command line is wrong
  70   it failed; the last line says why
  77   a holder refused a use; that is in its log
  78   the configuration, a policy, a key or a model cannot be used: mend it, a restart will not help
  130  stopped by a second signal
"""


def build_parser(verbs: Sequence[str] = VERBS) -> argparse.ArgumentParser:
    """The command line; with fewer ``verbs`` only that part of it, which starts sooner."""
    parser = argparse.ArgumentParser(
        prog="edge-alpr",
        description="Reads licence plates on the device and delivers what its policy allows over MQTT.",
        epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"edge-alpr {__version__}")
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="verb", required=True
    )
    for verb in verbs:
        module = MODULES.get(verb, verb.replace("-", "_"))
        importlib.import_module(f"edge_alpr.commands.{module}").add(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    open_streams()
    # What OpenCV would print about a damaged file, we say ourselves, with the file's name. Read when it is imported.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
    words = sys.argv[1:] if argv is None else argv
    # A unit that was killed must be back soon, so it does not load the other verbs' modules.
    verbs = words[:1] if words and words[0] in VERBS else VERBS
    arguments = build_parser(verbs).parse_args(words)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    masked = arguments.verb in SERVICES
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except (ConfigError, KeyFileError, ModelError, PolicyError) as error:
        say(f"edge-alpr: {error}", masked=masked)
        return 78
    except EdgeAlprError as error:
        say(f"edge-alpr: {error}", masked=masked)
        return 70
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough.
        drop_output()
        return 1
    except OSError as error:
        drop_output()
        say(f"edge-alpr: {error.filename or 'the output'}: {error.strerror}", masked=masked)
        return 70
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - a bug; its traceback passes the mask like everything else
        say(f"{traceback.format_exc()}edge-alpr: this is a bug; please report it", masked=masked)
        return 70
    return int(status)
