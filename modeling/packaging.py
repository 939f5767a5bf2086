"""Writing bundles: weights (half precision by default), `bundle.json` and a card, whole or not at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from modeling.building import build_model
from modeling.bundles import CARD_NAME, METADATA_NAME, WEIGHTS_NAME, Bundle, read_bundle, sha256_of_file
from modeling.catalog import MODELS, BundleKind, model_name, parse_config
from modeling.errors import InputRefused
from modeling.manifest import Convention
from modeling.models.configs import (
    BlstmConfig,
    EstimatorConfig,
    ModelConfig,
    SeparatorConfig,
    SisnrEstimatorConfig,
)
from modeling.training.checkpoints import load_checkpoint

SCORES_BEGIN, SCORES_END = "<!-- scores -->", "<!-- end of scores -->"
"""Between these the card's table is written by a command, never by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDescription:
    """Everything about a bundle but its weights; `precision` is how these are stored."""

    name: str
    model: str
    config: ModelConfig
    training_data: str
    card: str
    target_convention: Convention = "reverberant"
    sample_rate_hz: int = 8000
    scores: Mapping[str, object] = field(default_factory=dict)
    commit: str = "unknown"
    precision: Literal["float16", "float32"] = "float16"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagingChoices:
    """What a person decides when a run becomes a bundle; `config_changes` may alter inference, never weights."""

    training_data: str
    card: str
    checkpoint: str = "best"
    config_changes: Mapping[str, object] = field(default_factory=dict)
    blend_with: Path | None = None
    """A bundle whose weights are averaged in with `blend_share`; best the one that the run went on from."""
    blend_share: float = 0.3


