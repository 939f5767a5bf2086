"""Losses and the scores under them: keyword-only, scores in dB with larger better, losses their negatives."""

from __future__ import annotations

from modeling.losses.clustering import deep_clustering_loss
from modeling.losses.mixit import assign_to_mixtures, mixit_loss
from modeling.losses.pit import pit_loss, pit_si_snr_loss
from modeling.losses.ratios import (
    LIMIT_DB,
    pairwise_sd_sdr_db,
    pairwise_si_snr_db,
    pairwise_snr_db,
    sd_sdr_db,
    si_snr_db,
    snr_db,
    soft_ceiling_db,
)
from modeling.losses.remixit import remix_stems, remixit_loss
from modeling.losses.spectral import multi_resolution_stft_loss

__all__ = [
    "LIMIT_DB",
    "assign_to_mixtures",
    "deep_clustering_loss",
    "mixit_loss",
    "multi_resolution_stft_loss",
    "pairwise_sd_sdr_db",
    "pairwise_si_snr_db",
    "pairwise_snr_db",
    "pit_loss",
    "pit_si_snr_loss",
    "remix_stems",
    "remixit_loss",
    "sd_sdr_db",
    "si_snr_db",
    "snr_db",
    "soft_ceiling_db",
]
