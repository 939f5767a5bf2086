"""Model bundles: a folder with weights, `bundle.json` and a card; read and validated here without torch.

A bundle is what a trained model is deployed as. Its digest covers everything that determines the output (the
weights, the architecture, rates and ranges) and nothing that does not (scores, card), so that a corrected card
does not make old results look stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modeling.catalog import MODELS, BundleKind, parse_config
from modeling.errors import BundleBroken, InputRefused
from modeling.manifest import Convention, as_convention
from modeling.models.configs import ModelConfig

WEIGHTS_NAME = "model.safetensors"
METADATA_NAME = "bundle.json"
CARD_NAME = "CARD.md"
SHIPPED_FOLDER = Path(__file__).parent / "bundles"
SEPARATORS: dict[int, str] = {2: "blstm-everyday-8k", 3: "blstm-three-8k"}
"""The separator of each number of voices that one is shipped for."""
DEFAULTS: dict[BundleKind, str] = {"separator": SEPARATORS[2], "estimator": "quality-estimator-8k"}
"""What the commands and a new site use unless somebody chooses; never left to the order of names."""

_DIGESTED = (
    "model",
    "kind",
    "config",
    "sample_rate_hz",
    "num_sources",
    "label_range_db",
    "target_convention",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A validated bundle; `num_sources` is set for separators, `label_range_db` for estimators."""

    path: Path
    name: str
    kind: BundleKind
    model: str
    config: ModelConfig
    sample_rate_hz: int
    target_convention: Convention
    weights_sha256: str
    digest: str
    num_sources: int | None
    label_range_db: tuple[float, float] | None
    training_data: str
    scores: Mapping[str, object]
    commit: str

    @property
    def weights_path(self) -> Path:
        return self.path / WEIGHTS_NAME

    @property
    def card(self) -> str:
        path = self.path / CARD_NAME
        return path.read_text(encoding="utf-8") if path.is_file() else ""


def list_shipped_bundles() -> list[Path]:
    """Folders of the bundles that come with the code, the defaults first; read each with `read_bundle`."""
    folders = sorted(path.parent for path in SHIPPED_FOLDER.glob(f"*/{METADATA_NAME}"))
    return sorted(folders, key=lambda folder: folder.name not in DEFAULTS.values())


def shipped_bundle(kind: BundleKind) -> Bundle:
    """The default bundle of a kind."""
    return read_bundle(SHIPPED_FOLDER / DEFAULTS[kind])


def shipped_separator(num_sources: int) -> Bundle:
    """The shipped separator of so many voices; a number that none is shipped for is refused."""
    if num_sources not in SEPARATORS:
        known = " or ".join(map(str, SEPARATORS))
        raise InputRefused(
            f"No separator of {num_sources} voices is shipped, only of {known}: train one (docs/modeling.md) and "
            "pass its folder with --bundle."
        )
    return read_bundle(SHIPPED_FOLDER / SEPARATORS[num_sources])


def read_bundle(path: Path) -> Bundle:
    """Read and validate a bundle folder; raise `BundleBroken` when it is missing, incomplete or altered."""
    metadata = _read_metadata(path)
    kind, model = _text(metadata, "kind", path), _text(metadata, "model", path)
    if model not in MODELS or MODELS[model].kind != kind:
        raise BundleBroken(f"Bundle {path}: no {kind!r} with model {model!r} is known to this version.")
    weights_sha256 = _checked_weights(path, _text(metadata, "weights_sha256", path))
    return Bundle(
        path=path,
        name=_text(metadata, "name", path),
        kind=MODELS[model].kind,
        model=model,
        config=_config(metadata, model, path),
        sample_rate_hz=_positive(metadata, "sample_rate_hz", path),
        target_convention=_convention(metadata, path),
        weights_sha256=weights_sha256,
        digest=digest_of(metadata),
        num_sources=_positive(metadata, "num_sources", path) if kind == "separator" else None,
        label_range_db=_label_range(metadata, path) if kind == "estimator" else None,
        training_data=_text(metadata, "training_data", path),
        scores=_mapping(metadata, "scores", path),
        commit=_text(metadata, "commit", path),
    )


def bundle_of_kind(path: Path, kind: BundleKind) -> Bundle:
    """`read_bundle`, for a place where only a separator or only an estimator will do."""
    bundle = read_bundle(path)
    if bundle.kind != kind:
        raise InputRefused(f"Bundle {path} is of kind {bundle.kind!r}; this needs one of kind {kind!r}.")
    return bundle


def digest_of(metadata: Mapping[str, object]) -> str:
    """SHA-256 over what determines the output, from the content of `bundle.json`."""
    pinned = {name: metadata.get(name) for name in (*_DIGESTED, "weights_sha256")}
    canonical = json.dumps(pinned, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Of its content, as 64 hexadecimal digits; OSError where it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_metadata(path: Path) -> Mapping[str, object]:
    try:
        metadata = json.loads((path / METADATA_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleBroken(f"There is no model bundle in {path}: {METADATA_NAME} is missing.") from None
    except (OSError, ValueError) as error:
        raise BundleBroken(f"Bundle {path}: {METADATA_NAME} cannot be read ({error}).") from error
    if not isinstance(metadata, dict):
        raise BundleBroken(f"Bundle {path}: {METADATA_NAME} must hold one JSON object.")
    return metadata


def _checked_weights(path: Path, expected_sha256: str) -> str:
    weights = path / WEIGHTS_NAME
    if not weights.is_file():
        raise BundleBroken(f"Bundle {path}: {WEIGHTS_NAME} is missing.")
    found = sha256_of_file(weights)
    if found != expected_sha256:
        raise BundleBroken(
            f"Bundle {path}: {WEIGHTS_NAME} has SHA-256 {found[:12]}..., {METADATA_NAME} says "
            f"{expected_sha256[:12]}.... The bundle was altered or copied incompletely: install it again."
        )
    return found


def _config(metadata: Mapping[str, object], model: str, path: Path) -> ModelConfig:
    try:
        return parse_config(model, _mapping(metadata, "config", path))
    except InputRefused as refusal:
        raise BundleBroken(f"Bundle {path}: {refusal}") from refusal


def _text(metadata: Mapping[str, object], field: str, path: Path) -> str:
    value = metadata.get(field)
    if not isinstance(value, str):
        raise BundleBroken(f'Bundle {path}: "{field}" must be a text, not {value!r}.')
    return value


def _positive(metadata: Mapping[str, object], field: str, path: Path) -> int:
    value = metadata.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BundleBroken(f'Bundle {path}: "{field}" must be a whole number from 1, not {value!r}.')
    return value


def _mapping(metadata: Mapping[str, object], field: str, path: Path) -> Mapping[str, object]:
    value = metadata.get(field)
    if not isinstance(value, dict):
        raise BundleBroken(f'Bundle {path}: "{field}" must be an object, not {value!r}.')
    return value


def _convention(metadata: Mapping[str, object], path: Path) -> Convention:
    value = metadata.get("target_convention")
    convention = as_convention(value)
    if convention is None:
        raise BundleBroken(f'Bundle {path}: "target_convention" is {value!r}, not dry, early or reverberant.')
    return convention


def _label_range(metadata: Mapping[str, object], path: Path) -> tuple[float, float]:
    match metadata.get("label_range_db"):
        case [int() | float() as low_db, int() | float() as high_db] if low_db < high_db:
            return float(low_db), float(high_db)
        case other:
            raise BundleBroken(
                f'Bundle {path}: "label_range_db" must be two rising numbers in dB, not {other!r}.'
            )
