"""This file makes the objects of a unit from its configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edge_alpr import __version__
from edge_alpr.app.view import mask_in_view, window_of, zones_in_view
from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.exposure import PlateMeter
from edge_alpr.capture.files import FilesSettings, FilesSource
from edge_alpr.capture.mask import MaskedSource
from edge_alpr.capture.picamera import PicameraSource
from edge_alpr.capture.stream import video_source
from edge_alpr.capture.video import VideoSettings
from edge_alpr.capture.watch import Watch, WatchedSource
from edge_alpr.config.load import digest
from edge_alpr.delivery.deliver import Delivery
from edge_alpr.delivery.policy import NO_LISTS
from edge_alpr.errors import ConfigError, Problem
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.topics import UnitAddress
from edge_alpr.ops.clock import kernel_clock_state
from edge_alpr.types import unrecorded
from edge_alpr.uplink.confirm import confirm_by
from edge_alpr.vision.detect import PlateDetector
from edge_alpr.vision.inference import load_model
from edge_alpr.vision.motion import MotionGate
from edge_alpr.vision.pipeline import Pipeline
from edge_alpr.vision.read import PlateReader
from edge_alpr.vision.track import Tracker
from edge_alpr.vision.witness import Witness
from edge_alpr.vision.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.config.settings import Config
    from edge_alpr.delivery.kept import KeptEvents
    from edge_alpr.delivery.policy import Lists, Policy
    from edge_alpr.delivery.post import Append
    from edge_alpr.delivery.seal import Sealer
    from edge_alpr.message.document import Sign
    from edge_alpr.types import Clock, Counter, FrameReport, FrameSource, Record
    from edge_alpr.uplink.confirm import Confirmation


def build_detector(config: Config) -> PlateDetector:
    """The plate detector over its network."""
    return PlateDetector(load_model("detector", config.inference), config.detect)


def build_reader(config: Config) -> PlateReader:
    """The plate reader over its network."""
    return PlateReader(load_model("reader", config.inference), config.read)


def build_pipeline(
    config: Config,
    observe: Callable[[FrameReport], None] = lambda _: None,
    cpu_s: Callable[[], float] = lambda: 0.0,
) -> Pipeline:
    """Vision as a whole."""
    return Pipeline(
        gate=MotionGate(config.motion),
        detector=build_detector(config),
        tracker=Tracker(config.track),
        reader=build_reader(config),
        witness=Witness(config.passes, config.vote),
        zones=Zones(zones_in_view(config)),
        course=config.course,
        observe=observe,
        cpu_s=cpu_s,
    )


def build_watch(config: Config, count: Counter) -> Watch:
    """What notices that the camera shows nothing."""
    camera = config.camera
    wanted: tuple[int | None, int | None] = (None, None)
    if isinstance(camera, PicameraSettings | VideoSettings):
        wanted = camera.width, camera.height
    return Watch(config.watch, count, wanted)


def build_meter(config: Config) -> PlateMeter | None:
    """What chooses the exposure by the plates, for a camera that is to be exposed by them."""
    camera = config.camera
    if not isinstance(camera, PicameraSettings) or camera.shutter != "plates":
        return None
    return PlateMeter(camera.exposure_us, camera.most_gain)


def build_source(
    config: Config,
    clock: Clock,
    count: Counter,
    watch: Watch | None = None,
    meter: PlateMeter | None = None,
) -> FrameSource:
    """The camera, or what stands in for it; what is private is burnt out of its frames before anybody sees them.

    ``watch`` sees a live camera's frames before that: black polygons would look like detail to it.
    """
    camera = config.camera
    if camera is None:
        raise ConfigError(
            [Problem("camera", "", "no camera: add a camera section, or use --source")]
        )
    source: FrameSource
    if isinstance(camera, FilesSettings):
        source = FilesSource(camera, clock, count, config.unit.camera)
    elif isinstance(camera, PicameraSettings):
        source = PicameraSource(
            camera, clock, config.unit.camera, window=window_of(config), meter=meter
        )
    else:
        source = video_source(camera, clock, config.unit.camera)
    if watch is not None and source.live:
        source = WatchedSource(source, watch)
    return MaskedSource(source, mask_in_view(config)) if config.mask.private else source


def unit_address(config: Config) -> UnitAddress:
    """The unit's place in the tree of topics."""
    return UnitAddress(config.unit.org, config.unit.site, config.unit.name)


def build_delivery(
    config: Config,
    pipeline: Pipeline,
    policy: Policy,
    *,
    boot: str,
    append: Append,
    clock: Clock,
    count: Counter,
    clock_state: Callable[[], ClockState] | None = None,
    sign: Sign | None = None,
    seal: Sealer | None = None,
    kept: KeptEvents | None = None,
    lists: Callable[[], Lists] = lambda: NO_LISTS,
    live: bool = True,
    record: Record = unrecorded,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Delivery:
    """From finding to message."""
    detector, reader = pipeline.cards
    engine = Engine(
        software=__version__,
        detector=f"sha256:{detector.sha256}",
        reader=f"sha256:{reader.sha256}",
        config=digest(config),
    )
    return Delivery(
        policy,
        append,
        address=unit_address(config),
        boot=boot,
        engine=engine,
        clock=clock,
        clock_state=clock_state or kernel_clock_state,
        count=count,
        sign=sign,
        seal=seal,
        kept=kept,
        lists=lists,
        live=live,
        record=record,
        entropy=entropy,
    )


def load_unit_key(config: Config) -> KeyPair | None:
    """The key that the unit signs with, or None if it has none.

    Raises:
        KeyFileError: it is configured and cannot be used. A unit never falls back to unsigned messages.
    """
    return None if config.keys.unit_key is None else KeyPair.load(config.keys.unit_key)


def build_confirmation(config: Config, count: Counter, record: Record = unrecorded) -> Confirmation:
    """What lets a message leave the spool. ``record`` is told of receipts that are not believed.

    Raises:
        KeyFileError: the collectors' keys cannot be used.
    """
    uplink, believed = config.uplink, config.keys.collector_keys
    # `Config` refuses receipts from nobody.
    collectors = None if uplink.confirm == "puback" or believed is None else KeyRing.load(believed)
    return confirm_by(collectors, uplink, address=unit_address(config), count=count, record=record)
