"""This file pauses the camera's service while somebody aims, and starts it again whatever becomes of the page.

The service is started by a small process of its own that waits for the end of a pipe: the pipe ends with this process,
also when that is killed. After a power cut the service starts as it always does. A camera half that systemd did not
start is not touched: the unit's lock then says that it runs.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

SERVICE: Final = "edge-alpr-camera.service"
STOP_S: Final = 60.0
_GUARD: Final = """
import subprocess, sys
sys.stdin.buffer.read()
sys.exit(subprocess.run(["systemctl", "start", "--no-block", sys.argv[1]]).returncode)
"""


@contextmanager
def paused_service(service: str = SERVICE) -> Iterator[bool]:
    """Stop the service if it runs, and start it again at the end. Gives whether it ran.

    Raises:
        EdgeAlprError: it runs and cannot be stopped.
    """
    if not _runs(service):
        yield False
        return
    guard = subprocess.Popen(
        [sys.executable, "-c", _GUARD, service],
        stdin=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C in the terminal is not for it
    )
    assert guard.stdin is not None
    try:
        _stop(service)
        yield True
    finally:
        guard.stdin.close()
        if guard.wait() != 0:
            log.error("%s could not be started again: systemctl start %s", service, service)


def give_back(folder: Path) -> None:
    """Let what a technician made as root in a unit's runtime folder belong to the folder's owner above it."""
    if os.geteuid() != 0:
        return
    owner = folder.parent.stat()
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _runs(service: str) -> bool:
    try:
        asked = subprocess.run(
            ["systemctl", "is-active", "--quiet", service], check=False, stderr=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return False
    return asked.returncode == 0


def _stop(service: str) -> None:
    try:
        subprocess.run(["systemctl", "stop", service], check=True, timeout=STOP_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise EdgeAlprError(
            f"{service} runs and could not be stopped; use sudo ({error})"
        ) from None
