"""The starter benchmark scores bundles on a fixed set, and says so plainly when there is no corpus."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks import fixed_sets, starter
from benchmarks.__main__ import main
from modeling.building import build_model
from modeling.data.corpus import read_clips
from modeling.data.scene_drawing import SceneKind, draw_scenes
from modeling.data.testset import draw_fixed_mixtures
from modeling.models.configs import BlstmConfig
from modeling.packaging import BundleDescription, write_bundle, write_debug_bundle
from tests.modeling.conftest import corpus
from tests.modeling.written_files import write_fixed_mixtures

__all__ = ["corpus"]


def test_without_a_corpus_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("REALM_CORPUS_DIR", raising=False)
    assert main(["starter"]) == 2
    assert "REALM_CORPUS_DIR" in capsys.readouterr().err


def test_random_weights_are_scored_and_miss_the_target(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = draw_fixed_mixtures(read_clips(corpus, split="test"), count=8, seed=0)
    write_fixed_mixtures(tmp_path / "set.jsonl", drawn)
    monkeypatch.setattr(starter, "FROZEN_CLEAN_TEST", tmp_path / "set.jsonl")
    bundles = []
    for kind in ("separator", "estimator"):
        write_debug_bundle(tmp_path / kind, kind=kind)
        bundles += [f"--{kind}", str(tmp_path / kind)]
    monkeypatch.setattr(fixed_sets, "TEST_SETS", {"clean": tmp_path / "set.jsonl"})
    assert main(["starter", "--corpus", str(corpus), "--sets", "clean", *bundles]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["figures"]["mixtures"] == 8 and answer["figures"]["si_snri_db"] < 7.0
    assert answer["figures"]["estimator_mae_db"] > 0 and not answer["pass"]
    oracle_db, own_db = (
        answer["figures"][f"clean/{name}/si_snri_db"]
        for name in ("oracle_mask", answer["figures"]["separator"])
    )
    assert oracle_db > 3.0 and own_db == pytest.approx(answer["figures"]["si_snri_db"])


def test_a_separator_of_three_voices_is_scored_on_the_set_of_three_alone(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenes = draw_scenes(corpus, kind=SceneKind(speakers=3), count=2, seed=0)
    (tmp_path / "set.jsonl").write_text("".join(scene.to_json() + "\n" for scene in scenes))
    monkeypatch.setattr(fixed_sets, "TEST_SETS", {"clean_3": tmp_path / "set.jsonl"})
    config = BlstmConfig(fft_samples=64, hop_samples=32, hidden_size=4, num_layers=1, num_sources=3)
    description = BundleDescription(
        name="three", model="blstm", config=config, training_data="none", card="# three"
    )
    weights = build_model(config).state_dict()
    bundle = write_bundle(tmp_path / "three", description=description, weights=weights)
    command = ["starter", "--corpus", str(corpus), "--sets", "clean_3", "--separator", str(bundle.path)]
    assert main(command) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures[f"clean_3/{bundle.name}/si_snri_db"] < 7.0 and "si_snri_db" not in figures
    assert bundle.digest.startswith(figures[f"digest/{bundle.name}"])


def test_an_unknown_set_is_refused(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["starter", "--corpus", str(corpus), "--mixtures", "0", "--sets", "quiet"]) == 2
    assert "no test set 'quiet'" in capsys.readouterr().err


def test_a_perfect_mask_of_sources_that_do_not_overlap_is_nearly_perfect() -> None:
    time_s = torch.arange(8000) / 8000
    sources = torch.stack([torch.sin(2 * torch.pi * hz * time_s) for hz in (300.0, 2000.0)])
    stems = fixed_sets.oracle_mask_stems(sources.sum(dim=0), sources, sample_rate_hz=8000)
    error = (stems - sources)[:, 200:-200].square().mean()
    assert error < 1e-3 * sources.square().mean()
