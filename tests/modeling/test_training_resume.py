"""A run that was killed ends, to the last bit, as one that never stopped."""

import dataclasses
import multiprocessing
import os
import signal
from pathlib import Path

import pytest
import torch

from modeling.errors import InputRefused
from modeling.runs.config import RunConfig
from modeling.training.assembly import assemble
from modeling.training.checkpoints import LAST_NAME, load_checkpoint, save_checkpoint
from modeling.training.ranks import Ranks
from modeling.training.trainer import Trainer
from tests.modeling.tiny_runs import TINY, ScriptedTask, estimator_run, optimised

CPU = torch.device("cpu")


def build(corpus: Path, folder: Path, run: RunConfig) -> Trainer:
    return assemble(run, corpus=corpus, folder=folder, device=CPU)


def train_until_killed(corpus: Path, folder: Path, run: RunConfig, *, at_step: int) -> None:
    """In a process of its own, which is killed in the middle of a step."""
    trainer = build(corpus, folder, run)
    draw = trainer.task.draw

    def draw_or_die(size: int, *, stage: int = 0) -> object:
        batch = draw(size, stage=stage)
        if trainer.step == at_step:
            os.kill(os.getpid(), signal.SIGKILL)
        return batch

    object.__setattr__(trainer.task, "draw", draw_or_die)
    trainer.train()


@pytest.mark.parametrize("kind", ["separation", "estimation"])
def test_five_steps_a_kill_and_five_more_are_ten_steps(
    kind: str, corpus: Path, stored_stems: Path, tmp_path: Path
) -> None:
    run = optimised(TINY if kind == "separation" else estimator_run(stored_stems), max_steps=10)
    straight = build(corpus, tmp_path / "straight", run)
    straight.train()
    # A checkpoint after every step: the kill loses the step it falls into.
    often = dataclasses.replace(run, validate_every_s=0.0)
    child = multiprocessing.get_context("fork").Process(
        target=train_until_killed, args=(corpus, tmp_path / "killed", often), kwargs={"at_step": 5}
    )
    child.start()
    child.join(timeout=120)
    assert child.exitcode == -signal.SIGKILL
    torch.manual_seed(999)
    resumed = build(corpus, tmp_path / "killed", run)
    assert resumed.step == 5
    assert resumed.train().is_finished and resumed.step == 10
    for name, value in straight.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    for name, value in straight.average.weights.items():
        assert torch.equal(value, resumed.average.weights[name]), name
    ends = [load_checkpoint(tmp_path / name / LAST_NAME) for name in ("straight", "killed")]
    assert ends[0]["ranks"][0]["stream"] == ends[1]["ranks"][0]["stream"]
    assert torch.equal(ends[0]["ranks"][0]["torch_rng"], ends[1]["ranks"][0]["torch_rng"])


def test_how_often_a_run_validates_does_not_change_what_it_learns(tmp_path: Path) -> None:
    seldom = Trainer(TINY, task=ScriptedTask(), folder=tmp_path / "seldom", device=CPU)
    seldom.train()
    often_run = dataclasses.replace(TINY, validate_every_s=0.0)
    often = Trainer(often_run, task=ScriptedTask(), folder=tmp_path / "often", device=CPU)
    often.train()
    assert often.task.validations == 6 and seldom.task.validations == 1
    for name, value in seldom.model.state_dict().items():
        assert torch.equal(value, often.model.state_dict()[name]), name


def test_the_plateau_and_the_patience_go_on_where_they_were(tmp_path: Path) -> None:
    run = optimised(schedule="plateau", plateau_patience=2, stop_after_validations=9, max_steps=50)
    first = Trainer(run, task=ScriptedTask(scores=[3.0, 1.0]), folder=tmp_path, device=CPU)
    for _ in range(4):
        first.train(pause_after_steps=1)
    second = Trainer(run, task=ScriptedTask(), folder=tmp_path, device=CPU)
    second.resume(tmp_path / LAST_NAME)
    assert second.best_score == 3.0
    assert second.plateau.factor == 0.5 and second.plateau.since_best == 3


def test_a_checkpoint_of_an_earlier_version_is_still_read(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path, TINY).train(pause_after_steps=3)
    state = load_checkpoint(tmp_path / LAST_NAME)
    (own,) = state.pop("ranks")
    for name in ("scaler", "plateau", "watch"):
        del state[name]
    flat = {"torch_rng": own["torch_rng"], "cuda_rng": [], "stream": own["stream"]["stages"][0]}
    save_checkpoint(tmp_path / LAST_NAME, {**state, **flat})
    resumed = build(corpus, tmp_path, TINY)
    assert resumed.step == 3 and resumed.task.state_dict() == own["stream"]


def test_a_checkpoint_of_more_processes_is_refused(tmp_path: Path) -> None:
    Trainer(TINY, task=ScriptedTask(), folder=tmp_path, device=CPU).train(pause_after_steps=1)
    state = load_checkpoint(tmp_path / LAST_NAME)
    save_checkpoint(tmp_path / LAST_NAME, {**state, "ranks": state["ranks"] * 2})
    trainer = Trainer(TINY, task=ScriptedTask(), folder=tmp_path, device=CPU, ranks=Ranks())
    with pytest.raises(InputRefused, match="of 2 processes, this run has 1"):
        trainer.resume(tmp_path / LAST_NAME)


def test_a_finished_run_that_is_started_again_does_nothing(tmp_path: Path) -> None:
    Trainer(TINY, task=ScriptedTask(), folder=tmp_path, device=CPU).train()
    again, task = tmp_path / LAST_NAME, ScriptedTask()
    trainer = Trainer(TINY, task=task, folder=tmp_path, device=CPU)
    trainer.resume(again)
    assert trainer.train().is_finished and task.validations == 0
