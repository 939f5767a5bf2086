"""Training learns, logs, resumes exactly, starts from a bundle, and says so when it diverges."""

import csv
import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from modeling.data.mixing_config import everyday_mixing
from modeling.errors import InputRefused
from modeling.models.configs import (
    BlstmConfig,
    DeepClusteringConfig,
    SeparatorConfig,
    SisnrEstimatorConfig,
)
from modeling.packaging import PackagingChoices, package_run, write_debug_bundle
from modeling.runs.config import LossConfig, RunConfig
from modeling.training import divergence
from modeling.training.assembly import assemble
from modeling.training.checkpoints import load_checkpoint
from modeling.training.tasks import SeparationTask
from modeling.training.trainer import RunDiverged, Trainer
from tests.modeling.tiny_runs import TINY, estimator_run, optimised

CPU = torch.device("cpu")


def build(corpus: Path, folder: Path, run: RunConfig = TINY) -> Trainer:
    return assemble(run, corpus=corpus, folder=folder, device=CPU)


def test_a_resumed_run_ends_with_the_same_weights_as_one_that_never_stopped(
    corpus: Path, tmp_path: Path
) -> None:
    whole = build(corpus, tmp_path / "whole")
    whole.train()
    paused = build(corpus, tmp_path / "paused")
    assert not paused.train(pause_after_steps=3).is_finished
    torch.manual_seed(999)
    resumed = build(corpus, tmp_path / "paused")
    assert resumed.step == 3
    assert resumed.train().is_finished
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    for name, value in whole.average.weights.items():
        assert torch.equal(value, resumed.average.weights[name]), name


def test_a_run_leaves_checkpoints_a_log_and_its_description(corpus: Path, tmp_path: Path) -> None:
    outcome = build(corpus, tmp_path).train()
    assert outcome.step == 6
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "best.pt", "log.csv", "run.json"}
    with (tmp_path / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert rows[-1]["step"] == "6" and float(rows[-1]["si_snri_db"]) == pytest.approx(
        outcome.best_score, abs=1e-3
    )


def test_training_lowers_the_loss(corpus: Path, tmp_path: Path) -> None:
    faster = dataclasses.replace(TINY.optimisation, max_steps=60, learning_rate=1e-2, batch_size=4)
    trainer = build(corpus, tmp_path, dataclasses.replace(TINY, optimisation=faster))
    trainer.train(pause_after_steps=2)
    before = trainer.recent_loss
    trainer.train()
    assert trainer.recent_loss < before - 1.0


def test_a_packaged_run_holds_the_averaged_weights_and_can_be_continued(corpus: Path, tmp_path: Path) -> None:
    trained = build(corpus, tmp_path / "run")
    trained.train()
    choices = PackagingChoices(training_data="tones", card="# tiny\n", config_changes={"analysis_grids": 2})
    bundle = package_run(tmp_path / "run", folder=tmp_path / "bundle", name="tiny", choices=choices)
    assert bundle.config.learned == TINY.model.learned and bundle.training_data == "tones"
    assert bundle.config == dataclasses.replace(TINY.model, analysis_grids=2)
    again = build(corpus, tmp_path / "again", dataclasses.replace(TINY, continue_from=bundle.path))
    assert again.step == 0
    for name, value in trained.average.weights.items():
        torch.testing.assert_close(again.model.state_dict()[name], value, rtol=1e-3, atol=1e-3)


def test_a_run_learns_from_mixtures_alone(corpus: Path, tmp_path: Path) -> None:
    four = dataclasses.replace(TINY.model, num_sources=4)
    run = dataclasses.replace(TINY, model=four, loss=LossConfig(kind="mixit"))
    outcome = build(corpus, tmp_path, run).train()
    assert outcome.is_finished and outcome.best_score > -100.0


def test_a_run_in_everyday_mixtures_with_every_loss_switched_on(corpus: Path, tmp_path: Path) -> None:
    run = dataclasses.replace(
        optimised(batch_s=1.0, max_steps=3),
        mixing=dataclasses.replace(everyday_mixing(crop_s=0.4), speeds_percent=(100,)),
        loss=LossConfig(stft_weight=0.1, ceiling="soft", convention="early"),
    )
    outcome = build(corpus, tmp_path, run).train()
    assert outcome.is_finished and outcome.best_score > -100.0


def test_a_rate_that_is_far_too_high_is_found_out(corpus: Path, tmp_path: Path) -> None:
    hopeless = dataclasses.replace(TINY.optimisation, learning_rate=1e3, warmup_steps=1, max_steps=500)
    trainer = build(corpus, tmp_path, dataclasses.replace(TINY, optimisation=hopeless))
    with pytest.raises(RunDiverged, match="it was 1000"):
        trainer.train()
    assert trainer.step < 100


def test_weights_are_kept_at_parts_of_the_run_and_make_bundles(corpus: Path, tmp_path: Path) -> None:
    trained = build(corpus, tmp_path / "run", dataclasses.replace(TINY, keep_at_percent=(50.0, 100.0)))
    trained.train()
    assert load_checkpoint(tmp_path / "run" / "at_50.pt")["step"] == 3
    choices = PackagingChoices(training_data="tones", card="# tiny\n", checkpoint="at_100")
    bundle = package_run(tmp_path / "run", folder=tmp_path / "bundle", name="tiny", choices=choices)
    weights = load_file(bundle.weights_path)
    for name, value in trained.average.weights.items():
        assert torch.equal(weights[name], value.half()), name


def test_a_bundle_of_another_size_is_refused(corpus: Path, tmp_path: Path) -> None:
    other = write_debug_bundle(tmp_path / "bundle", kind="estimator")
    with pytest.raises(InputRefused, match="another configuration"):
        build(corpus, tmp_path / "run", dataclasses.replace(TINY, continue_from=other.path))


def test_a_checkpoint_of_another_model_is_refused(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path).train(pause_after_steps=1)
    larger = dataclasses.replace(
        TINY, model=BlstmConfig(fft_samples=64, hop_samples=32, hidden_size=5, num_layers=1)
    )
    with pytest.raises(InputRefused, match="of another model"):
        build(corpus, tmp_path, larger)


def test_a_diverging_run_says_so_and_stops(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divergence, "MOST_BAD_STEPS", 2)
    trainer = build(corpus, tmp_path)
    with torch.no_grad():
        trainer.model.masks.bias.fill_(float("nan"))
    with pytest.raises(RunDiverged, match="lower optimisation.learning_rate"):
        trainer.train()


def test_an_estimator_learns_from_stored_stems(corpus: Path, stored_stems: Path, tmp_path: Path) -> None:
    outcome = build(corpus, tmp_path / "run", estimator_run(stored_stems)).train()
    assert outcome.step == 6 and -40.0 < outcome.best_score < 0.0


def test_an_estimator_without_stored_stems_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="pool.examples"):
        build(corpus, tmp_path, dataclasses.replace(TINY, model=SisnrEstimatorConfig(channels=8)))


