"""Started twice by torchrun: trains straight, in two parts and with a stop; leaves the weights of both processes."""

from __future__ import annotations

import dataclasses
import signal
import sys
from pathlib import Path

import torch

from modeling.training.checkpoints import LAST_NAME
from modeling.training.ranks import Ranks, join_ranks, leave_ranks
from modeling.training.stopping import StopSignals
from modeling.training.trainer import Trainer
from tests.modeling.tiny_runs import TINY, ScriptedTask, optimised

CPU = torch.device("cpu")
RUN = dataclasses.replace(
    optimised(max_steps=6, weight_decay=0.0), model=dataclasses.replace(TINY.model, dropout=0.0)
)


def main() -> None:
    torch.set_num_threads(1)
    folder, ranks = Path(sys.argv[1]), join_ranks(CPU)
    train(folder / "straight", ranks)
    train(folder / "parts", ranks, steps=3)
    train(folder / "parts", ranks)
    stop = StopSignals()
    # Only one process hears of it.
    stop.number = signal.SIGTERM if ranks.rank == 1 else 0
    train(folder / "stopped", ranks, stop=stop)
    train(folder / "stopped", ranks)
    leave_ranks()


def train(folder: Path, ranks: Ranks, *, steps: int | None = None, stop: StopSignals | None = None) -> None:
    """Each process takes its half of every batch."""

    def half(rows: int) -> slice:
        return slice(ranks.rank * rows // 2, (ranks.rank + 1) * rows // 2)

    trainer = Trainer(RUN, task=ScriptedTask(rows=half), folder=folder, device=CPU, ranks=ranks)
    if (folder / LAST_NAME).is_file():
        trainer.resume(folder / LAST_NAME)
    outcome = trainer.train(pause_after_steps=steps, stop=stop)
    if stop is not None:
        (folder / f"stopped{ranks.rank}.txt").write_text(f"{outcome.stopped_by} {outcome.step}")
    torch.save(trainer.model.state_dict(), folder / f"rank{ranks.rank}.pt")


if __name__ == "__main__":
    main()
