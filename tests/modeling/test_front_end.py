"""A frozen self-supervised front-end: built from a file alone, exact in batches, never trained, never in a bundle."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from modeling.acoustics import load_torchaudio
from modeling.building import build_model, load_model
from modeling.errors import InputRefused
from modeling.front_ends import ENVIRONMENT_NAME, find_front_end, with_pinned_front_end
from modeling.models.configs import QualityEstimatorConfig
from modeling.models.front_end import load_front_end
from modeling.packaging import BundleDescription, write_bundle
from modeling.runs import RUNS
from modeling.runs.settings import with_settings

SHARED = {
    "extractor_conv_layer_config": [(8, 10, 5), (8, 3, 2)],
    "encoder_embed_dim": 64,
    "encoder_projection_dropout": 0.0,
    "encoder_pos_conv_kernel": 8,
    "encoder_pos_conv_groups": 2,
    "encoder_num_layers": 2,
    "encoder_attention_dropout": 0.0,
    "encoder_ff_interm_features": 24,
    "encoder_ff_interm_dropout": 0.0,
    "encoder_dropout": 0.0,
    "encoder_layer_drop": 0.0,
    "aux_num_out": None,
}


def tiny_network(kind: str) -> Any:
    torch.manual_seed(0)
    models = load_torchaudio().models
    if kind == "wavlm":
        return models.wavlm_model(
            **SHARED,
            extractor_mode="group_norm",
            extractor_conv_bias=False,
            encoder_layer_norm_first=False,
            encoder_num_heads=4,
            encoder_num_buckets=8,
            encoder_max_distance=800,
        ).eval()
    mode = "layer_norm" if kind == "large" else "group_norm"
    return models.wav2vec2_model(
        **SHARED,
        extractor_mode=mode,
        extractor_conv_bias=kind == "large",
        encoder_layer_norm_first=kind == "large",
        encoder_num_heads=1,
    ).eval()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.save(tiny_network("wavlm").state_dict(), tmp_path / "tiny.pth")
    monkeypatch.setenv(ENVIRONMENT_NAME, str(tmp_path))
    return tmp_path


def config(**changes: object) -> QualityEstimatorConfig:
    small: dict[str, Any] = {"conv_channels": 6, "token_size": 16, "feedforward_size": 16, "num_layers": 1}
    return QualityEstimatorConfig(**small, front_end_file="tiny.pth", **changes)  # type: ignore[arg-type]


def listening() -> Any:
    """An estimator on which its front-end, random as it is, has an influence."""
    model: Any = build_model(config()).eval()
    torch.nn.init.normal_(model.front_end.project.weight, std=0.1)
    torch.nn.init.normal_(model.readout.weight, std=0.3)
    return model


@pytest.mark.parametrize("kind", ["wavlm", "base", "large"])
def test_a_network_is_rebuilt_from_its_tensors_alone(kind: str, tmp_path: Path) -> None:
    network, signal = tiny_network(kind), torch.randn(1, 2000)
    torch.save({**network.state_dict(), "aux.weight": torch.zeros(3)}, tmp_path / "tiny.pth")
    with torch.no_grad():
        expected = network.extract_features(signal)[0]
        found = load_front_end(tmp_path / "tiny.pth").extract_features(signal)[0]
    assert len(found) == 2
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_a_front_end_is_neither_trained_nor_stored(folder: Path) -> None:
    model = listening()
    learned = {name for name, _ in model.named_parameters() if name.startswith("front_end.")}
    assert learned == {"front_end.layer_weight_l", "front_end.project.weight", "front_end.project.bias"}
    assert {name for name in model.state_dict() if name.startswith("front_end.")} == learned


def test_the_sum_of_layers_learns(folder: Path) -> None:
    model = listening().train()
    model(torch.randn(1, 4000), torch.randn(1, 2, 4000)).si_snr_db_bcvq.sum().backward()
    assert model.front_end.layer_weight_l.grad.abs().sum() > 0
    assert all(not weight.requires_grad for weight in model.front_end.network.parameters())


def test_what_it_hears_changes_the_estimate_and_at_first_does_not(folder: Path) -> None:
    mix, stems = torch.randn(1, 4000), torch.randn(1, 2, 4000)
    model = listening()
    heard = model(mix, stems).si_snr_db_bcvq
    torch.nn.init.zeros_(model.front_end.project.weight)
    assert (model(mix, stems).si_snr_db_bcvq - heard).abs().max() > 0.01
    plain: Any = build_model(config())
    assert plain.front_end.project.weight.abs().max() == 0


@torch.no_grad()
def test_a_padded_batch_is_heard_as_each_item_alone(folder: Path) -> None:
    model, lengths = listening(), torch.tensor([5000, 1, 3000])
    mix, stems = torch.randn(3, 5000), torch.randn(3, 2, 5000)
    together = model(mix, stems, lengths).si_snr_db_bcvq
    for row, length in enumerate(lengths.tolist()):
        alone = model(mix[row : row + 1, :length], stems[row : row + 1, :, :length]).si_snr_db_bcvq
        torch.testing.assert_close(together[row : row + 1], alone, rtol=1e-5, atol=1e-4)


@torch.no_grad()
def test_gain_polarity_and_order_still_change_nothing(folder: Path) -> None:
    model, mix, stems = listening(), torch.randn(1, 4000), torch.randn(1, 3, 4000)
    expected = model(mix, stems).si_snr_db_bcvq
    turned = stems[:, [2, 0, 1]] * torch.tensor([0.01, -3.0, 40.0]).view(1, 3, 1)
    torch.testing.assert_close(
        model(0.1 * mix, turned).si_snr_db_bcvq[:, [1, 2, 0]], expected, rtol=1e-4, atol=1e-3
    )


def test_a_run_notes_which_file_it_heard(folder: Path) -> None:
    run = with_settings(RUNS["quality_estimator_front_end"](), {"model.front_end_file": "tiny.pth"})
    pinned = with_pinned_front_end(run).model
    assert isinstance(pinned, QualityEstimatorConfig) and len(pinned.front_end_sha256) == 64


def test_a_missing_file_is_named_with_the_remedy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputRefused, match=r"'other\.pth'.*REALM_FRONT_ENDS_DIR"):
        find_front_end("other.pth")
    monkeypatch.delenv(ENVIRONMENT_NAME)
    with pytest.raises(InputRefused, match="REALM_FRONT_ENDS_DIR is not set"):
        build_model(config())


def test_another_architecture_is_refused_in_one_sentence(folder: Path) -> None:
    torch.save(torch.nn.Linear(3, 3).state_dict(), folder / "tiny.pth")
    with pytest.raises(InputRefused, match=r"tiny\.pth is no WavLM"):
        build_model(config())
    torch.save({"epoch": 3}, folder / "tiny.pth")
    with pytest.raises(InputRefused, match="no state_dict"):
        build_model(config())


def test_a_bundle_names_the_file_and_refuses_another(folder: Path, tmp_path: Path) -> None:
    run = with_settings(RUNS["quality_estimator_front_end"](), {"model.front_end_file": "tiny.pth"})
    pinned = with_pinned_front_end(run).model
    assert isinstance(pinned, QualityEstimatorConfig)
    described = config(front_end_sha256=pinned.front_end_sha256)
    bundle = write_bundle(
        tmp_path / "bundle",
        description=BundleDescription(
            name="x", model="quality_estimator", config=described, training_data="none", card="# x\n"
        ),
        weights=build_model(described).state_dict(),
    )
    assert not any("transformer" in name for name in load_file(bundle.weights_path))
    load_model(bundle, device=torch.device("cpu"))
    torch.save(tiny_network("base").state_dict(), folder / "tiny.pth")
    with pytest.raises(InputRefused, match="SHA-256"):
        load_model(bundle, device=torch.device("cpu"))