def test_more_voices_than_outputs_are_refused_before_anything_is_built(corpus: Path, tmp_path: Path) -> None:
    three = dataclasses.replace(TINY, mixing=dataclasses.replace(TINY.mixing, num_sources=3))
    with pytest.raises(InputRefused, match="add --set model.num_sources=3"):
        build(corpus, tmp_path, three)


@pytest.mark.parametrize("model", [BlstmConfig(num_sources=1), DeepClusteringConfig(num_sources=1)])
def test_fewer_outputs_than_voices_are_refused(model: SeparatorConfig, corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="model.num_sources is 1: add --set model.num_sources=2"):
        build(corpus, tmp_path, dataclasses.replace(TINY, model=model))


def test_a_run_on_three_voices_is_validated_on_three(corpus: Path, tmp_path: Path) -> None:
    three = dataclasses.replace(
        TINY,
        model=dataclasses.replace(TINY.model, num_sources=3),
        mixing=dataclasses.replace(TINY.mixing, num_sources=3),
    )
    task = build(corpus, tmp_path, three).task
    assert isinstance(task, SeparationTask)
    assert {len(item.references_ct) for item in task.validation} == {3}


def test_a_run_on_three_voices_goes_on_from_a_bundle_of_two_where_shapes_fit(
    corpus: Path, tmp_path: Path
) -> None:
    two = build(corpus, tmp_path / "two")
    two.train()
    choices = PackagingChoices(training_data="tones", card="# tiny\n")
    bundle = package_run(tmp_path / "two", folder=tmp_path / "bundle", name="tiny", choices=choices)
    three = dataclasses.replace(
        TINY,
        model=dataclasses.replace(TINY.model, num_sources=3),
        mixing=dataclasses.replace(TINY.mixing, num_sources=3),
        continue_from=bundle.path,
    )
    fresh = build(
        corpus, tmp_path / "anew", dataclasses.replace(three, continue_from=None)
    ).model.state_dict()
    begun = build(corpus, tmp_path / "three", three).model.state_dict()
    for name, value in two.average.weights.items():
        expected = fresh[name] if name.startswith("masks.") else value
        torch.testing.assert_close(begun[name], expected, rtol=1e-3, atol=1e-3)


def test_a_packaged_run_can_be_blended_with_the_bundle_it_went_on_from(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "run").train()
    choices = PackagingChoices(training_data="tones", card="# tiny\n")
    before = package_run(tmp_path / "run", folder=tmp_path / "before", name="before", choices=choices)
    faster = optimised(learning_rate=0.03, max_steps=20, ema_decay=0.5)
    went_on = dataclasses.replace(faster, seed=2, continue_from=before.path)
    further = build(corpus, tmp_path / "further", went_on)
    further.train()
    blend = dataclasses.replace(choices, blend_with=before.path, blend_share=0.25)
    bundle = package_run(tmp_path / "further", folder=tmp_path / "blend", name="blend", choices=blend)
    old, new = load_file(before.weights_path), load_file(bundle.weights_path)
    for name, value in further.average.weights.items():
        torch.testing.assert_close(
            new[name].float(), 0.75 * value + 0.25 * old[name].float(), atol=1e-3, rtol=1e-2
        )


def test_a_blend_of_two_sizes_is_refused(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "run").train()
    other = write_debug_bundle(tmp_path / "other", kind="estimator")
    blend = PackagingChoices(training_data="tones", card="# tiny\n", blend_with=other.path)
    with pytest.raises(InputRefused, match="another model or size"):
        package_run(tmp_path / "run", folder=tmp_path / "blend", name="blend", choices=blend)
