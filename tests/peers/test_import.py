"""Checkpoints that each toolkit saves itself, imported by the command: same output, level and number of weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.interop_differences import imported, relative_difference
from benchmarks.peers import PEERS, build_peer

SEPARATORS = [name for name in PEERS if name != "speechbrain_sisnr_estimator"]


@pytest.mark.parametrize("num_sources", [2, 3])
@pytest.mark.parametrize("architecture", SEPARATORS)
@torch.inference_mode()
def test_a_separator_gives_the_same_stems(architecture: str, num_sources: int, tmp_path: Path) -> None:
    theirs = build_peer(architecture, "small", num_sources=num_sources)
    ours = imported(theirs, tmp_path)
    for samples in (1999, 2408):  # 2408: chunks and segments come out even
        mix_bt = 0.1 * torch.randn(1, samples)
        stems_bct = theirs.run(mix_bt)
        assert stems_bct.abs().max() > 1e-4
        assert relative_difference(ours(mix_bt), stems_bct) < 1e-5


@pytest.mark.parametrize(
    "architecture", ["speechbrain_re_sepformer", "asteroid_conv_tasnet", "torchaudio_conv_tasnet"]
)
@torch.inference_mode()
def test_the_published_size_gives_the_same_stems(architecture: str, tmp_path: Path) -> None:
    theirs = build_peer(architecture)
    ours = imported(theirs, tmp_path)
    mix_bt = 0.1 * torch.randn(1, 4000)
    assert relative_difference(ours(mix_bt), theirs.run(mix_bt)) < 1e-5
    assert _count(ours) == _count(theirs.network)


@torch.inference_mode()
def test_the_estimator_gives_the_same_decibels(tmp_path: Path) -> None:
    theirs = build_peer("speechbrain_sisnr_estimator")
    ours = imported(theirs, tmp_path)
    mix_bt, stems_bct = torch.randn(1, 8000), torch.randn(1, 2, 8000)
    si_snr_db_bc = theirs.run(mix_bt, stems_bct)
    # Theirs adds noise to its pooled features, so that two calls differ by as much.
    torch.testing.assert_close(ours(mix_bt, stems_bct), si_snr_db_bc, rtol=1e-5, atol=1e-4)
    assert _count(ours) == _count(theirs.network) == 329_857


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
