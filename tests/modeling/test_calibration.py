"""Intervals hold on new stems as often as promised; what is far from validation stems reads above 1."""

from pathlib import Path

import pytest
import torch

from modeling.errors import InputRefused
from modeling.models.configs import QualityEstimatorConfig
from modeling.models.quality_estimator import HIGH, LOW, MEDIAN, QualityEstimator
from modeling.packaging import BundleDescription, write_bundle, write_debug_bundle
from modeling.training.calibration import _conformal_quantile, calibrate, calibrate_bundle
from modeling.training.stem_shards import REVERBERANT, ShardOrigin, write_shard
from modeling.training.stem_stream import LabelledStems, label_stems

TINY = QualityEstimatorConfig(
    fft_samples=64,
    hop_samples=32,
    conv_channels=6,
    token_size=16,
    feedforward_size=16,
    num_heads=2,
    num_layers=1,
    embedding_size=8,
)


def scenes(*, items: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    voices = torch.randn(items, 2, 1000, generator=generator)
    leak = torch.rand(items, 1, 1, generator=generator)
    mix = voices.sum(dim=1)
    return mix, voices.unsqueeze(1).expand(-1, 3, -1, -1), voices + leak * mix.unsqueeze(1)


def labelled(*, items: int, seed: int) -> LabelledStems:
    mix, references, stems = scenes(items=items, seed=seed)
    labels = label_stems(references_bvct=references, stems_bct=stems)
    return LabelledStems(mix_bt=mix, stems_bct=stems, si_snr_db_bcv=labels, weight_bc=torch.ones(items, 2))


@pytest.fixture
def model() -> QualityEstimator:
    torch.manual_seed(0)
    return QualityEstimator(TINY).eval()


def test_nine_of_ten_new_stems_lie_in_a_calibrated_interval(model: QualityEstimator) -> None:
    found = calibrate(model, [labelled(items=200, seed=0)])
    model.config = QualityEstimatorConfig(
        shift_reverberant_db=found.shift_db[2], widen_reverberant_db=found.widen_db[2]
    )
    fresh = labelled(items=200, seed=1)
    with torch.inference_mode():
        quantiles = model(fresh.mix_bt, fresh.stems_bct).si_snr_db_bcvq[:, :, REVERBERANT]
    truth = fresh.si_snr_db_bcv[..., REVERBERANT].clamp(-10.0, 25.0)
    covered = (quantiles[..., LOW] <= truth) & (truth <= quantiles[..., HIGH])
    assert 0.84 < covered.float().mean() < 0.96
    assert (truth - quantiles[..., MEDIAN]).median().abs() < 1.0


def test_the_conformal_rank_counts_the_new_stem_too() -> None:
    assert _conformal_quantile(torch.arange(1.0, 20.0)) == 18.0
    assert _conformal_quantile(torch.tensor([3.0])) == 3.0


def test_what_validation_never_saw_is_far(model: QualityEstimator) -> None:
    known = labelled(items=100, seed=0)
    found = calibrate(model, [known])
    model.embedding_mean_e.copy_(found.embedding_mean_e)
    model.embedding_whitener_ee.copy_(found.embedding_whitener_ee)
    with torch.inference_mode():
        near = model(known.mix_bt, known.stems_bct).distance_bc
        tone = torch.sin(torch.arange(1000.0)).expand(3, 2, 1000)
        far = model(torch.randn(3, 1000), tone).distance_bc
    assert near.median() < 1.0 and far.min() > near.median()
    assert 0.97 < (near <= 1.0).float().mean() < 1.0


def test_a_bundle_keeps_its_calibration(model: QualityEstimator, tmp_path: Path) -> None:
    (tmp_path / "shards").mkdir()
    mix, references, stems = scenes(items=40, seed=0)
    origin = ShardOrigin(members=("x",), families=("x",), sample_rate_hz=8000)
    write_shard(
        tmp_path / "shards" / "0.safetensors",
        mix_mt=mix,
        references_mvct=references,
        stems_mkct=stems.unsqueeze(1),
        origin=origin,
    )
    description = BundleDescription(
        name="e", model="quality_estimator", config=TINY, training_data="none", card="# e\n"
    )
    write_bundle(tmp_path / "e", description=description, weights=model.state_dict())
    device = torch.device("cpu")
    once = calibrate_bundle(
        tmp_path / "e", examples=tmp_path / "shards", folder=tmp_path / "f", device=device
    )
    again = calibrate_bundle(
        tmp_path / "f", examples=tmp_path / "shards", folder=tmp_path / "g", device=device
    )
    assert once.config != TINY and once.card == "# e\n"
    assert again.config.widen_db == pytest.approx(once.config.widen_db, abs=0.05)  # type: ignore[attr-defined]
    assert again.config.shift_db == pytest.approx(once.config.shift_db, abs=0.05)  # type: ignore[attr-defined]


def test_an_estimator_without_an_interval_is_refused(tmp_path: Path) -> None:
    write_debug_bundle(tmp_path / "e", kind="estimator")
    with pytest.raises(InputRefused, match="sisnr_estimator"):
        calibrate_bundle(tmp_path / "e", examples=tmp_path, folder=tmp_path / "f", device=torch.device("cpu"))


def test_a_handful_of_stems_is_too_few(model: QualityEstimator) -> None:
    with pytest.raises(InputRefused, match="too few"):
        calibrate(model, [labelled(items=4, seed=0)])
