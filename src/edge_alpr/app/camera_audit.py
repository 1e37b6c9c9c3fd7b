"""This file makes what the camera half writes down about itself: log, checkpoints of both halves, hourly figures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

from edge_alpr import __version__
from edge_alpr.app.audit import Auditor, open_log
from edge_alpr.app.build import unit_address
from edge_alpr.app.checkpoints import Checkpoints
from edge_alpr.app.halves import Half
from edge_alpr.app.hourly import Hours, Stretch, camera_figures, summary_of
from edge_alpr.audit.forms import label
from edge_alpr.config.load import digest
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.summary import encode_summary
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.policy.in_force import InForce
    from edge_alpr.spool.store import Spool
    from edge_alpr.types import Clock, Counter
    from edge_alpr.vision.pipeline import Pipeline

HOURS_NAME: Final = "hour.json"
"""The running hour's figures, in memory like all of the runtime directory."""


def camera_auditor(
    config: Config,
    key: KeyPair | None,
    policy: InForce,
    spool: Spool,
    folder: Path,
    *,
    clock: Clock,
    count: Counter,
    counts: Callable[[], Mapping[str, int]],
    active: Callable[[], bool],
) -> Auditor:
    """What writes the camera half's log and signs both.

    Args:
        folder: the unit's runtime directory.
        counts: all counters of the half, as they stand.
        active: whether the camera gives pictures just now.
    """
    address = unit_address(config)
    sign = None if key is None else partial(sign_document, key=key)
    log = open_log(config, "camera", key, clock)
    checkpoints = None
    if key is not None:
        others = [open_log(config, half, key, clock) for half in get_args(Half) if half != "camera"]
        checkpoints = Checkpoints(
            [log, *others],
            key,
            clock=clock,
            append=spool.append,
            address=address,
            boot=spool.boot,
            sign=sign,
        )
    hours = Hours(folder / HOURS_NAME, counts, clock)

    def summarise(stretch: Stretch) -> None:
        def make(seq: int) -> bytes:
            return encode_summary(
                summary_of(stretch, address, spool.boot, seq, policy.sha256), sign
            )

        spool.append(Outgoing("summary", "", None), make)

    def hourly(last: bool) -> list[tuple[str, dict[str, Any]]]:
        over = hours.due(active=active(), last=last)
        for stretch in over:
            summarise(stretch)
        return [("counts", camera_figures(stretch)) for stretch in over]

    return Auditor(log, clock=clock, count=count, checkpoints=checkpoints, hourly=hourly)


def note_start(
    auditor: Auditor, config: Config, pipeline: Pipeline, policy: InForce, boot: str
) -> None:
    """Write down what begins to work here, under which rules."""
    auditor.record(
        "start",
        software=__version__,
        part="camera",
        boot=boot,
        config=digest(config),
        models={label(card.name): f"sha256:{card.sha256}" for card in pipeline.cards},
        policy=policy.sha256,
        profile=label(policy.profile),
    )
    signed = policy.signed
    state = "signed" if signed is not None else "built in"
    auditor.record(
        "policy",
        policy=policy.sha256,
        state="fallback" if policy.fallback is not None else state,
        profiles=[label(name) for name in policy.profile.split("+")],
        because=None if policy.fallback is None else label(policy.fallback),
        test=policy.rules.test,
        authority=None if signed is None else label(signed.authority),
        seq=None if signed is None else signed.seq,
    )
    if policy.fallback is not None:
        auditor.record("policy_refused", reason=label(policy.fallback))
