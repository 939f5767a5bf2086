"""From a checkpoint of another toolkit to a bundle that every command of Realm takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from modeling.bundles import Bundle
from modeling.catalog import model_name
from modeling.importing.asteroid import read_asteroid
from modeling.importing.checkpoints import ForeignModel, Hints
from modeling.importing.fitting import check_fit
from modeling.importing.speechbrain import read_speechbrain
from modeling.importing.torchaudio import read_torchaudio
from modeling.manifest import Convention
from modeling.packaging import BundleDescription, current_commit, refuse_replacing, write_bundle

Peer = Literal["speechbrain", "asteroid", "torchaudio"]

READERS: dict[Peer, Callable[[Path, Hints], ForeignModel]] = {
    "speechbrain": read_speechbrain,
    "asteroid": read_asteroid,
    "torchaudio": read_torchaudio,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChoices:
    """What a person decides about an imported model."""

    name: str
    origin: str
    """Where the checkpoint came from, for the card."""
    training_data: str = "unstated"
    target_convention: Convention = "dry"
    """The recipes of all three toolkits train on sources without the room."""
    hints: Hints = field(default_factory=Hints)
    is_overwriting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedModel:
    """A bundle and what it was made of."""

    bundle: Bundle
    model: ForeignModel


def import_checkpoint(peer: Peer, source: Path, *, folder: Path, choices: ImportChoices) -> ImportedModel:
    """Read a checkpoint, prove that all of it fits our network, and write it as a single-precision bundle.

    Raises `InputRefused` for a source that is no such checkpoint, holds code, lacks tensors or has too many, and for a
    folder that holds a bundle already, unless it may be overwritten.
    """
    refuse_replacing(folder, is_overwriting=choices.is_overwriting)
    model = READERS[peer](source, choices.hints)
    check_fit(model, source)
    description = BundleDescription(
        name=choices.name,
        model=model_name(model.config),
        config=model.config,
        training_data=choices.training_data,
        card=_card(model, choices),
        target_convention=choices.target_convention,
        sample_rate_hz=model.sample_rate_hz,
        commit=current_commit(),
        precision="float32",
    )
    return ImportedModel(
        bundle=write_bundle(folder, description=description, weights=model.weights), model=model
    )


def _card(model: ForeignModel, choices: ImportChoices) -> str:
    parameters = sum(weight.numel() for weight in model.weights.values())
    assumed = "".join(f"- Assumed, since the files do not say it: {what}.\n" for what in model.assumed)
    return (
        f"# {choices.name}\n\n"
        f"Imported from {choices.origin}: {model.architecture}, {parameters:,} values, {model.sample_rate_hz} Hz.\n\n"
        f"- Training data: {choices.training_data}.\n"
        f"- Target convention: {choices.target_convention}.\n"
        "- The weights are those of the checkpoint in single precision; its licence applies.\n"
        f"{assumed}"
    )
