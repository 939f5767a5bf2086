"""A run is validated on what it trains on: clean mixtures, and noisy or reverberant ones where it hears any."""

import dataclasses
from pathlib import Path

import torch

from modeling.runs.config import LossConfig, MixingConfig, StageConfig
from modeling.training.assembly import load_validation
from modeling.training.validation import ValidationMixture
from tests.modeling.tiny_runs import TINY

CLEAN = MixingConfig(crop_s=0.3, speeds_percent=(100,))
NOISY, IN_ROOMS = (
    dataclasses.replace(CLEAN, noisy_share=1.0),
    dataclasses.replace(CLEAN, reverberant_share=1.0),
)


def drawn(corpus: Path, mixing: MixingConfig, **changes: object) -> list[ValidationMixture]:
    run = dataclasses.replace(TINY, mixing=mixing, validation_mixtures=4, **changes)  # type: ignore[arg-type]
    return load_validation(run, corpus=corpus)


def rest(item: ValidationMixture) -> float:
    """What the references leave of the mixture, relative to it."""
    return float((item.mix_t - item.references_ct.sum(dim=0)).norm() / item.mix_t.norm())


def test_a_clean_run_is_validated_on_clean_mixtures_alone(corpus: Path) -> None:
    assert all(rest(item) < 1e-5 for item in drawn(corpus, CLEAN))


def test_half_of_the_validation_of_a_noisy_run_is_noisy(corpus: Path) -> None:
    assert [rest(item) > 0.01 for item in drawn(corpus, NOISY)] == [False, False, True, True]


def test_references_in_rooms_are_in_the_convention_of_the_loss(corpus: Path) -> None:
    heard = drawn(corpus, IN_ROOMS)[2:]
    dry = drawn(corpus, IN_ROOMS, loss=LossConfig(convention="dry"))[2:]
    assert all(rest(item) < 1e-5 for item in heard) and all(rest(item) > 0.05 for item in dry)


def test_a_noisy_stage_is_validated_on_although_others_are_clean(corpus: Path) -> None:
    stages = tuple(StageConfig(share=0.5, mixing=mixing) for mixing in (CLEAN, NOISY))
    assert [rest(item) > 0.01 for item in drawn(corpus, CLEAN, stages=stages)][2:] == [True, True]


def test_the_same_run_is_validated_on_the_same_mixtures_each_time(corpus: Path) -> None:
    first, again = (drawn(corpus, NOISY) for _ in range(2))
    assert all(torch.equal(one.mix_t, other.mix_t) for one, other in zip(first, again, strict=True))
