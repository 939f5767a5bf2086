"""RemixIT: new mixtures from a teacher's stems, which the student learns without touching the teacher."""

import torch
from torch import Tensor, nn

from modeling.losses import remix_stems, remixit_loss


class Halves(nn.Module):
    """Splits a mixture into two parts of itself, by a learned gain."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(0.3))

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        delayed_bt = torch.roll(mix_bt, 1, dims=-1)
        return torch.stack([mix_bt + self.gain * delayed_bt, mix_bt - self.gain * delayed_bt], dim=1)


def test_a_new_mixture_is_the_sum_of_its_sources_and_every_stem_is_used_once() -> None:
    stems = torch.randn(5, 3, 40, generator=torch.Generator().manual_seed(0))
    mixed, targets, _ = remix_stems(stems_bct=stems, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(mixed, targets.sum(dim=1))
    assert torch.equal(targets[:, 0], stems[:, 0])
    for source in (1, 2):
        assert not torch.equal(targets[:, source], stems[:, source])
        torch.testing.assert_close(targets[:, source].sum(dim=0), stems[:, source].sum(dim=0))


def test_a_new_mixture_ends_with_its_shortest_stem() -> None:
    lengths = torch.tensor([40, 10, 25])
    stems = torch.ones(3, 2, 40) * (torch.arange(40) < lengths.unsqueeze(1)).unsqueeze(1)
    mixed, targets, new_lengths = remix_stems(
        stems_bct=stems, lengths_b=lengths, generator=torch.Generator().manual_seed(1)
    )
    for row, length in zip(targets, new_lengths.tolist(), strict=True):
        assert row[:, :length].min() == 1.0 and row[:, length:].abs().sum() == 0
    assert sorted(new_lengths.tolist()) != sorted(lengths.tolist())


def test_the_student_learns_and_the_teacher_does_not() -> None:
    torch.manual_seed(0)
    student, teacher = Halves(), Halves()
    loss = remixit_loss(student=student, teacher=teacher, mix_bt=torch.randn(4, 200))
    loss.backward()
    assert torch.isfinite(loss) and student.gain.grad.abs() > 0 and teacher.gain.grad is None
