"""SpeechBrain's folders as people have them: without the YAML file, with a prefix, with unusual settings."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.interop_differences import relative_difference
from benchmarks.peers import build_peer
from modeling.__main__ import main
from modeling.building import load_model
from modeling.bundles import read_bundle


def run_import(source: Path, out: Path, *options: str) -> int:
    return main(["import", str(source), "--from", "speechbrain", "--out", str(out), *options])


def change_yaml(folder: Path, old: str, new: str) -> None:
    path = folder / "hyperparams.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("speechbrain_sepformer", ["K=20", "intra_model.nhead=4", "inter_model.nhead=4"]),
        ("speechbrain_re_sepformer", ["segment_size=15", "seg_model.nhead=4", "mem_model.nhead=4"]),
        ("speechbrain_dprnn", ["K=20"]),
        ("speechbrain_conv_tasnet_causal", ["causal=true"]),
    ],
)
@torch.inference_mode()
def test_without_the_yaml_file_the_shapes_say_the_rest(
    architecture: str, options: list[str], tmp_path: Path
) -> None:
    theirs = build_peer(architecture, "small")
    source = theirs.save(tmp_path / "theirs")
    (source / "hyperparams.yaml").unlink()
    assert run_import(source, tmp_path / "ours", *(f"--set={option}" for option in options)) == 0
    ours = load_model(read_bundle(tmp_path / "ours"), device=torch.device("cpu"))
    mix_bt = 0.1 * torch.randn(1, 1500)
    assert relative_difference(ours(mix_bt), theirs.run(mix_bt)) < 1e-5


def test_whether_a_conv_tasnet_is_causal_is_never_guessed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = build_peer("speechbrain_conv_tasnet", "small").save(tmp_path / "theirs")
    (source / "hyperparams.yaml").unlink()
    assert run_import(source, tmp_path / "ours") == 2
    assert "--set causal=true or =false" in capsys.readouterr().err


def test_one_of_several_models_is_chosen_by_its_prefix(tmp_path: Path) -> None:
    source = build_peer("speechbrain_dprnn", "small").save(tmp_path / "pool")
    for path in list(source.iterdir()):
        path.rename(source / f"dprnn2_{path.name}")
    assert run_import(source, tmp_path / "ours") == 2
    assert run_import(source, tmp_path / "ours", "--member", "dprnn2") == 0
    assert read_bundle(tmp_path / "ours").model == "dprnn"


@pytest.mark.parametrize(
    ("architecture", "old", "new", "named"),
    [
        ("speechbrain_sepformer", "norm_before: True", "norm_before: False", "norm_before=False"),
        ("speechbrain_sepformer", "    norm_before: True\n", "", "norm_before=False"),
        ("speechbrain_sepformer", "norm: ln", "norm: gln", "norm='gln'"),
        ("speechbrain_sepformer", "skip_around_intra: True", "skip_around_intra: False", "skip_around_intra"),
        ("speechbrain_re_sepformer", "mem_type: av", "mem_type: hc", "mem_type='hc'"),
        (
            "speechbrain_re_sepformer",
            "    norm_before: True\n",
            "    norm_before: True\n    causal: True\n",
            "causal",
        ),
        ("speechbrain_sisnr_estimator", "stnorm", "max", "separation_norm_type='max'"),
        ("speechbrain_conv_tasnet", "norm_type: gLN", "norm_type: BN", "norm_type='BN'"),
    ],
)
def test_a_variant_that_realm_does_not_have_is_refused_by_its_setting(
    architecture: str, old: str, new: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = build_peer(architecture, "small").save(tmp_path / "theirs")
    change_yaml(source, old, new)
    assert run_import(source, tmp_path / "ours") == 2
    assert named in capsys.readouterr().err
    assert not (tmp_path / "ours").exists()


@torch.inference_mode()
def test_settings_that_the_yaml_file_leaves_out_are_those_of_the_toolkit(tmp_path: Path) -> None:
    theirs = build_peer("speechbrain_dprnn", "small")
    source = theirs.save(tmp_path / "theirs")
    change_yaml(source, "    K: 20\n", "")
    assert run_import(source, tmp_path / "ours") == 0
    assert read_bundle(tmp_path / "ours").config.chunk_frames == 200  # type: ignore[attr-defined]
