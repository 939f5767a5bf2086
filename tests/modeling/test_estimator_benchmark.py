"""The benchmark of estimators on a tiny corpus and random networks: three talkers, with and without a front-end."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import estimator as benchmark
from benchmarks.report import Figure
from modeling.building import build_model
from modeling.data.corpus import read_clips
from modeling.data.scene_drawing import SceneKind, draw_scenes
from modeling.data.testset import draw_fixed_mixtures
from modeling.front_ends import ENVIRONMENT_NAME
from modeling.models.configs import BlstmConfig, QualityEstimatorConfig
from modeling.packaging import BundleDescription, write_bundle
from modeling.training.pool import PoolMember, add_members
from tests.modeling.test_front_end import tiny_network
from tests.modeling.written_files import write_fixed_mixtures

SMALL = {"conv_channels": 6, "token_size": 16, "feedforward_size": 16, "num_layers": 1}


def write_estimator(folder: Path, *, front_end_file: str = "") -> Path:
    config = QualityEstimatorConfig(**SMALL, front_end_file=front_end_file)  # type: ignore[arg-type]
    torch.manual_seed(0)
    model: Any = build_model(config)
    torch.nn.init.normal_(model.readout.weight, std=0.3)
    description = BundleDescription(
        name=folder.name, model="quality_estimator", config=config, training_data="none", card="# x\n"
    )
    write_bundle(folder, description=description, weights=model.state_dict())
    return folder


def write_pool(folder: Path) -> Path:
    for talkers in (2, 3):
        config = BlstmConfig(num_sources=talkers, fft_samples=64, hop_samples=32, hidden_size=4, num_layers=1)
        name = f"blstm-of-{talkers}"
        description = BundleDescription(
            name=name, model="blstm", config=config, training_data="none", card="# x\n"
        )
        write_bundle(folder / name, description=description, weights=build_model(config).state_dict())
        member = PoolMember(bundle=name, family="blstm", half="A", fraction=1.0, role="training")
        add_members(folder, [member])
    return folder


@pytest.fixture(scope="module")
def figures(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Figure]:
    folder = tmp_path_factory.mktemp("benchmark")
    torch.save(tiny_network("wavlm").state_dict(), folder / "tiny.pth")
    sets = {"clean": folder / "clean.jsonl", "clean_3": folder / "clean_3.jsonl"}
    write_fixed_mixtures(
        sets["clean"], draw_fixed_mixtures(read_clips(corpus, split="test"), count=4, seed=1)
    )
    three = draw_scenes(corpus, kind=SceneKind(speakers=3), count=3, seed=1, split="test")
    write_fixed_mixtures(sets["clean_3"], three)
    parser = argparse.ArgumentParser()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "TEST_SETS", sets)
        patch.setattr(benchmark, "list_shipped_bundles", list)
        patch.setenv(ENVIRONMENT_NAME, str(folder))
        benchmark.add_arguments(parser)
        given = [
            *("--corpus", str(corpus), "--pool", str(write_pool(folder / "pool"))),
            *("--estimator", str(write_estimator(folder / "with", front_end_file="tiny.pth"))),
            *("--ablate", str(write_estimator(folder / "without"))),
        ]
        return benchmark.run(parser.parse_args(given)).figures


def test_three_talkers_are_estimated_beside_two(figures: Mapping[str, Figure]) -> None:
    errors = {name: figures[f"mae_db_seen_{name}"] for name in ("clean", "clean_3")}
    assert all(0.0 < float(error) < 40.0 for error in errors.values())
    assert float(figures["true_db_blstm-of-3"]) < 5.0


def test_an_ablated_estimator_stands_beside_the_whole_one(figures: Mapping[str, Figure]) -> None:
    assert str(figures["estimator"]).startswith("with ")
    assert str(figures["ablated_estimator"]).startswith("without ")
    assert 0.0 < float(figures["ablated_mae_db_seen"]) < 40.0
    assert {"ablated_spearman_seen", "ablated_mae_db_seen_clean_3", "ablated_mae_db_seen_dry"} <= set(figures)
