"""Deep clustering (Hershey et al., 2016, arXiv 1508.04306): bins of one voice lie together, any number of voices.

Shape suffixes: b batch, t samples, f frequency bins, n frames, m frames times bins (frame by frame), d dimensions,
c sources, h features.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.losses import deep_clustering_loss
from modeling.models.configs import DeepClusteringConfig
from modeling.models.recurrence import run_lstm
from modeling.models.soft_k_means import find_clusters, memberships
from modeling.models.stft import Spectrogram, rms

__all__ = ["DeepClusteringConfig", "DeepClusteringSeparator", "Embedding"]


class Embedding(NamedTuple):
    """A unit vector for every bin of a spectrum, and whether the bin counts (1) or is silence or padding (0)."""

    vectors_bmd: Tensor
    weight_bm: Tensor


class DeepClusteringSeparator(nn.Module):
    """Separate a mixture by clustering its bins: `(batch, samples) -> (batch, sources, samples)`.

    The stems add up to the mixture, at its level. Training needs no search for the order of sources and leaves
    the number of them open; see `training_loss`.
    """

    def __init__(self, config: DeepClusteringConfig) -> None:
        super().__init__()
        self.config = config
        self.spectrogram = Spectrogram(fft_samples=config.fft_samples, hop_samples=config.hop_samples)
        widths = [config.num_bins] + (config.num_layers - 1) * [2 * config.hidden_size]
        self.recurrent = nn.ModuleList(
            nn.LSTM(width, config.hidden_size, batch_first=True, bidirectional=True) for width in widths
        )
        self.dropout = nn.Dropout(config.dropout)
        self.embedding = nn.Linear(2 * config.hidden_size, config.num_bins * config.dimensions)

    def forward(
        self, mix_bt: Tensor, lengths_b: Tensor | None = None, *, num_sources: int | None = None
    ) -> Tensor:
        """Stems of `num_sources` (the configured number, if not given), whatever the training had.

        `lengths_b` says how many samples of each row are its own; the rest is padding and comes out as zero.
        """
        spectrum_bfn = self._analyse(mix_bt, lengths_b)
        vectors_bmd, weight_bm = self._embed(spectrum_bfn, lengths_b)
        with torch.no_grad():
            clusters = find_clusters(
                vectors_bmd, weight_bm, num_clusters=num_sources or self.config.num_sources
            )
        shares_bmc = memberships(vectors_bmd, clusters)
        batch, bins, frames = spectrum_bfn.shape
        masks_bcfn = shares_bmc.view(batch, frames, bins, -1).permute(0, 3, 2, 1)
        stems_bct = self.spectrogram.synthesise(
            masks_bcfn * spectrum_bfn.unsqueeze(1), samples=mix_bt.shape[-1], lengths_b=lengths_b
        )
        return stems_bct * rms(mix_bt, lengths_b).unsqueeze(1)

    def embed(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Embedding:
        """The vectors that are clustered, and which of them count."""
        return self._embed(self._analyse(mix_bt, lengths_b), lengths_b)

    def ideal_masks(self, sources_bct: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        """One-hot `(b, m, c)`: which source is loudest in each bin."""
        batch, sources, samples = sources_bct.shape
        repeated_b = None if lengths_b is None else lengths_b.repeat_interleave(sources)
        spectra = self.spectrogram.analyse(sources_bct.reshape(-1, samples), repeated_b)
        magnitude_bcfn = spectra.abs().view(batch, sources, *spectra.shape[1:])
        loudest_bm = magnitude_bcfn.argmax(dim=1).transpose(1, 2).flatten(1)
        return functional.one_hot(loudest_bm, sources).float()

    def training_loss(
        self, *, mix_bt: Tensor, sources_bct: Tensor, lengths_b: Tensor | None = None
    ) -> Tensor:
        """The low-rank clustering loss against ideal binary masks; no stems are made."""
        vectors_bmd, weight_bm = self.embed(mix_bt, lengths_b)
        target_bmc = self.ideal_masks(sources_bct, lengths_b)
        return deep_clustering_loss(embedding_bmd=vectors_bmd, target_bmc=target_bmc, weight_bm=weight_bm)

    def _analyse(self, mix_bt: Tensor, lengths_b: Tensor | None) -> Tensor:
        return self.spectrogram.analyse(mix_bt / rms(mix_bt, lengths_b), lengths_b)

    def _embed(self, spectrum_bfn: Tensor, lengths_b: Tensor | None) -> Embedding:
        frames_b = self.spectrogram.frames(lengths_b)
        magnitude_bnf = spectrum_bfn.abs().transpose(1, 2)
        # Halved logarithms of speech at unit RMS lie within about +-3.
        hidden_bnh = 0.5 * magnitude_bnf.clamp_min(1e-3).log()
        for layer in self.recurrent:
            hidden_bnh = self.dropout(run_lstm(layer, hidden_bnh, frames_b))
        vectors = torch.tanh(self.embedding(hidden_bnh)).float()
        vectors_bmd = vectors.view(len(vectors), -1, self.config.dimensions)
        return Embedding(functional.normalize(vectors_bmd, dim=-1), self._audible(magnitude_bnf))

    def _audible(self, magnitude_bnf: Tensor) -> Tensor:
        """1 where a bin is at most `silence_db` below the item's loudest one, else 0 (as in padding), `(b, m)`."""
        loudest_b11 = magnitude_bnf.amax(dim=(1, 2), keepdim=True)
        floor_b11 = loudest_b11 * 10 ** (-self.config.silence_db / 20)
        return (magnitude_bnf > floor_b11).flatten(1).float()
