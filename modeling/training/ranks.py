"""The processes of one run: alone, or several started by `torchrun`, each with mixtures of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """This process's place among those of the run."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def wrap(self, module: nn.Module, *, device: torch.device) -> nn.Module:
        """A module whose backward pass averages the gradients over all processes."""
        if self.count == 1:
            return module
        return DistributedDataParallel(module, device_ids=[device] if device.type == "cuda" else None)

    def agree(self, values: list[float], *, device: torch.device) -> list[float]:
        """The first process's values, in all of them: clocks differ, decisions must not."""
        if self.count == 1:
            return values
        shared: Tensor = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.broadcast(shared, src=0)
        return [float(value) for value in shared]

    def mean(self, value: float, *, device: torch.device) -> float:
        """The mean over all processes; no number in one of them is none in all."""
        if self.count == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=device)
        distributed.all_reduce(total)
        return float(total) / self.count

    def most(self, value: int, *, device: torch.device) -> int:
        """The largest value of any process, in all of them: what one was told holds for all."""
        if self.count == 1:
            return value
        largest = torch.tensor(value, device=device)
        distributed.all_reduce(largest, op=distributed.ReduceOp.MAX)
        return int(largest)

    def collect(self, state: dict[str, Any]) -> list[dict[str, Any]]:
        """The states of all processes, in the order of their ranks."""
        if self.count == 1:
            return [state]
        states: list[Any] = [None] * self.count
        distributed.all_gather_object(states, state)
        return states


def join_ranks(device: torch.device) -> Ranks:
    """Meet the other processes that `torchrun` started; alone, where it started none."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Ranks()
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Ranks(rank=distributed.get_rank(), count=count)


def leave_ranks() -> None:
    """End what `join_ranks` began; nothing where there is one process."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()


def device_of_rank(device: torch.device) -> torch.device:
    """Under `torchrun` every process of a machine takes the GPU of its own number."""
    if device.type != "cuda":
        return device
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
