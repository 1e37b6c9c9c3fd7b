"""This file holds one sitting at the aiming page: camera, eye, page and the unit's status, until its time is up.

The threads are the supervisor's: `look` takes frames, `page` serves, `status` tells the uplink half why there are no
reads. Nothing of a plate is kept, sent or stored.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from edge_alpr.aim.drive_by import DriveBy, report
from edge_alpr.aim.eye import Aim, Eye
from edge_alpr.aim.pause import give_back, paused_service
from edge_alpr.aim.web import web_page
from edge_alpr.aim.zones_file import drawn, save_zones
from edge_alpr.app.build import (
    build_detector,
    build_reader,
    build_source,
    load_unit_key,
    unit_address,
)
from edge_alpr.app.daemon import STATUS_NAME
from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.mask import MaskSettings
from edge_alpr.config.load import digest
from edge_alpr.errors import EdgeAlprError, SourceError
from edge_alpr.keys.page_certificate import make_page_certificate
from edge_alpr.ops.clock import SystemClock
from edge_alpr.ops.health import StatusBoard, StatusFile, keep_writing
from edge_alpr.ops.runtime import alone, runtime_dir
from edge_alpr.ops.supervisor import Supervisor, Worker
from edge_alpr.vision.motion import MotionGate, MotionSettings
from edge_alpr.vision.pipeline import Pipeline
from edge_alpr.vision.track import Tracker
from edge_alpr.vision.witness import Witness
from edge_alpr.vision.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.config.settings import Config
    from edge_alpr.types import StopSignal

log = logging.getLogger(__name__)

AIMING: Final = {"state": "degraded", "reason": "aiming"}
MOST_VEHICLES: Final = 1000
STALE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for on the command line."""

    config_file: Path | None
    aim: Aim
    host: str
    port: int
    minutes: float
    token: str
    tls: bool


class Sitting:
    """What the page may ask for and do. Called by the page's thread; the eye's view is replaced as a whole."""

    def __init__(self, plan: Plan, config: Config, clock: SystemClock) -> None:
        self._plan, self._config, self._clock = plan, config, clock
        self._key = load_unit_key(config)
        self._began_s = clock.now().utc_s
        self._ends_s = clock.now().mono_s + 60 * plan.minutes
        self._drive: DriveBy | None = None
        self._result: dict[str, Any] | None = None
        detector, reader = build_detector(config), build_reader(config)

        def make(config: Config) -> tuple[Pipeline, Tracker]:
            tracker = Tracker(config.track)
            gate = MotionGate(MotionSettings(enabled=False))
            witness = Witness(config.passes, config.vote)
            pipeline = Pipeline(
                gate=gate, detector=detector, tracker=tracker, reader=reader, witness=witness,
                zones=Zones(config.zones), course=config.course, observe=self.eye.observe,
            )  # fmt: skip
            return pipeline, tracker

        self.eye = Eye(plan.aim, make)
        self.eye.use(config)

    @property
    def left_s(self) -> float:
        """Until the page ends by itself."""
        return max(0.0, self._ends_s - self._clock.now().mono_s)

    def renew(self) -> None:
        """Forget what vision follows: time begins anew."""
        self.eye.use(replace(self._config))

    def numbers(self) -> dict[str, Any]:
        """What the page shows beside the picture."""
        if self._drive is not None and self._result is None:
            result = self._drive.result(self.eye.passes)
            self._result = result if result["done"] else None
        drive = self._result or (self._drive and self._drive.result(self.eye.passes))
        return {**self.eye.view.numbers, "left_s": round(self.left_s), "drive_by": drive}

    def shapes(self) -> dict[str, Any]:
        """Lanes, ignored and private places in force."""
        return drawn(self._config)

    def save(self, shapes: Any) -> dict[str, Any]:
        """Save what was drawn; from the next frame on it is in force here."""
        if self._plan.config_file is None:
            raise EdgeAlprError("started without --config: there is no file to save to")
        saved = save_zones(self._plan.config_file, self._config, shapes)
        self._config = replace(saved, camera=self._config.camera)
        self.eye.use(self._config)
        log.warning("aim: zones and masks were saved to %s", saved.include)
        return drawn(self._config)

    def start_drive(self, vehicles: Any) -> None:
        """Begin the drive-by test anew."""
        if type(vehicles) is not int or not 1 <= vehicles <= MOST_VEHICLES:
            raise EdgeAlprError(f"a drive-by test takes 1 to {MOST_VEHICLES} vehicles")
        passes = self.eye.passes
        counts = (passes[name] for name in ("seen", "read", "agreed"))
        self._result = None
        self._drive = DriveBy(vehicles, self._clock.now().utc_s, *counts)

    def report(self) -> dict[str, Any]:
        """The commissioning report, as soon as a drive-by test is done."""
        drive = self.numbers()["drive_by"]
        if self._drive is None or drive is None or not drive["done"]:
            raise EdgeAlprError("run the drive-by test to its end first")
        return report(
            str(unit_address(self._config)), self.eye.view.numbers.get("judged", []), drive,
            began_s=self._began_s, now_s=self._clock.now().utc_s, config=digest(self._config), key=self._key,
        )  # fmt: skip


