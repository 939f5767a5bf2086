"""Several processes of one run: one set of weights, different mixtures, the same result as one process."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from modeling.training.assembly import build_mixers
from modeling.training.checkpoints import LAST_NAME, load_checkpoint
from modeling.training.trainer import Trainer
from tests.modeling.tiny_runs import TINY, ScriptedTask
from tests.modeling.two_ranks import RUN

REPOSITORY = Path(__file__).parent.parent.parent


def torchrun(*command: str) -> str:
    """Two processes on this machine; their standard output."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--nproc-per-node",
            "2",
            "--master-port",
            port,
            *command,
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    torchrun("-m", "tests.modeling.two_ranks", str(folder))
    return folder


def weights_of(folder: Path, rank: int) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = torch.load(folder / f"rank{rank}.pt", weights_only=True)
    return weights


def test_two_processes_end_with_the_weights_of_one_with_the_double_batch(
    trained: Path, tmp_path: Path
) -> None:
    alone = Trainer(RUN, task=ScriptedTask(), folder=tmp_path, device=torch.device("cpu"))
    before = {name: value.clone() for name, value in alone.model.state_dict().items()}
    alone.train()
    first, second = (weights_of(trained / "straight", rank) for rank in range(2))
    for name, value in alone.model.state_dict().items():
        assert torch.equal(first[name], second[name]), name
        torch.testing.assert_close(first[name], value, rtol=0, atol=2e-5)
        assert not torch.equal(first[name], before[name]), name


def test_two_processes_resume_to_the_last_bit(trained: Path) -> None:
    resumed = weights_of(trained / "parts", 0)
    for name, value in weights_of(trained / "straight", 0).items():
        assert torch.equal(value, resumed[name]), name
    assert len(load_checkpoint(trained / "parts" / LAST_NAME)["ranks"]) == 2


def test_a_signal_to_one_process_stops_both_after_the_same_step(trained: Path) -> None:
    notes = [(trained / "stopped" / f"stopped{rank}.txt").read_text() for rank in range(2)]
    assert notes == ["15 1", "15 1"]
    resumed = weights_of(trained / "stopped", 0)
    for name, value in weights_of(trained / "straight", 0).items():
        assert torch.equal(value, resumed[name]), name


def test_every_process_draws_mixtures_of_its_own(corpus: Path) -> None:
    first, second, again = (build_mixers(TINY, corpus=corpus, rank=rank)[0] for rank in (0, 1, 1))
    drawn = [mixer.draw_batch(1).mix_bt for mixer in (first, second, again)]
    assert not torch.equal(drawn[0], drawn[1]) and torch.equal(drawn[1], drawn[2])


def test_torchrun_trains_a_run(corpus: Path, tmp_path: Path) -> None:
    command = ("-m", "modeling", "train", "debug", "--corpus", str(corpus), "--out", str(tmp_path / "run"))
    settings = ("--set", "optimisation.max_steps=2", "--set", "validation_mixtures=1", "--threads", "1")
    assert torchrun(*command, *settings).count('"step": 2') == 1
    assert len(load_checkpoint(tmp_path / "run" / LAST_NAME)["ranks"]) == 2
