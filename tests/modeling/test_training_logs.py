"""What a run writes about itself: CSV, TensorBoard, a bar; and the precisions it can compute in."""

import csv
import dataclasses
import io
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch

from modeling.errors import InputRefused
from modeling.training import logs
from modeling.training.logs import RunLog
from modeling.training.trainer import Trainer
from tests.modeling.tiny_runs import TINY, ScriptedTask, optimised

CPU = torch.device("cpu")
ROW = {"step": 5, "elapsed_s": 61.4, "loss": -1.25, "si_snri_db": 3.0, "learning_rate": 1e-3}


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_row_of_the_log_holds_every_figure(tmp_path: Path) -> None:
    with RunLog(tmp_path) as log:
        log.write(ROW, done=0.5, elapsed_s=61.4)
    wanted = {"step": "5", "elapsed_s": "61", "loss": "-1.2500", "si_snri_db": "3.0000"}
    assert rows_of(tmp_path) == [{**wanted, "learning_rate": "1.000e-03"}]


def test_a_log_of_an_earlier_version_keeps_its_columns(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss,other\n1,0.5,x\n", encoding="utf-8")
    with RunLog(tmp_path) as log:
        log.write(ROW, done=0.5, elapsed_s=1.0)
    assert rows_of(tmp_path)[1] == {"step": "5", "loss": "-1.2500", "other": ""}


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    with RunLog(tmp_path, tensorboard=True, is_quiet=True) as log:
        log.write(ROW, done=0.5, elapsed_s=1.0)
    assert list(tmp_path.iterdir()) == []


def test_tensorboard_gets_the_same_figures(tmp_path: Path) -> None:
    with RunLog(tmp_path, tensorboard=True) as log:
        log.write(ROW, done=0.5, elapsed_s=1.0)
    reader = import_module("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    (point,) = events.Scalars("si_snri_db")
    assert (point.step, point.value) == (5, 3.0)


def test_tensorboard_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(logs, "import_module", absent)
    run = dataclasses.replace(TINY, tensorboard=True)
    with pytest.raises(InputRefused, match=r"pip install -r requirements-training.txt"):
        Trainer(run, task=ScriptedTask(), folder=tmp_path, device=CPU).train()


def test_a_terminal_sees_how_much_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    with RunLog(tmp_path) as log:
        log.start(0.5)
        log.advance(0.75, step=12, loss=-3.21)
    assert "75.0 %" in screen.getvalue() and "step 12, loss -3.210" in screen.getvalue()
    assert "left" in screen.getvalue()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_precision_learns(precision: str, tmp_path: Path) -> None:
    run = optimised(precision=precision, max_steps=40, learning_rate=1e-2, warmup_steps=1)
    trainer = Trainer(run, task=ScriptedTask(), folder=tmp_path, device=CPU)
    trainer.train(pause_after_steps=2)
    before = trainer.recent_loss
    assert trainer.train().is_finished
    assert trainer.recent_loss < before
    assert all(value.dtype == torch.float32 for value in trainer.model.state_dict().values())


def test_half_precision_without_a_gpu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="fp16 needs a GPU; on a CPU use bf16 or fp32"):
        Trainer(optimised(precision="fp16"), task=ScriptedTask(), folder=tmp_path, device=CPU)


@pytest.mark.gpu
def test_a_scale_of_half_precision_gradients_is_kept(tmp_path: Path) -> None:
    run, gpu = optimised(precision="fp16", max_steps=6), torch.device("cuda")
    first = Trainer(run, task=ScriptedTask(), folder=tmp_path, device=gpu)
    first.scaler.update(512.0)
    first.train(pause_after_steps=1)
    second = Trainer(run, task=ScriptedTask(), folder=tmp_path, device=gpu)
    second.resume(tmp_path / "last.pt")
    assert second.scaler.get_scale() == first.scaler.get_scale() <= 512.0
