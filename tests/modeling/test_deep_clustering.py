"""Deep clustering: learns to tell voices apart, separates as many as it is asked for, batch-exact."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import functional

from modeling.building import build_model
from modeling.losses import pairwise_si_snr_db, si_snr_db
from modeling.models.configs import DeepClusteringConfig
from modeling.models.soft_k_means import find_clusters, memberships
from modeling.permutation import best_assignment
from modeling.runs import RUNS

TINY = DeepClusteringConfig(fft_samples=64, hop_samples=16, hidden_size=8, dimensions=6)
LENGTHS = [1000, 1, 517, 64]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def tiny() -> Any:
    torch.manual_seed(0)
    return build_model(TINY).eval()


def tones(kinds: list[int], *, samples: int, generator: torch.Generator) -> torch.Tensor:
    """One complex of three tones per kind, `(sources, samples)`; kinds share no frequency, levels differ."""
    time_s = torch.arange(samples) / 8000
    slots_hz = torch.tensor([[500.0, 1625.0, 2750.0], [875.0, 2000.0, 3125.0], [1250.0, 2375.0, 3500.0]])
    rows = []
    for kind in kinds:
        phases = 6.28 * torch.rand(3, 1, generator=generator)
        tone = torch.sin(6.2832 * slots_hz[kind][:, None] * time_s + phases).sum(0)
        rows.append(tone * (0.5 + torch.rand(1, generator=generator)))
    return torch.stack(rows)


@functools.cache
@torch.enable_grad()
def trained() -> Any:
    """Taught with two or three of three kinds of voice at once."""
    generator = torch.Generator().manual_seed(0)
    model = tiny().train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(80):
        items = [
            tones(kinds, samples=600, generator=generator) for kinds in ([0, 1], [1, 2], [2, 0], [0, 1, 2])
        ]
        sources = torch.stack([functional.pad(item, (0, 0, 0, 3 - len(item))) for item in items])
        loss = model.training_loss(mix_bt=sources.sum(1), sources_bct=sources)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


@pytest.mark.parametrize("kinds", [[0, 1], [2, 1], [0, 1, 2]])
def test_it_separates_tones_into_their_sources(kinds: list[int]) -> None:
    sources = tones(kinds, samples=2000, generator=torch.Generator().manual_seed(9))[None]
    mix = sources.sum(1)
    with torch.no_grad():
        stems = trained()(mix, num_sources=len(kinds))
    assignment = best_assignment(pairwise_si_snr_db(estimate=stems, reference=sources))
    before = si_snr_db(estimate=mix[:, None].expand_as(sources), reference=sources)
    assert (assignment.score_br > 15.0).all() and (before < 6.0).all()


def test_stems_add_up_to_the_mixture() -> None:
    mix = noise(2, 900)
    torch.testing.assert_close(tiny()(mix, num_sources=4).sum(1), mix, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 2, 63, 500])
@pytest.mark.parametrize("sources", [1, 2, 3, 6])
def test_any_number_of_sources_comes_out(samples: int, sources: int) -> None:
    stems = tiny()(noise(2, samples), num_sources=sources)
    assert stems.shape == (2, sources, samples)
    assert torch.isfinite(stems).all()


@pytest.mark.parametrize("model", [tiny, trained])
@pytest.mark.parametrize("sources", [2, 3])
def test_a_padded_batch_separates_as_each_item_does_alone(model: Callable[[], Any], sources: int) -> None:
    separator, mix = model(), noise(4, 1000)
    with torch.no_grad():
        together = separator(mix, torch.tensor(LENGTHS), num_sources=sources)
        for row, length in enumerate(LENGTHS):
            alone = separator(mix[row : row + 1, :length], num_sources=sources)[0]
            assert (together[row, :, :length] - alone).abs().max() < 1e-5 * alone.abs().max()
            assert (together[row, :, length:] == 0).all()


def test_silence_separates_into_silence_also_beside_speech() -> None:
    stems = tiny()(torch.stack([torch.zeros(300), noise(300)]), torch.tensor([300, 200]))
    assert (stems[0] == 0).all() and stems[1].abs().max() > 0


def test_every_weight_learns_from_a_padded_batch() -> None:
    model, sources = tiny().train(), noise(2, 3, 400)
    model.training_loss(
        mix_bt=sources.sum(1), sources_bct=sources, lengths_b=torch.tensor([400, 130])
    ).backward()
    assert all(weight.grad.abs().sum() > 0 for weight in model.parameters())


def test_the_training_loss_is_that_of_the_affinities_of_audible_bins() -> None:
    model, sources = tiny(), noise(2, 2, 300)
    sources[1, :, 130:] = 0.0
    lengths, mix = torch.tensor([300, 130]), sources.sum(1)
    vectors, weight = model.embed(mix, lengths)
    target = model.ideal_masks(sources, lengths)
    expected = []
    for item in range(2):
        audible = weight[item] > 0
        v, y = vectors[item][audible], target[item][audible]
        expected.append((v @ v.T - y @ y.T).square().mean())
    actual = model.training_loss(mix_bt=mix, sources_bct=sources, lengths_b=lengths)
    torch.testing.assert_close(actual, torch.stack(expected).mean(), rtol=1e-4, atol=1e-6)


def test_bins_of_silence_and_padding_do_not_count() -> None:
    mix = torch.cat([noise(1, 480), 1e-4 * noise(1, 480, seed=1), noise(1, 240, seed=2)], dim=1)
    counted = tiny().embed(mix, torch.tensor([960])).weight_bm.view(-1, 33)
    assert counted[4:26].mean() > 0.95  # loud
    assert (counted[34:] == 0).all()  # 80 dB softer, then past the end


def test_an_ideal_mask_names_the_loudest_source_of_a_bin() -> None:
    sources = tones([0, 2], samples=1000, generator=torch.Generator().manual_seed(1))[None]
    masks = tiny().ideal_masks(sources).view(1, -1, 33, 2)[0, 20]
    assert masks[4].tolist() == [1.0, 0.0] and masks[10].tolist() == [0.0, 1.0]
    assert (masks.sum(-1) == 1).all()


def test_centres_of_clear_clusters_are_found_whatever_has_no_weight() -> None:
    directions = torch.eye(5)[:3]
    points = directions[torch.arange(600) % 3] + 0.05 * noise(600, 5)
    outliers = torch.full((100, 5), 9.0)
    weight = torch.cat([torch.ones(600), torch.zeros(100)])
    clusters = find_clusters(torch.cat([points, outliers])[None], weight[None], num_clusters=3)
    nearest = torch.cdist(directions, clusters.centres_bcd[0]).amin(1)
    assert (nearest < 0.05).all()
    assert torch.equal(memberships(points[None], clusters)[0].argmax(-1)[:3].sort().values, torch.arange(3))


def test_centres_of_points_that_lie_close_together_do_not_meet_in_their_mean() -> None:
    # A network that has only begun to learn puts both voices into one corner of the sphere.
    directions = functional.normalize(torch.tensor([[1.0, 0.15, 0.0], [1.0, -0.15, 0.0]]), dim=-1)
    points = directions[torch.arange(400) % 2] + 0.02 * noise(400, 3)
    clusters = find_clusters(points[None], torch.ones(1, 400), num_clusters=2)
    assert torch.dist(*clusters.centres_bcd[0]) > 0.25
    assert memberships(points[None], clusters)[0].amax(-1).mean() > 0.85


def test_a_network_that_has_hardly_learned_gives_two_stems_and_not_the_mixture_twice() -> None:
    mix = tones([0, 2], samples=2000, generator=torch.Generator().manual_seed(4)).sum(0)
    model = tiny()
    torch.nn.init.constant_(model.embedding.bias, 1.0)  # all bins into one corner of the sphere
    with torch.no_grad():
        first, second = model(mix[None])[0]
    assert (first - second).norm() > 0.3 * mix.norm()


def test_points_of_no_weight_take_no_place_in_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeling.models.soft_k_means.SAMPLE_POINTS", 64)
    points, weight = noise(1, 500, 4), (torch.arange(500) < 90).float()[None]
    alone = find_clusters(points[:, :90], weight[:, :90], num_clusters=3)
    torch.testing.assert_close(find_clusters(points, weight, num_clusters=3), alone)


def test_the_same_mixture_gives_the_same_stems_every_time() -> None:
    model, mix = tiny(), noise(1, 700)
    first = model(mix, num_sources=3)
    torch.rand(5)
    assert torch.equal(model(mix, num_sources=3), first)


def test_the_number_of_sources_is_free_of_the_weights() -> None:
    assert DeepClusteringConfig(num_sources=3).learned == DeepClusteringConfig(num_sources=2).learned


def test_the_small_run_fits_a_cpu() -> None:
    run = RUNS["deep_clustering_small"]()
    assert sum(weight.numel() for weight in build_model(run.model).parameters()) < 1_500_000
