"""Small separators for the estimator's pool: eight families, a few minutes on one core each.

python -m modeling train pool_dprnn --set mixing.speaker_half=A --corpus DIR --out runs/members/dprnn_a
"""

from __future__ import annotations

from collections.abc import Callable

from modeling.models.configs import (
    BandSplitConfig,
    BlstmConfig,
    ConvTasnetConfig,
    DeepClusteringConfig,
    DprnnConfig,
    ModelConfig,
    ReSepformerConfig,
    SepformerConfig,
    TfGridNetConfig,
)
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def pool_conv_tasnet() -> RunConfig:
    return _member(
        "pool_conv_tasnet",
        ConvTasnetConfig(
            num_filters=128,
            filter_samples=32,
            hop_samples=16,
            bottleneck_channels=64,
            hidden_channels=128,
            skip_channels=64,
            blocks_per_repeat=6,
            num_repeats=2,
        ),
    )


def pool_dprnn() -> RunConfig:
    return _member(
        "pool_dprnn",
        DprnnConfig(
            filters=64,
            kernel_samples=32,
            stride_samples=16,
            width=64,
            hidden_size=64,
            num_blocks=2,
            chunk_frames=50,
            hop_frames=25,
        ),
    )


def pool_sepformer() -> RunConfig:
    return _member(
        "pool_sepformer",
        SepformerConfig(
            filters=64,
            kernel_samples=32,
            stride_samples=16,
            width=64,
            num_heads=4,
            feedforward_size=128,
            intra_layers=1,
            inter_layers=1,
            num_blocks=2,
            chunk_frames=50,
        ),
    )


def pool_re_sepformer() -> RunConfig:
    return _member(
        "pool_re_sepformer",
        ReSepformerConfig(
            kernel_samples=32,
            stride_samples=16,
            width=64,
            num_heads=4,
            feedforward_size=128,
            segment_layers=2,
            memory_layers=1,
            num_blocks=2,
            segment_frames=50,
        ),
    )


def pool_blstm() -> RunConfig:
    return _member("pool_blstm", BlstmConfig(hidden_size=128, num_layers=2))


def pool_band_split() -> RunConfig:
    """Never teaches: its stems choose the estimator's best checkpoint."""
    return _member(
        "pool_band_split",
        BandSplitConfig(
            hop_samples=128, num_blocks=3, embedding_size=32, hidden_size=48, mask_hidden_size=64
        ),
    )


def pool_tf_gridnet() -> RunConfig:
    """Never teaches and never chooses: unseen in the test."""
    return _member(
        "pool_tf_gridnet",
        TfGridNetConfig(
            fft_samples=256,
            hop_samples=128,
            num_blocks=2,
            embedding_size=16,
            hidden_size=48,
            stacking_hop=4,
            num_heads=2,
            attention_width=128,
        ),
    )


def pool_deep_clustering() -> RunConfig:
    """Never teaches and never chooses: unseen in the test."""
    return _member(
        "pool_deep_clustering",
        DeepClusteringConfig(hop_samples=128, hidden_size=128, num_layers=2, dimensions=20),
    )


def _member(name: str, model: ModelConfig) -> RunConfig:
    return RunConfig(
        name=name,
        model=model,
        mixing=MixingConfig(
            crop_s=1.5, noisy_share=0.2, reverberant_share=0.2, speeds_percent=(92, 100, 108)
        ),
        optimisation=OptimisationConfig(batch_size=8, max_minutes=5.0, warmup_steps=50, ema_decay=0.99),
        validation_mixtures=20,
        validate_every_s=60.0,
    )


POOL_MEMBERS: dict[str, Callable[[], RunConfig]] = {
    member.__name__: member
    for member in (
        pool_conv_tasnet,
        pool_dprnn,
        pool_sepformer,
        pool_re_sepformer,
        pool_blstm,
        pool_band_split,
        pool_tf_gridnet,
        pool_deep_clustering,
    )
}
