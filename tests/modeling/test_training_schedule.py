"""When a run's rate falls, when it stops early, and what its stages draw."""

import dataclasses
from pathlib import Path

import pytest
import torch

from modeling.errors import InputRefused
from modeling.runs.config import MixingConfig, RunConfig, StageConfig, staged
from modeling.training.assembly import assemble, stage_mixings
from modeling.training.divergence import FIRST_STEPS, DivergenceWatch
from modeling.training.trainer import Trainer, batch_size
from tests.modeling.tiny_runs import TINY, ScriptedTask, optimised

CPU = torch.device("cpu")
STAGES = (
    StageConfig(share=0.5, mixing=MixingConfig(crop_s=0.2), batch_size=6),
    StageConfig(share=0.3, mixing=MixingConfig(crop_s=0.4, noisy_share=0.7), batch_s=1.3),
    StageConfig(share=0.2, mixing=MixingConfig(crop_s=0.5, whole_clips=True), learning_rate_factor=0.1),
)
STAGED = dataclasses.replace(optimised(max_steps=10, schedule="constant", warmup_steps=1), stages=STAGES)


def trainer_of(run: RunConfig, folder: Path, **task: object) -> Trainer:
    return Trainer(run, task=ScriptedTask(**task), folder=folder, device=CPU)


def test_early_stopping_ends_a_run_whose_score_no_longer_rises(tmp_path: Path) -> None:
    run = dataclasses.replace(optimised(stop_after_validations=3, max_steps=50), validate_every_s=0.0)
    trainer = trainer_of(run, tmp_path, scores=[1.0, 2.0, 1.5, 2.0, 1.9, 9.0])
    outcome = trainer.train()
    assert outcome.is_finished and outcome.step == 5 and outcome.best_score == 2.0


def test_a_plateau_lowers_the_rate_and_a_better_score_does_not(tmp_path: Path) -> None:
    rule = {"schedule": "plateau", "plateau_patience": 2, "plateau_factor": 0.1, "warmup_steps": 1}
    run = dataclasses.replace(optimised(max_steps=7, learning_rate=1e-2, **rule), validate_every_s=0.0)
    trainer = trainer_of(run, tmp_path, scores=[1.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0])
    rates = []
    for _ in range(7):
        trainer.train(pause_after_steps=1)
        rates.append(trainer.optimiser.param_groups[0]["lr"])
    assert rates == pytest.approx([1e-2] * 4 + [1e-3] * 3)


def test_stages_follow_each_other_with_their_batches_and_rates(tmp_path: Path) -> None:
    trainer = trainer_of(STAGED, tmp_path)
    rates = []
    for _ in range(10):
        trainer.train(pause_after_steps=1)
        rates.append(trainer.optimiser.param_groups[0]["lr"])
    assert trainer.task.drawn == [(6, 0)] * 5 + [(3, 1)] * 3 + [(2, 2)] * 2
    assert rates == pytest.approx([1e-3] * 8 + [1e-4] * 2)


def test_a_staged_run_trains_on_real_mixtures_and_resumes(corpus: Path, tmp_path: Path) -> None:
    run = dataclasses.replace(STAGED, mixing=TINY.mixing)
    whole = assemble(run, corpus=corpus, folder=tmp_path / "whole", device=CPU)
    assert whole.train().is_finished
    for steps in (4, 3, None):
        part = assemble(run, corpus=corpus, folder=tmp_path / "parts", device=CPU)
        part.train(pause_after_steps=steps)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, part.model.state_dict()[name]), name


def test_voices_are_those_of_the_run_in_every_stage() -> None:
    voices = dataclasses.replace(TINY.mixing, speaker_half="A", speeds_percent=(90,), most_clips=3)
    mixings = stage_mixings(dataclasses.replace(STAGED, mixing=voices))
    assert {(each.speaker_half, each.speeds_percent, each.most_clips) for each in mixings} == {
        ("A", (90,), 3)
    }
    assert [each.crop_s for each in mixings] == [0.2, 0.4, 0.5]


def test_stages_that_do_not_fill_the_run_are_refused() -> None:
    with pytest.raises(InputRefused, match="add up to 1: 0.5, 0.3"):
        dataclasses.replace(TINY, stages=STAGES[:2])


def test_rounding_leaves_no_gap_between_stages() -> None:
    thirds = tuple(StageConfig(share=1 / 3, mixing=MixingConfig()) for _ in range(3))
    run = dataclasses.replace(TINY, stages=thirds)
    assert [staged(run, done=done) for done in (0.0, 1 / 3, 2 / 3, 1.0)] == [0, 1, 2, 2]


def test_a_budget_of_seconds_decides_the_batch() -> None:
    assert batch_size(optimised(batch_s=1.0), None) == 3
    assert batch_size(optimised(batch_s=0.1), None) == 1
    assert batch_size(optimised(batch_s=1.0), STAGES[0]) == 6


def test_a_loss_far_above_its_start_is_divergence_and_a_little_above_is_not() -> None:
    model = torch.nn.Linear(2, 2)
    watch = DivergenceWatch(model)
    for step in range(FIRST_STEPS):
        assert watch.see(model, stage=0, loss=float(step % 3), gradient_norm=1.0) is None
    assert watch.judge(3.0) is None
    assert "rose from 1.00 to 30.00" in str(watch.judge(30.0))
    watch.see(model, stage=1, loss=30.0, gradient_norm=1.0)
    assert watch.judge(30.0) is None


def test_weights_that_explode_are_divergence_and_growth_is_not() -> None:
    model = torch.nn.Linear(4, 4)
    watch = DivergenceWatch(model)
    with torch.no_grad():
        model.weight.mul_(50.0)
    assert watch.see(model, stage=0, loss=1.0, gradient_norm=1.0) is None
    with torch.no_grad():
        model.weight.mul_(50.0)
    assert "have grown" in str(watch.see(model, stage=0, loss=1.0, gradient_norm=1.0))
