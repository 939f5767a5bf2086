"""The loss settings of a run: which loss they choose, and which models they refuse."""

import pytest
import torch
from torch import Tensor, nn

from modeling.data.batches import MixtureBatch
from modeling.errors import InputRefused
from modeling.losses import mixit_loss, multi_resolution_stft_loss, pit_si_snr_loss, snr_db
from modeling.runs.config import LossConfig
from modeling.training.objectives import refuse_misfit, separation_loss


class Spoiler(nn.Module):
    """Gives noisy sources in the wrong order; remembers the lengths it was told."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(outputs, 1))
        self.lengths_b: Tensor | None = None

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        self.lengths_b = lengths_b
        generator = torch.Generator().manual_seed(1)
        noise = torch.randn(len(mix_bt), len(self.weight), mix_bt.shape[-1], generator=generator)
        return mix_bt.unsqueeze(1) * self.weight + noise


class WithOwnLoss(Spoiler):
    def training_loss(
        self, *, mix_bt: Tensor, sources_bct: Tensor, lengths_b: Tensor | None = None
    ) -> Tensor:
        return self.weight.sum() * 0 + 7.0


def batch_of(*, lengths_b: Tensor | None = None) -> MixtureBatch:
    generator = torch.Generator().manual_seed(0)
    reverberant, dry = torch.randn(2, 4, 2, 1200, generator=generator)
    clean = MixtureBatch.without_room(mix_bt=reverberant.sum(dim=1), sources_bct=reverberant)
    return MixtureBatch(
        mix_bt=clean.mix_bt,
        sources_bct=reverberant,
        early_bct=reverberant,
        dry_bct=dry,
        noise_bt=clean.noise_bt,
        lengths_b=lengths_b,
    )


def test_the_default_is_pit_si_snr_on_reverberant_sources() -> None:
    model, batch = Spoiler(), batch_of()
    wanted = pit_si_snr_loss(estimate=model(batch.mix_bt), reference=batch.sources_bct)
    torch.testing.assert_close(separation_loss(LossConfig(), model=model, batch=batch), wanted)


def test_the_convention_chooses_the_references() -> None:
    model, batch = Spoiler(), batch_of()
    wanted = pit_si_snr_loss(estimate=model(batch.mix_bt), reference=batch.dry_bct)
    loss = separation_loss(LossConfig(convention="dry"), model=model, batch=batch)
    torch.testing.assert_close(loss, wanted)


def test_the_spectral_term_compares_stems_in_the_order_found() -> None:
    batch = batch_of()
    model = Spoiler()
    model.forward = lambda mix_bt, lengths_b=None: batch.sources_bct.flip(1) * 0.5
    loss = separation_loss(LossConfig(stft_weight=0.1, ceiling="none"), model=model, batch=batch)
    term = multi_resolution_stft_loss(estimate=0.5 * batch.sources_bct, reference=batch.sources_bct)
    torch.testing.assert_close(loss, -100.0 + 0.1 * term)


def test_pit_snr_minds_the_level() -> None:
    batch, model = batch_of(), Spoiler()
    model.forward = lambda mix_bt, lengths_b=None: batch.sources_bct.flip(1) * 0.5
    loss = separation_loss(LossConfig(kind="pit_snr"), model=model, batch=batch)
    wanted = snr_db(estimate=0.5 * batch.sources_bct, reference=batch.sources_bct).mean()
    torch.testing.assert_close(loss, -wanted)


def test_mixit_learns_from_pairs_of_mixtures_and_no_sources() -> None:
    batch, model = batch_of(), Spoiler(outputs=4)
    pairs = batch.mix_bt.view(2, 2, -1)
    wanted = mixit_loss(estimate=model(pairs.sum(dim=1)), mixture=pairs)
    silent = MixtureBatch.without_room(
        mix_bt=batch.mix_bt, sources_bct=torch.full_like(batch.sources_bct, float("nan"))
    )
    loss = separation_loss(LossConfig(kind="mixit"), model=model, batch=silent)
    torch.testing.assert_close(loss, wanted)


def test_lengths_reach_the_model_and_the_loss() -> None:
    lengths = torch.tensor([1200, 600, 300, 1200])
    model, batch = Spoiler(), batch_of(lengths_b=lengths)
    wanted = pit_si_snr_loss(estimate=model(batch.mix_bt), reference=batch.sources_bct, lengths_b=lengths)
    torch.testing.assert_close(separation_loss(LossConfig(), model=model, batch=batch), wanted)
    assert torch.equal(model.lengths_b, lengths)


def test_a_model_with_a_loss_of_its_own_is_trained_on_that() -> None:
    assert separation_loss(LossConfig(), model=WithOwnLoss(), batch=batch_of()).item() == 7.0


@pytest.mark.parametrize(
    ("kind", "model", "sentence"),
    [
        ("deep_clustering", Spoiler(), "needs embeddings, which Spoiler has not"),
        ("mixit", WithOwnLoss(), "loss.kind must be auto, not mixit"),
    ],
)
def test_a_loss_that_does_not_fit_the_model_is_refused(kind: str, model: nn.Module, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        refuse_misfit(LossConfig(kind=kind), model)
