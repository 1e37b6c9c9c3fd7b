"""This file collects the stages' settings, in the order in which a frame meets them; it owns what no stage owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge, Le
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, with_config

from edge_alpr.audit.settings import AuditSettings
from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.files import FilesSettings
from edge_alpr.capture.grab import GrabSettings
from edge_alpr.capture.mask import MaskSettings
from edge_alpr.capture.video import VideoSettings
from edge_alpr.capture.watch import WatchSettings
from edge_alpr.delivery.settings import PolicySettings
from edge_alpr.errors import OptionError
from edge_alpr.keys.settings import KeySettings
from edge_alpr.message.topics import NAME
from edge_alpr.ops.logs import LogSettings
from edge_alpr.ops.thermal import ThermalSettings
from edge_alpr.seal.settings import SealSettings
from edge_alpr.spool.store import SpoolSettings
from edge_alpr.uplink.health import HealthSettings
from edge_alpr.uplink.mqtt import MqttSettings
from edge_alpr.uplink.settings import UplinkSettings
from edge_alpr.vision.course import CourseSettings
from edge_alpr.vision.detect import DetectSettings
from edge_alpr.vision.inference import InferenceSettings
from edge_alpr.vision.motion import MotionSettings
from edge_alpr.vision.read import ReadSettings
from edge_alpr.vision.settle import LAST_CALL_S, PassSettings
from edge_alpr.vision.track import TrackSettings
from edge_alpr.vision.vote import VoteSettings
from edge_alpr.vision.zones import ZoneSettings


def _whole(value: Any) -> Any:
    """True and 1.0 are equal to 1 and would pass for it."""
    if type(value) is not int:
        raise ValueError("must be a whole number: version: 1")
    return value


Name: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]

CameraSettings: TypeAlias = Annotated[
    FilesSettings | PicameraSettings | VideoSettings, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSettings:
    """Who this unit is. The three names make up its MQTT topics."""

    org: Name = "example-org"
    """Whose unit it is: lower-case letters, digits and dashes."""
    site: Name = "example-site"
    """Where it stands."""
    name: Name = "unit-1"
    """The unit's own name, unique within the site."""
    camera: Name = "cam0"
    """Name of its camera in topics and events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """What crosses between the camera half and the uplink half."""

    dir: Path | None = None
    """Directory in memory (tmpfs) for it. Leave it out to use /run/edge-alpr, or a private one if that is missing."""
    status_s: Annotated[float, Ge(0.1), Le(60)] = 2.0
    """How often the camera half writes its counters there."""
    textfile: Path | None = None
    """A file for Prometheus, as /var/lib/prometheus/node-exporter/edge_alpr.prom: node exporter reads it (textfile
    collector). Its folder must be there, and writable for the camera half."""


@with_config(ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration of a unit."""

    version: Annotated[Literal[1], BeforeValidator(_whole)] = 1
    """Version of this file's format."""
    include: Path | None = None
    """Another file with the sections zones and mask, as `edge-alpr aim` writes it, so that this one keeps its comments.
    They then stand only there."""
    unit: UnitSettings = field(default_factory=UnitSettings)
    camera: CameraSettings | None = None
    """Where pictures come from. Without it the command line must name a --source."""
    grab: GrabSettings = field(default_factory=GrabSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    mask: MaskSettings = field(default_factory=MaskSettings)
    inference: InferenceSettings = field(default_factory=InferenceSettings)
    motion: MotionSettings = field(default_factory=MotionSettings)
    detect: DetectSettings = field(default_factory=DetectSettings)
    zones: ZoneSettings = field(default_factory=ZoneSettings)
    track: TrackSettings = field(default_factory=TrackSettings)
    course: CourseSettings = field(default_factory=CourseSettings)
    read: ReadSettings = field(default_factory=ReadSettings)
    vote: VoteSettings = field(default_factory=VoteSettings)
    passes: PassSettings = field(default_factory=PassSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    keys: KeySettings = field(default_factory=KeySettings)
    seal: SealSettings = field(default_factory=SealSettings)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    uplink: UplinkSettings = field(default_factory=UplinkSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    thermal: ThermalSettings = field(default_factory=ThermalSettings)
    runtime: RuntimeSettings = field(default_factory=RuntimeSettings)
    log: LogSettings = field(default_factory=LogSettings)

    def __post_init__(self) -> None:
        """What no stage can see alone.

        Raises:
            OptionError: options of two stages do not fit together.
        """
        if self.uplink.confirm == "receipt" and self.keys.collector_keys is None:
            what = "receipt needs keys.collector_keys: whose receipts count?"
            raise OptionError("uplink.confirm", what)
        by_lanes = isinstance(self.camera, PicameraSettings) and self.camera.window == "lanes"
        if by_lanes and not self.zones.lanes:
            raise OptionError("camera.window", "lanes needs zones.lanes: which part?")
        passes = self.passes
        decided_s = passes.memory_s - LAST_CALL_S
        last_call = f"at most passes.memory_s - {LAST_CALL_S:g} = {decided_s:g}"
        if passes.settle_s > decided_s:
            what = f"the reads are decided on and forgotten before that: {last_call}"
            raise OptionError("passes.settle_s", what)
        if self.track.max_gap_s > decided_s:
            what = f"the reads of a vehicle that left would be forgotten before that: {last_call}"
            raise OptionError("track.max_gap_s", what)
        for option, value in (
            ("passes.enough_looks", passes.enough_looks),
            ("passes.settle_agree", passes.settle_agree),
            ("track.min_detections", self.track.min_detections),
            ("policy.min_agree", self.policy.min_agree or 0),
        ):
            if value > passes.max_looks:
                what = f"never reached: passes.max_looks lets {passes.max_looks} reads vote"
                raise OptionError(option, what)
