"""This file loads and runs networks: the only import of onnxruntime.

A model is data: an ONNX file beside a card (``<name>.card.json``) that says how it wants to be fed and which bytes it
consists of. A file whose SHA-256 is not the card's is refused. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from edge_alpr.errors import ModelError

SHIPPED = Path(__file__).resolve().parent.parent / "models"
"""The networks that come with the package."""

CARD_SCHEMA = "edge-alpr.model-card/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """How the networks are run."""

    models_dir: Path | None = None
    """Folder with detector.onnx, reader.onnx and their cards. Leave it out to use the networks that are shipped."""
    threads: Annotated[int, Ge(1), Le(8)] = 2
    """Processor cores the networks may use. Leave one for the camera: 2 or 3 on a Raspberry Pi 4 or 5."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model file says about itself."""

    name: str
    version: str
    sha256: str
    path: Path
    input_name: str
    output_name: str
    facts: Mapping[str, Any] = field(repr=False)
    """The whole card as read."""


class Model(Protocol):
    """A network that takes luma pictures, ``(N, 1, H, W) uint8``, and returns one float array.

    The detector looks at one picture at a time: its N is 1.
    """

    @property
    def card(self) -> ModelCard: ...

    def run(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]: ...


def read_card(path: Path) -> ModelCard:
    """Read and check a card, and that its model file has the bytes the card names.

    Raises:
        ModelError: the card or the model is missing, broken, empty, or they do not belong together.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["schema"] != CARD_SCHEMA:
            raise ModelError(
                f"{path}: this program reads {CARD_SCHEMA}, the card is {facts['schema']}"
            )
        card = ModelCard(
            name=str(facts["name"]),
            version=str(facts["version"]),
            sha256=str(facts["sha256"]),
            path=path.with_name(str(facts["file"])),
            input_name=str(facts["input"]["name"]),
            output_name=str(facts["output"]["name"]),
            facts=facts,
        )
    except FileNotFoundError:
        raise ModelError(
            f"{path}: no such model card; reinstall, or set inference.models_dir"
        ) from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: not a model card ({type(error).__name__}: {error})") from error
    try:
        content = card.path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{card.path}: cannot be read: {error.strerror}; reinstall the model"
        ) from error
    if not content:
        raise ModelError(f"{card.path}: the file is empty (0 bytes); reinstall the model")
    found = hashlib.sha256(content).hexdigest()
    if found != card.sha256:
        raise ModelError(
            f"{card.path}: SHA-256 is {found[:16]}…, its card says {card.sha256[:16]}…; "
            "the file was changed or damaged: reinstall the model, or train and export it with its card"
        )
    return card


class OnnxModel:
    """A `Model` run by ONNX Runtime on the processor.

    Spinning is off: idle threads that spin took 16.8 instead of 4.6 CPU ms a frame when measured with two threads on
    x86, and on a small board they would take the cores from the camera.
    """

    def __init__(self, card: ModelCard, threads: int) -> None:
        # Late, so that the uplink process and `edge-alpr check` do not pay for the runtime's memory and start.
        import onnxruntime as ort  # noqa: PLC0415

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._card = card
        try:
            self._session = ort.InferenceSession(
                str(card.path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions share no base of their own
            raise ModelError(f"{card.path}: onnxruntime refuses the model: {error}") from error
        names = (
            [i.name for i in self._session.get_inputs()],
            [o.name for o in self._session.get_outputs()],
        )
        if card.input_name not in names[0] or card.output_name not in names[1]:
            raise ModelError(
                f"{card.path}: the card names input {card.input_name!r} and output {card.output_name!r}, "
                f"the model has {names[0]} and {names[1]}"
            )

    @property
    def card(self) -> ModelCard:
        return self._card

    def run(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, 1, H, W) uint8`` to the model's output, float32."""
        (output,) = self._session.run([self._card.output_name], {self._card.input_name: luma})
        return np.asarray(output, np.float32)


def load_model(name: str, settings: InferenceSettings) -> OnnxModel:
    """The model called ``name`` (``detector`` or ``reader``).

    Raises:
        ModelError: see `read_card`.
    """
    folder = settings.models_dir or SHIPPED
    return OnnxModel(read_card(folder / f"{name}.card.json"), settings.threads)