def whole_view(config: Config) -> Config:
    """The configuration by which one aims: places are drawn on the whole view, whatever part is read out later."""
    camera = config.camera
    return (
        replace(config, camera=replace(camera, window="all"))
        if isinstance(camera, PicameraSettings)
        else config
    )


def run_sitting(config: Config, plan: Plan, announce: Callable[[str, str | None], None]) -> int:
    """Serve the page until its time is up or a signal comes. ``announce`` is told its address and fingerprint.

    Raises:
        EdgeAlprError: the camera is in use, or cannot be paused.
    """
    clock, board = SystemClock(), StatusBoard()
    config = whole_view(config)
    folder = runtime_dir(
        runtime_dir(config.runtime.dir) / str(unit_address(config)).replace("/", ".")
    )
    with ExitStack() as stack:
        stack.enter_context(paused_service())
        stack.enter_context(alone(folder, "camera"))
        stack.callback(give_back, folder)
        sitting = Sitting(plan, config, clock)
        # The eye burns the masks in, since they change while one draws.
        source = build_source(replace(config, mask=MaskSettings()), clock, board.count)
        fingerprint, tls = None, {}
        if plan.tls:
            private = Path(stack.enter_context(TemporaryDirectory(dir=folder)))
            made = make_page_certificate(private, plan.host, clock.now().utc_s, plan.minutes)
            tls = {"ssl_certfile": str(made.cert_file), "ssl_keyfile": str(made.key_file)}
            fingerprint = made.fingerprint
        server = uvicorn.Server(
            uvicorn.Config(
                web_page(sitting, plan.token), host=plan.host, port=plan.port, log_level="error",
                access_log=False, server_header=False, timeout_graceful_shutdown=2, **tls,  # type: ignore[arg-type]
            )
        )  # fmt: skip

        def serve(stop: StopSignal, beat: Callable[[], None]) -> None:
            del stop, beat
            server.run()

        def look(stop: StopSignal, beat: Callable[[], None]) -> None:
            while not stop.is_set() and sitting.left_s > 0:
                beat()
                try:
                    for frame in source.frames():
                        beat()
                        if stop.is_set() or sitting.left_s <= 0:
                            break
                        sitting.eye.look(frame)
                except SourceError as error:
                    log.warning("%s; trying again", error)
                    stop.wait(1.0)
                if not source.live:
                    sitting.renew()  # a recording begins again, and its time with it
            source.close()

        def interrupt() -> None:
            server.should_exit = True

        status = keep_writing(
            StatusFile(folder / STATUS_NAME, clock), board, config.runtime.status_s, lambda: AIMING
        )
        workers = [
            Worker("status", status, stale_s=float("inf")),
            Worker("page", serve, stale_s=float("inf"), interrupt=interrupt),
            Worker("look", look, stale_s=STALE_S, interrupt=source.close),
        ]
        scheme = "https" if plan.tls else "http"
        host = f"[{plan.host}]" if ":" in plan.host else plan.host
        announce(f"{scheme}://{host}:{plan.port}/{plan.token}/", fingerprint)
        log.warning("aim: the page is open on %s for %g minutes", plan.host, plan.minutes)
        return Supervisor(workers).run()
