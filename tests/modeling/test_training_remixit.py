"""RemixIT as a run's loss: it needs a teacher and no sources, the teacher follows or stays, and the loss falls."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from modeling.__main__ import main
from modeling.building import build_model
from modeling.data.batches import MixtureBatch
from modeling.errors import InputRefused
from modeling.losses import remixit_loss
from modeling.runs.config import LossConfig
from modeling.training.averaging import WeightAverage
from modeling.training.objectives import separation_loss
from modeling.training.teaching import build_teacher
from tests.modeling.tiny_runs import TINY

REMIXIT = dataclasses.replace(TINY, loss=LossConfig(kind="remixit"), continue_from=Path("anywhere"))


class LowAndHigh(nn.Module):
    """Two talkers in two bands: stem one is a learned filter of the mixture, stem two what that leaves."""

    def __init__(self, taps: Tensor) -> None:
        super().__init__()
        self.taps = nn.Parameter(taps.clone())

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        low_bt = nn.functional.conv1d(mix_bt.unsqueeze(1), self.taps.view(1, 1, -1), padding="same").squeeze(
            1
        )
        return torch.stack([low_bt, mix_bt - low_bt], dim=1)


def noisy_toy_mixtures(batch: int = 8, samples: int = 2000) -> Tensor:
    """A slow and a fast tone of random pitch and phase under noise at 10 dB."""
    time_t = torch.arange(samples)
    slow, fast = 0.05 + 0.1 * torch.rand(batch, 1), 1.8 + 0.6 * torch.rand(batch, 1)
    tones = torch.sin(slow * time_t) + torch.sin(fast * time_t + 6 * torch.rand(batch, 1))
    return tones + 0.3 * torch.randn(batch, samples)


def test_the_loss_falls_on_noisy_toy_mixtures_without_their_sources() -> None:
    torch.manual_seed(0)
    smoothing = torch.hann_window(9, periodic=False)
    teacher = LowAndHigh(smoothing / smoothing.sum()).requires_grad_(False)
    student = LowAndHigh(torch.tensor([0.0, 0, 0, 0.2, 0.4, 0, 0, 0, 0]))
    optimiser = torch.optim.Adam(student.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = remixit_loss(student=student, teacher=teacher, mix_bt=noisy_toy_mixtures())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) / 5 < sum(losses[:5]) / 5 - 3.0


def test_a_batch_is_learned_without_its_sources() -> None:
    teacher, student = LowAndHigh(torch.ones(3) / 3), LowAndHigh(torch.tensor([0.5, 1.0, 0.0]))
    mix_bt = noisy_toy_mixtures(4, 300)
    unknown = MixtureBatch.without_room(mix_bt=mix_bt, sources_bct=torch.full((4, 2, 300), torch.nan))
    loss = separation_loss(REMIXIT.loss, model=student, batch=unknown, teacher=teacher)
    (gradient,) = torch.autograd.grad(loss, [student.taps])
    assert loss.isfinite() and gradient.any() and not teacher.taps.grad


def test_the_level_of_the_teachers_stems_does_not_matter() -> None:
    class Loud(LowAndHigh):
        def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
            return super().forward(mix_bt) * torch.tensor([50.0, -0.01]).view(1, 2, 1)

    mix_bt, taps, losses = noisy_toy_mixtures(4, 300), torch.ones(3) / 3, []
    for teacher in (LowAndHigh(taps), Loud(taps)):
        torch.manual_seed(5)
        losses.append(remixit_loss(student=LowAndHigh(taps), teacher=teacher, mix_bt=mix_bt))
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-3, atol=1e-3)


def test_a_following_teacher_is_the_average_and_moves_with_it() -> None:
    model, masks = build_model(TINY.model), "masks.bias"
    average = WeightAverage(model, decay=0.5)
    teacher = build_teacher(REMIXIT, average=average, device=torch.device("cpu"))
    assert teacher is not None
    before = teacher.get_parameter(masks).clone()
    with torch.no_grad():
        model.get_parameter(masks).add_(1.0)
    average.follow(model, step=1000)
    torch.testing.assert_close(teacher.get_parameter(masks), before + 0.5)
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


def test_a_run_learns_by_remixit_and_one_without_a_bundle_is_refused(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [
        "loss.kind=remixit",
        "optimisation.max_steps=2",
        "validation_mixtures=1",
        "loss.teacher=frozen",
    ]
    command = ["train", "remixit", "--corpus", str(corpus), "--out", str(tmp_path / "run"), "--device", "cpu"]
    command += ["--set", "optimisation.max_minutes=none", "--set", "optimisation.batch_size=2"]
    command += [part for setting in settings for part in ("--set", setting)]
    assert main([*command, "--set", "continue_from=none"]) == 2
    assert "name its bundle with --set continue_from=BUNDLE" in capsys.readouterr().err
    assert main([*command, "--set", "mixing.crop_s=0.5", "--out", str(tmp_path / "other")]) == 0


def test_one_mixture_cannot_be_shuffled() -> None:
    model = LowAndHigh(torch.ones(3))
    one = MixtureBatch.without_room(mix_bt=torch.randn(1, 50), sources_bct=torch.randn(1, 2, 50))
    with pytest.raises(InputRefused, match="batch_size must be 2 or more"):
        separation_loss(REMIXIT.loss, model=model, batch=one, teacher=model)
