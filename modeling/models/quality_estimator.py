"""Our blind quality estimator: SI-SNR of a stem without a reference, as a median with a 90 % interval.

Shape suffixes: b batch, c stems, i batch times stems, t samples, k views (mixture, stem, others, residual),
h channels, n frames, f frequency bins, d token size, e embedding size, v target conventions, q quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.alignment import FACTS, StemViews, align_views
from modeling.models.configs import QualityEstimatorConfig
from modeling.models.front_end import FrozenFrontEnd
from modeling.models.masking import frame_mask

__all__ = ["LOW", "MEDIAN", "HIGH", "QualityEstimator", "QualityEstimatorConfig", "QualityOutput"]

LOW, MEDIAN, HIGH = 0, 1, 2
"""Positions on the last axis of `si_snr_db_bcvq`: the 5 %, 50 % and 95 % quantiles."""

NUM_CONVENTIONS = 3
FEATURES = 10
"""Mixture magnitude, three magnitudes, and three complex spectra turned by the mixture's phase."""

CENTRE_DB, SPREAD_DB = 6.0, 8.0
"""Where the heads begin: about the middle and the spread of labels, so that training need not find them."""

_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class QualityOutput:
    """What the estimator says: quantiles in dB, and an embedding with its distance from the known.

    `distance_bc` is 1 at the 99th percentile of validation stems; above it, a stem is unlike anything in
    training and its estimate should be withheld. It is 0 before calibration.
    """

    si_snr_db_bcvq: Tensor
    embedding_bce: Tensor
    distance_bc: Tensor


class QualityEstimator(nn.Module):
    """`(batch, samples), (batch, stems, samples) -> QualityOutput`; any number of stems, in any order.

    Every stem is seen with its mixture, the sum of the other stems, and what no combination of the stems
    explains of the mixture. Levels and polarity are set by projection on the mixture, so the answer does not
    depend on them; the order of stems cannot matter, since each sees only the sum of the others; rows of a
    padded batch (`lengths_b`) are answered as if alone. A silent stem, or a stem of a silent mixture, holds
    no trace of any source: it gets the low end of the range. Outside training, estimates stay in the range.
    """

    embedding_mean_e: Tensor
    embedding_whitener_ee: Tensor

    def __init__(self, config: QualityEstimatorConfig) -> None:
        super().__init__()
        self.config = config
        self.frames = FrameEncoder(config)
        self.front_end = FrozenFrontEnd(config) if config.front_end_file else None
        self.layers = nn.ModuleList(TokenMixer(config) for _ in range(config.num_layers))
        self.pool = AttentiveStatistics(config.token_size)
        self.embed = nn.Linear(2 * config.token_size + FACTS, config.embedding_size)
        self.hidden = nn.Linear(config.embedding_size, 2 * config.embedding_size)
        self.readout = nn.Linear(2 * config.embedding_size, NUM_CONVENTIONS * 3)
        nn.init.normal_(self.readout.weight, std=0.01)
        nn.init.zeros_(self.readout.bias)
        self.register_buffer("embedding_mean_e", torch.zeros(config.embedding_size))
        self.register_buffer(
            "embedding_whitener_ee", torch.zeros(config.embedding_size, config.embedding_size)
        )

    def forward(self, mix_bt: Tensor, stems_bct: Tensor, lengths_b: Tensor | None = None) -> QualityOutput:
        batch, sources, samples = stems_bct.shape
        if lengths_b is None:
            lengths_b = torch.full((batch,), samples, dtype=torch.long, device=mix_bt.device)
        views = align_views(mix_bt, stems_bct, lengths_b)
        tokens_ind, mask_in = self.frames(views.signals_ikt, lengths_b.repeat_interleave(sources))
        if self.front_end is not None:
            heard_bckt = views.signals_ikt.view(batch, sources, -1, samples)
            tokens_ind = tokens_ind + self.front_end(heard_bckt, lengths_b, mask_in)
        for layer in self.layers:
            tokens_ind = layer(tokens_ind, mask_in)
        pooled_id = self.pool(tokens_ind, mask_in)
        embedding_ie = self.embed(torch.cat([pooled_id, views.facts_if], dim=-1)).float()
        quantiles_ivq = self._quantiles(embedding_ie, views)
        return QualityOutput(
            si_snr_db_bcvq=quantiles_ivq.view(batch, sources, NUM_CONVENTIONS, 3),
            embedding_bce=embedding_ie.view(batch, sources, -1),
            distance_bc=self._distance(embedding_ie).view(batch, sources),
        )

    def _quantiles(self, embedding_ie: Tensor, views: StemViews) -> Tensor:
        raw = self.readout(functional.gelu(self.hidden(embedding_ie))).float()
        raw_ivq = raw.view(-1, NUM_CONVENTIONS, 3)
        median_iv = CENTRE_DB + SPREAD_DB * raw_ivq[..., MEDIAN]
        # What calibration found is for use: in training it would only be learned away.
        calibration = (self.config.shift_db, self.config.widen_db)
        shift_v, widen_v = (
            raw.new_zeros((2, NUM_CONVENTIONS)) if self.training else raw.new_tensor(calibration)
        )
        median_iv = median_iv + shift_v
        below_iv = (SPREAD_DB * functional.softplus(raw_ivq[..., LOW] - 1.0) + widen_v).clamp_min(0.0)
        above_iv = (SPREAD_DB * functional.softplus(raw_ivq[..., HIGH] - 1.0) + widen_v).clamp_min(0.0)
        quantiles_ivq = torch.stack([median_iv - below_iv, median_iv, median_iv + above_iv], dim=-1)
        low_db, high_db = self.config.label_low_db, self.config.label_high_db
        if not self.training:
            quantiles_ivq = quantiles_ivq.clamp(low_db, high_db)
        return quantiles_ivq.masked_fill(views.is_silent_i[:, None, None], low_db)

    def _distance(self, embedding_ie: Tensor) -> Tensor:
        """Mahalanobis distance from the validation stems, in units of its own 99th percentile there."""
        whitened_ie = (embedding_ie - self.embedding_mean_e) @ self.embedding_whitener_ee
        distance_i: Tensor = whitened_ie.square().sum(dim=-1).sqrt()
        return distance_i


