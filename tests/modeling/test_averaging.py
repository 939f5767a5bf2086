"""The average of the weights follows what can be averaged and copies what counts."""

import pytest
import torch
from torch import nn

from modeling.training.averaging import WeightAverage


def test_an_average_follows_slowly_once_it_is_old() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 0.0)
    average = WeightAverage(model, decay=0.9)
    nn.init.constant_(model.weight, 1.0)
    average.follow(model, step=0)
    assert average.weights["weight"].item() == pytest.approx(0.9)
    average.follow(model, step=10_000)
    assert average.weights["weight"].item() == pytest.approx(0.91)


def test_counters_are_copied() -> None:
    model = nn.BatchNorm1d(3)
    average = WeightAverage(model, decay=0.9)
    model(torch.randn(4, 3))
    average.follow(model, step=100)
    assert average.weights["num_batches_tracked"].item() == 1
    assert 0 < average.weights["running_var"].sub(1).abs().max() < model.running_var.sub(1).abs().max()
