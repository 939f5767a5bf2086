"""A batch drawn ahead changes nothing but the waiting."""

import dataclasses
from pathlib import Path

import pytest
import torch

from modeling.training.assembly import assemble
from modeling.training.feeding import Feed
from modeling.training.trainer import Trainer
from tests.modeling.test_training_schedule import STAGED
from tests.modeling.tiny_runs import TINY, ScriptedTask

CPU = torch.device("cpu")


def build(corpus: Path, folder: Path, *, ahead: bool) -> Trainer:
    run = dataclasses.replace(STAGED, mixing=TINY.mixing)
    trainer = assemble(run, corpus=corpus, folder=folder, device=CPU)
    trainer.feed._ahead = ahead
    return trainer


@pytest.mark.parametrize("pause", [4, 5, 8])
def test_drawing_ahead_and_stopping_ends_with_the_same_weights(
    pause: int, corpus: Path, tmp_path: Path
) -> None:
    plain = build(corpus, tmp_path / "plain", ahead=False)
    plain.train()
    build(corpus, tmp_path / "ahead", ahead=True).train(pause_after_steps=pause)
    ahead = build(corpus, tmp_path / "ahead", ahead=True)
    assert ahead.train().is_finished
    for name, value in plain.model.state_dict().items():
        assert torch.equal(value, ahead.model.state_dict()[name]), name


def test_a_batch_of_another_stage_is_drawn_anew() -> None:
    task = ScriptedTask()
    feed = Feed(task, ahead=True)
    feed.take(2, stage=0)
    feed.prepare(2, stage=0)
    assert task.drawn == [(2, 0), (2, 0)] and feed.state_dict() == {"drawn": [(2, 0)]}
    feed.take(3, stage=1)
    assert task.drawn == [(2, 0), (3, 1)]
