"""This file makes the running unit: both halves, or one of them, under one supervisor."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from edge_alpr.app.build import unit_address
from edge_alpr.app.camera_half import camera_workers
from edge_alpr.app.retired import refuse_retired
from edge_alpr.app.uplink_half import uplink_workers
from edge_alpr.ops.clock import SystemClock
from edge_alpr.ops.health import StatusFile
from edge_alpr.ops.runtime import alone, runtime_dir
from edge_alpr.ops.supervisor import EXIT_OK, Supervisor, Worker

if TYPE_CHECKING:
    from edge_alpr.app.halves import Half
    from edge_alpr.config.settings import Config

log = logging.getLogger(__name__)

EXIT_MISSING: Final = 1
STATUS_NAME: Final = "camera.json"


def run_daemon(config: Config, only: Half | None) -> int:
    """Run the unit, or one half of it, until it is told to stop. Returns the exit status."""
    refuse_retired(config)
    clock = SystemClock()
    # A folder of its own: two units on one host must not tell each other's state.
    folder = runtime_dir(
        runtime_dir(config.runtime.dir) / str(unit_address(config)).replace("/", ".")
    )
    status = StatusFile(folder / STATUS_NAME, clock)
    with ExitStack() as stack:
        for half in ("camera", "uplink") if only is None else (only,):
            stack.enter_context(alone(folder, half))
        workers: list[Worker] = []
        missing: list[str] = []
        if only != "camera":
            workers += uplink_workers(config, clock, status, folder, missing)
        if only != "uplink":
            workers += camera_workers(config, status, folder, stack, missing)
        supervisor = Supervisor(workers)
        result = supervisor.run()
    if missing and result == EXIT_OK:
        log.error("ended, but reads are missing: %s", "; ".join(missing))
        result = EXIT_MISSING
    if supervisor.left_behind:
        # A thread that comes back from its driver while the interpreter is taken down would crash the process.
        logging.shutdown()
        os._exit(result)
    return result
