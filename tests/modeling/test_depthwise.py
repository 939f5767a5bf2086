"""The sum of shifted copies is the grouped convolution, forwards and backwards."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from modeling.models.depthwise import filter_channels


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(3, 1, 1), (3, 1, 8), (5, 2, 1), (2, 1, 4), (3, 1, 40)]
)
@pytest.mark.parametrize("before", [0, 1, 2, 9])
def test_shifted_copies_are_the_grouped_convolution(
    kernel: int, stride: int, dilation: int, before: int
) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv1d(6, 6, kernel, stride=stride, dilation=dilation, groups=6).double()
    hidden = torch.randn(2, 6, 32, dtype=torch.float64, requires_grad=True)
    reach = dilation * (kernel - 1)
    padded = functional.pad(hidden, (before, reach + stride))
    expected = convolution(padded)[..., : 32 // stride]
    inputs = [hidden, *convolution.parameters()]
    result = filter_channels(hidden, convolution, before=before)
    torch.testing.assert_close(result, expected)
    gradients = torch.autograd.grad(result.square().sum(), inputs)
    for gradient, wanted in zip(gradients, torch.autograd.grad(expected.square().sum(), inputs), strict=True):
        torch.testing.assert_close(gradient, wanted)


def test_half_precision_is_kept() -> None:
    convolution = nn.Conv1d(4, 4, 3, groups=4)
    assert filter_channels(torch.randn(1, 4, 16).bfloat16(), convolution, before=1).dtype == torch.bfloat16