class FrameEncoder(nn.Module):
    """Compressed spectra of the four views, four convolutions over time and frequency: 31 tokens a second."""

    window_t: Tensor

    def __init__(self, config: QualityEstimatorConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("window_t", torch.hann_window(config.fft_samples), persistent=False)
        widths = (FEATURES, *config.widths)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, kernel_size=(3, 5 if place == 0 else 3), stride=stride, padding=padding)
            for place, (before, after, stride, padding) in enumerate(
                zip(widths, widths[1:], _STRIDES, _PADDINGS, strict=False)
            )
        )
        bins = config.fft_samples // 2 + 1
        for _ in _STRIDES:
            bins = (bins + 1) // 2
        self.project = nn.Linear(widths[-1] * bins + _VIEWS, config.token_size)

    def forward(self, signals_ikt: Tensor, lengths_i: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens `(items, frames, token size)` and which of them are an item's own."""
        hidden, energy_ink = self._features(signals_ikt)
        frames_i = lengths_i // self.config.hop_samples + 1
        mask_in = frame_mask(frames_i, hidden.shape[2])
        for convolution, (stride, _) in zip(self.convolutions, _STRIDES, strict=True):
            hidden = convolution(hidden * mask_in[:, None, :, None])
            frames_i = (frames_i + stride - 1) // stride
            mask_in = frame_mask(frames_i, hidden.shape[2])
            hidden = functional.silu(_frame_norm(hidden))
            energy_ink = energy_ink[:, ::stride]
        flat_inx = torch.cat([hidden.permute(0, 2, 1, 3).flatten(2), energy_ink], dim=-1)
        return self.project(flat_inx), mask_in

    def _features(self, signals_ikt: Tensor) -> tuple[Tensor, Tensor]:
        """`(items, features, frames, bins)`, and the log energy of each view in each frame."""
        items, views, samples = signals_ikt.shape
        hop, size = self.config.hop_samples, self.config.fft_samples
        spectrum = torch.stft(
            functional.pad(signals_ikt.flatten(0, 1).float(), (0, max(0, hop - samples))),
            n_fft=size,
            hop_length=hop,
            window=self.window_t,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        spectrum = spectrum.transpose(1, 2).view(items, views, -1, size // 2 + 1) / size**0.5
        power_iknf = torch.view_as_real(spectrum).square().sum(dim=-1)
        energy_ink = (power_iknf.mean(-1) + _FLOOR**2).log10().transpose(1, 2)
        # Far below the floor: only the gradient of the root at zero needs it. Faster than abs() of a complex number.
        magnitude_iknf = (power_iknf + 1e-20).sqrt()
        return _compressed(spectrum, magnitude_iknf, self.config.compression), energy_ink


_STRIDES = ((2, 2), (1, 2), (2, 2), (1, 2))
_PADDINGS = ((1, 2), (1, 1), (1, 1), (1, 1))
_VIEWS = 4


class TokenMixer(nn.Module):
    """One transformer layer, norm first; padded tokens are neither attended to nor left with content."""

    def __init__(self, config: QualityEstimatorConfig) -> None:
        super().__init__()
        self.heads, self.dropout = config.num_heads, config.dropout
        self.attention_norm, self.feedforward_norm = (nn.LayerNorm(config.token_size) for _ in range(2))
        self.query_key_value = nn.Linear(config.token_size, 3 * config.token_size)
        self.merge = nn.Linear(config.token_size, config.token_size)
        self.widen = nn.Linear(config.token_size, config.feedforward_size)
        self.narrow = nn.Linear(config.feedforward_size, config.token_size)

    def forward(self, tokens_ind: Tensor, mask_in: Tensor) -> Tensor:
        tokens_ind = tokens_ind + self._dropped(self._attend(self.attention_norm(tokens_ind), mask_in))
        hidden = functional.gelu(self.widen(self.feedforward_norm(tokens_ind)))
        tokens_ind = tokens_ind + self._dropped(self.narrow(self._dropped(hidden)))
        return tokens_ind * mask_in.unsqueeze(-1)

    def _attend(self, tokens_ind: Tensor, mask_in: Tensor) -> Tensor:
        items, frames, size = tokens_ind.shape
        packed = self.query_key_value(tokens_ind).view(items, frames, 3, self.heads, size // self.heads)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask_in[:, None, None, :]
        )
        merged: Tensor = self.merge(mixed.transpose(1, 2).flatten(2))
        return merged

    def _dropped(self, hidden: Tensor) -> Tensor:
        return functional.dropout(hidden, self.dropout, self.training)


class AttentiveStatistics(nn.Module):
    """Mean and standard deviation over time, weighted by an attention of each channel's own."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.hidden = nn.Linear(size, size // 2)
        self.score = nn.Linear(size // 2, size)

    def forward(self, tokens_ind: Tensor, mask_in: Tensor) -> Tensor:
        tokens_ind = self.norm(tokens_ind).float()
        score_ind = self.score(torch.tanh(self.hidden(tokens_ind))).float()
        weight_ind = score_ind.masked_fill(~mask_in.unsqueeze(-1), float("-inf")).softmax(dim=1)
        mean_id = (weight_ind * tokens_ind).sum(dim=1)
        variance_id = (weight_ind * (tokens_ind - mean_id.unsqueeze(1)).square()).sum(dim=1)
        return torch.cat([mean_id, (variance_id + 1e-5).sqrt()], dim=-1)


def _compressed(spectrum_iknf: Tensor, magnitude_iknf: Tensor, power: float) -> Tensor:
    """Magnitudes of all views, and stem, others and residual as complex numbers relative to the mixture.

    Turned by the mixture's phase, a bin that holds only one talker reads the same whatever that phase is:
    what a mask did to it is what is left to learn.
    """
    compressed = (magnitude_iknf + _FLOOR).pow(power) - _FLOOR**power
    scale = compressed[:, 1:] / (magnitude_iknf[:, :1] * magnitude_iknf[:, 1:] + _FLOOR**2)
    relative = spectrum_iknf[:, 1:] * spectrum_iknf[:, :1].conj() * scale
    return torch.cat([compressed, relative.real, relative.imag], dim=1)


def _frame_norm(hidden_ihnf: Tensor) -> Tensor:
    """Each frame to unit mean square over channels and bins; energies travel apart."""
    return hidden_ihnf * (hidden_ihnf.square().mean(dim=(1, 3), keepdim=True) + 1e-6).rsqrt()
