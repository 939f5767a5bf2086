"""A run that is stopped from outside keeps its last step, says so, and goes on from there."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from modeling.__main__ import main
from modeling.training.checkpoints import LAST_NAME, load_checkpoint
from modeling.training.stopping import StopSignals
from modeling.training.trainer import Trainer
from tests.modeling.tiny_runs import TINY, ScriptedTask

SETTINGS = ("--set", "validation_mixtures=1", "--set", "optimisation.batch_size=1", "--threads", "1")


def stop_after_start(
    command: list[str], folder: Path, number: int, *, mark: str = "run.json", is_for_all: bool = False
) -> tuple[int, str]:
    """Signal a run, or its whole process group, as soon as it has written `mark`; its status and what it said."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        for _ in range(1200):
            if (folder / mark).is_file() or process.poll() is not None:
                break
            time.sleep(0.1)
        (os.killpg if is_for_all else os.kill)(process.pid, number)
        assert process.stderr is not None
        said = process.stderr.read()
    return process.returncode, said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_saves_its_step_and_goes_on_from_there(
    number: int, status: int, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["train", "debug", "--corpus", str(corpus), "--out", str(tmp_path), *SETTINGS]
    endless = [sys.executable, "-m", "modeling", *run, "--set", "optimisation.max_steps=1000000"]
    returned, said = stop_after_start(endless, tmp_path, number)
    step = load_checkpoint(tmp_path / LAST_NAME)["step"]
    assert returned == status and step >= 1
    assert f"Stopped at step {step}; the same command goes on from there." in said
    assert "Traceback" not in said
    assert main([*run, "--set", f"optimisation.max_steps={step + 1}"]) == 0
    assert f'"step": {step + 1}' in capsys.readouterr().out


def test_a_signal_to_the_whole_group_leaves_the_drawing_processes_to_the_run(
    corpus: Path, tmp_path: Path
) -> None:
    run = ["train", "debug", "--corpus", str(corpus), "--out", str(tmp_path), *SETTINGS]
    drawing = [sys.executable, "-m", "modeling", *run, "--set", "mixing.workers=2"]
    endless = [*drawing, "--set", "optimisation.max_steps=1000000", "--set", "validate_every_s=0"]
    slow = ["--set", "optimisation.batch_size=100"]
    returned, said = stop_after_start(
        [*endless, *slow], tmp_path, signal.SIGTERM, mark=LAST_NAME, is_for_all=True
    )
    assert returned == 143, said
    assert "Stopped at step" in said


def test_a_stop_writes_the_checkpoint_without_waiting_for_a_validation(tmp_path: Path) -> None:
    task, stop = ScriptedTask(), StopSignals()
    stop.number = signal.SIGTERM
    trainer = Trainer(TINY, task=task, folder=tmp_path, device=torch.device("cpu"))
    outcome = trainer.train(stop=stop)
    assert outcome.stopped_by == signal.SIGTERM and not outcome.is_finished
    assert outcome.step == load_checkpoint(tmp_path / LAST_NAME)["step"] == 1
    assert task.validations == 0


def signal_twice() -> None:
    with StopSignals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        if stop.number == signal.SIGTERM:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)


def test_a_second_signal_ends_the_process_at_once() -> None:
    child = multiprocessing.get_context("fork").Process(target=signal_twice)
    child.start()
    child.join(timeout=120)
    assert child.exitcode == -signal.SIGINT


def test_signals_mean_what_they_meant_once_training_is_over() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopSignals():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
