"""Model bundles with random weights, and a stand-in for the model process where the model does not matter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from audio.files import read_audio, write_flac
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import register_bundle
from evaluation.runs.answers import StemEstimates, read_estimates
from evaluation.runs.inference import SeparatedFiles, inference_process


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`separator`, `estimator` and `other-separator`: a few kilobytes each."""
    from modeling.packaging import write_debug_bundle

    folder = tmp_path_factory.mktemp("bundles")
    write_debug_bundle(folder / "separator", kind="separator")
    write_debug_bundle(folder / "other-separator", kind="separator", seed=1)
    write_debug_bundle(folder / "estimator", kind="estimator")
    return folder


@pytest.fixture
def separator(db: None, bundle_folder: Path) -> ModelBundle:
    return register_bundle(path=bundle_folder / "separator")


@pytest.fixture
def estimator(db: None, bundle_folder: Path) -> ModelBundle:
    return register_bundle(path=bundle_folder / "estimator")


@dataclass
class FakeModels:
    """Splits a mixture in two halves of its level and is sure about it; counts what it was asked."""

    digests: dict[Path, str]
    si_snr_db: list[float] = field(default_factory=lambda: [7.3, 5.1])
    figures: dict[str, object] = field(default_factory=dict)
    """What the estimator says beside its medians, in the words of `modeling serve`."""
    asked: list[str] = field(default_factory=list)

    def separate(self, *, bundle: Path, mixture: Path, out_dir: Path) -> SeparatedFiles:
        self.asked.append("separate")
        sound = read_audio(mixture, max_duration_s=60)
        out_dir.mkdir()
        stems = [out_dir / f"{number}.flac" for number in (1, 2)]
        for number, path in enumerate(stems, start=1):
            half = (sound.samples[:, 0] / (number + 1)).astype(np.float32)
            write_flac(path, half, sample_rate_hz=sound.sample_rate_hz, bits_per_sample=16)
        digest = self.digests[bundle]
        return SeparatedFiles(
            stems=stems, sample_rate_hz=sound.sample_rate_hz, bundle_digest=digest, compute_s=0.5
        )

    def estimate(self, *, bundle: Path, mixture: Path, stems: Sequence[Path]) -> StemEstimates:
        self.asked.append("estimate")
        answer = {"si_snr_db": self.si_snr_db, "target_convention": "reverberant", **self.figures}
        return read_estimates({**answer, "bundle_digest": self.digests[bundle]}, stems=len(stems))


@pytest.fixture
def models(separator: ModelBundle, estimator: ModelBundle, monkeypatch: pytest.MonkeyPatch) -> FakeModels:
    fake = FakeModels(digests={bundle.folder: bundle.digest for bundle in (separator, estimator)})
    for service in ("separations", "estimates"):
        monkeypatch.setattr(f"evaluation.runs.services.{service}.inference_process", lambda: fake)
    return fake


@pytest.fixture
def real_models() -> Iterator[None]:
    """The real process, ended after the test."""
    yield
    inference_process().stop()
