"""Short-time Fourier transform of mixtures of unequal lengths: every item's frames are those it has alone.

Shape suffixes: b batch, t samples, f frequency bins, n frames, c sources.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.masking import silence_padding

SILENCE_RMS = 1e-8
"""What is quieter than this counts as silence and is not brought up."""


class Spectrogram(nn.Module):
    """Analysis and synthesis with a square-root Hann window; it holds no learned weights.

    Frame n is centred on sample `n * hop_samples`; the signal is continued by zeros on both sides. A whole
    window of silence follows the end of each item: without it the last samples would lie under the foot of a
    single window and the synthesis would divide by almost nothing. It also is what makes padded batches exact:
    frames that a longer neighbour adds begin after the item's own last sample.
    """

    window: Tensor

    def __init__(self, *, fft_samples: int, hop_samples: int) -> None:
        super().__init__()
        if hop_samples > fft_samples // 2:
            raise ValueError(f"a hop of {hop_samples} samples is more than half a window of {fft_samples}")
        self.fft_samples, self.hop_samples = fft_samples, hop_samples
        self.register_buffer("window", torch.hann_window(fft_samples).sqrt(), persistent=False)

    def frames(self, lengths_b: Tensor | None) -> Tensor | None:
        """How many frames items of so many samples have alone; on the CPU, where recurrence wants to read them."""
        if lengths_b is None:
            return None
        hops_b = (lengths_b.cpu() + self.hop_samples - 1) // self.hop_samples
        return 1 + (hops_b * self.hop_samples + self.fft_samples) // self.hop_samples

    def analyse(self, signal_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        """Complex spectra `(batch, bins, frames)`; what lies past an item's own length counts as zero."""
        padding = (-signal_bt.shape[-1]) % self.hop_samples + self.fft_samples
        padded_bt = functional.pad(silence_padding(signal_bt, lengths_b), (0, padding))
        return torch.stft(
            padded_bt,
            self.fft_samples,
            self.hop_samples,
            window=self.window,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )

    def synthesise(self, spectra_bcfn: Tensor, *, samples: int, lengths_b: Tensor | None = None) -> Tensor:
        """Waveforms `(batch, sources, samples)` from spectra, zero past each item's own length."""
        flat = spectra_bcfn.flatten(0, 1)
        signal = torch.istft(
            flat, self.fft_samples, self.hop_samples, window=self.window, center=True, length=samples
        )
        return silence_padding(signal.view(*spectra_bcfn.shape[:2], samples), lengths_b)


def rms(signal_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """Root mean square `(batch, 1)` over each item's own samples, at least `SILENCE_RMS`."""
    if lengths_b is None:
        mean_b1 = signal_bt.square().mean(dim=-1, keepdim=True)
    else:
        energy_b1 = silence_padding(signal_bt, lengths_b).square().sum(dim=-1, keepdim=True)
        mean_b1 = energy_b1 / lengths_b.unsqueeze(1)
    return mean_b1.clamp_min(SILENCE_RMS**2).sqrt()


def compressed_parts(spectrum_bfn: Tensor) -> Tensor:
    """What networks read of a spectrum of unit RMS: log magnitude, real and imaginary part, `(b, 3, f, n)`.

    Power 0.3 brings weak and strong bins to one order of magnitude while it keeps the phase.
    """
    magnitude = spectrum_bfn.abs().clamp_min(1e-4)
    compressed = spectrum_bfn * magnitude.pow(-0.7)
    return torch.stack([magnitude.log(), compressed.real, compressed.imag], dim=1)
