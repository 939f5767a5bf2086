"""Noise that a run asks for and the corpus does not have is refused, never left out in silence."""

import shutil
from pathlib import Path

import pytest

from modeling.data.mixing_config import MixingConfig
from modeling.data.surroundings import load_surroundings
from modeling.errors import InputRefused


@pytest.fixture
def quiet_corpus(corpus: Path, tmp_path: Path) -> Path:
    shutil.copytree(corpus, tmp_path / "quiet")
    (tmp_path / "quiet" / "noise" / "manifest.csv").unlink()
    return tmp_path / "quiet"


def test_noise_asked_of_a_corpus_without_any_is_refused_with_the_setting(quiet_corpus: Path) -> None:
    with pytest.raises(InputRefused, match=r"noisy_share is 0\.5, but .*quiet has no noise.*noisy_share=0"):
        load_surroundings(quiet_corpus, config=MixingConfig(noisy_share=0.5), sample_rate_hz=8000)


def test_a_corpus_without_noise_serves_runs_that_ask_for_none(quiet_corpus: Path) -> None:
    surroundings = load_surroundings(quiet_corpus, config=MixingConfig(), sample_rate_hz=8000)
    assert list(surroundings.noises) == []