def refuse_replacing(folder: Path, *, is_overwriting: bool) -> None:
    """Refuse a folder that holds something: a bundle unless it may be overwritten, anything else always."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / METADATA_NAME).is_file():
        raise InputRefused(
            f"--out {folder} exists and is no bundle; it would be replaced. Name a new folder."
        )
    if not is_overwriting:
        raise InputRefused(
            f"There is a bundle in {folder} already. Name another --out folder, or pass --overwrite to replace it."
        )


def write_bundle(folder: Path, *, description: BundleDescription, weights: Mapping[str, Tensor]) -> Bundle:
    """Write a bundle folder aside and rename it into place; return it as read back and validated.

    A bundle that lies there is replaced, any other folder with something in it is refused.
    """
    refuse_replacing(folder, is_overwriting=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as aside_name:
        aside = Path(aside_name) / folder.name
        aside.mkdir()
        dtype = {"float16": torch.float16, "float32": torch.float32}[description.precision]
        stored = {name: value.detach().to(dtype).contiguous() for name, value in weights.items()}
        save_file(stored, aside / WEIGHTS_NAME)
        metadata = _metadata(description, weights_sha256=sha256_of_file(aside / WEIGHTS_NAME))
        (aside / METADATA_NAME).write_text(
            json.dumps(metadata, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
        (aside / CARD_NAME).write_text(description.card, encoding="utf-8")
        # safetensors writes for the owner only; a deployed bundle is read by other accounts.
        (aside / WEIGHTS_NAME).chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        aside.rename(folder)
    return read_bundle(folder)


def package_run(run_folder: Path, *, folder: Path, name: str, choices: PackagingChoices) -> Bundle:
    """Make a bundle of a training run: the averaged weights of its best or last checkpoint."""
    run = _read_run(run_folder)
    state = load_checkpoint(_checkpoint_path(run_folder, choices.checkpoint))
    model = str(run["model_name"])
    description = BundleDescription(
        name=name,
        model=model,
        config=parse_config(model, {**run["model"], **choices.config_changes}),
        training_data=choices.training_data,
        card=choices.card,
        target_convention=run.get("loss", {}).get("convention", "reverberant"),
        sample_rate_hz=run["sample_rate_hz"],
        commit=current_commit(),
    )
    return write_bundle(
        folder, description=description, weights=_blended(state["average"], description.config, choices)
    )


def _blended(
    weights: Mapping[str, Tensor], config: ModelConfig, choices: PackagingChoices
) -> Mapping[str, Tensor]:
    """Two trainings from the same beginning lie in one valley: what is between them keeps some of both."""
    if choices.blend_with is None:
        return weights
    if not 0.0 < choices.blend_share < 1.0:
        raise InputRefused(f"--blend-share must lie between 0 and 1, not at {choices.blend_share:g}.")
    other = read_bundle(choices.blend_with)
    if other.config.learned != config.learned:
        raise InputRefused(
            f"--blend-with {choices.blend_with} is of another model or size than the run: nothing lies between."
        )
    stored = load_file(other.weights_path)
    return {
        name: torch.lerp(value.float(), stored[name].float(), choices.blend_share)
        for name, value in weights.items()
    }


def record_scores(folder: Path, *, scores: Mapping[str, object], measured_by: str) -> Bundle:
    """Write measured scores into `bundle.json` and the card's table; the digest does not change."""
    path = folder / METADATA_NAME
    metadata = json.loads(path.read_text(encoding="utf-8"))
    metadata["scores"] = dict(scores)
    path.write_text(json.dumps(metadata, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    card = folder / CARD_NAME
    before, _, rest = card.read_text(encoding="utf-8").partition(SCORES_BEGIN)
    after = rest.partition(SCORES_END)[2]
    rows = "".join(f"| {name} | {value} |\n" for name, value in scores.items())
    table = f"{SCORES_BEGIN}\nMeasured by `{measured_by}`:\n\n| figure | value |\n| --- | --- |\n{rows}{SCORES_END}"
    card.write_text(f"{before}{table}{after or chr(10)}", encoding="utf-8")
    return read_bundle(folder)


def write_debug_bundle(folder: Path, *, kind: BundleKind, seed: int = 0) -> Bundle:
    """Write a bundle of a few kilobytes with random weights, the same on every machine; for tests."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        description = _debug_description(kind)
        weights = build_model(description.config).state_dict()
    return write_bundle(folder, description=description, weights=weights)


def current_commit() -> str:
    """The checkout's commit, or `unknown` outside a repository."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        answer = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()


def _read_run(run_folder: Path) -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefused(
            f"{run_folder} is not the folder of a training run: run.json cannot be read."
        ) from error
    return run


def _checkpoint_path(run_folder: Path, name: str) -> Path:
    path = run_folder / f"{name}.pt"
    if not path.is_file():
        kept = ", ".join(sorted(found.stem for found in run_folder.glob("*.pt"))) or "none"
        raise InputRefused(f"There is no checkpoint {name!r} in {run_folder}. It holds: {kept}.")
    return path


def _debug_description(kind: BundleKind) -> BundleDescription:
    config: ModelConfig = (
        BlstmConfig(fft_samples=64, hop_samples=32, hidden_size=4, num_layers=1)
        if kind == "separator"
        else SisnrEstimatorConfig(channels=8)
    )
    return BundleDescription(
        name=f"debug-{kind}",
        model=model_name(config),
        config=config,
        training_data="none (random weights)",
        card=f"# debug-{kind}\n\nRandom weights for tests. It separates and estimates nothing.\n",
    )


def _metadata(description: BundleDescription, *, weights_sha256: str) -> dict[str, object]:
    kind = MODELS[description.model].kind
    metadata: dict[str, object] = {
        "name": description.name,
        "kind": kind,
        "model": description.model,
        "config": asdict(description.config),
        "sample_rate_hz": description.sample_rate_hz,
        "target_convention": description.target_convention,
        "training_data": description.training_data,
        "scores": dict(description.scores),
        "commit": description.commit,
        "weights_sha256": weights_sha256,
    }
    config = description.config
    if isinstance(config, EstimatorConfig):
        metadata["label_range_db"] = [config.label_low_db, config.label_high_db]
    if isinstance(config, SeparatorConfig):
        metadata["num_sources"] = config.num_sources
    return metadata
