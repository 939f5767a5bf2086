"""Configuration of every architecture, without torch, so that a bundle can be checked where torch is absent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BlstmConfig:
    """Size of the BLSTM separator; 256/128 at 8 kHz is a 32 ms window with a 16 ms hop.

    Outside training the stems are averaged over `analysis_grids` passes whose frames begin at different samples:
    what a mask gets wrong because of where its frames lie averages out, at that many times the work.
    """

    num_sources: int = 2
    fft_samples: int = 256
    hop_samples: int = 128
    hidden_size: int = 256
    num_layers: int = 3
    dropout: float = 0.0
    analysis_grids: int = 1

    @property
    def num_bins(self) -> int:
        return self.fft_samples // 2 + 1

    @property
    def learned(self) -> tuple[object, ...]:
        """What the weights depend on: training may go on under another dropout or number of passes."""
        return (
            "blstm",
            self.num_sources,
            self.fft_samples,
            self.hop_samples,
            self.hidden_size,
            self.num_layers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SisnrEstimatorConfig:
    """Size and label range of REAL-M's blind SI-SNR estimator (published range: 0 to 10 dB)."""

    channels: int = 128
    label_low_db: float = -10.0
    label_high_db: float = 25.0

    @property
    def learned(self) -> tuple[object, ...]:
        """What the weights depend on."""
        return ("sisnr_estimator", self.channels, self.label_low_db, self.label_high_db)


ModelConfig = BlstmConfig | SisnrEstimatorConfig
