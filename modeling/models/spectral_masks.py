"""What separators with complex masks on a spectrum have in common: level, analysis, synthesis, averaged passes.

Shape suffixes: b batch, t samples, f frequency bins, n frames, c sources.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs.spectral import MaskSeparatorConfig
from modeling.models.stft import Spectrogram, rms
from modeling.permutation import best_assignment, reorder


class MaskSeparator(nn.Module):
    """Separate a mixture: `(batch, samples) -> (batch, sources, samples)`; a subclass estimates the masks.

    Input and output share one scale: the mixture is brought to unit RMS inside and the stems back out.
    """

    def __init__(self, config: MaskSeparatorConfig) -> None:
        super().__init__()
        self.spectrogram = Spectrogram(fft_samples=config.fft_samples, hop_samples=config.hop_samples)
        step = config.hop_samples // config.analysis_grids
        self.shifts = range(step, step * config.analysis_grids, step)
        """By how many samples the frames of each further pass begin earlier."""

    def estimate_masks(self, spectrum_bfn: Tensor, frames_b: Tensor | None) -> Tensor:
        """Complex masks `(batch, sources, bins, frames)`; `frames_b` (on the CPU) are each item's own frames."""
        raise NotImplementedError

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        """`lengths_b` says how many samples of each row are its own; the rest is padding and comes out as zero."""
        stems_bct = self.separate_once(mix_bt, lengths_b)
        if self.training or not self.shifts:
            return stems_bct
        further = (self._separate_shifted(mix_bt, lengths_b, shift, stems_bct) for shift in self.shifts)
        return torch.stack([stems_bct, *further]).mean(dim=0)

    def separate_once(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        """One pass, frames beginning at the first sample."""
        rms_b1 = rms(mix_bt, lengths_b)
        spectrum_bfn = self.spectrogram.analyse(mix_bt / rms_b1, lengths_b)
        masks_bcfn = self.estimate_masks(spectrum_bfn, self.spectrogram.frames(lengths_b))
        stems_bct = self.spectrogram.synthesise(
            masks_bcfn * spectrum_bfn.unsqueeze(1), samples=mix_bt.shape[-1], lengths_b=lengths_b
        )
        return stems_bct * rms_b1.unsqueeze(1)

    def _separate_shifted(
        self, mix_bt: Tensor, lengths_b: Tensor | None, shift: int, like_bct: Tensor
    ) -> Tensor:
        """Another pass, its stems in the order of `like_bct`."""
        shifted_b = None if lengths_b is None else lengths_b + shift
        stems_bct = self.separate_once(functional.pad(mix_bt, (shift, 0)), shifted_b)[..., shift:]
        return reorder(stems_bct, best_assignment(stems_bct @ like_bct.transpose(1, 2)).order_br)
