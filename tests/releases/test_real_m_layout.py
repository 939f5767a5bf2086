"""A loader written for REAL-M v0.1.0 reads a release unchanged."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from collection.models import Campaign, Participation
from tests.factories import make_participation
from tests.releases.made import build, make_accepted

Sounds = list[NDArray[np.float32]]


class RealMLoader:
    """Finds mixtures and their two separations by path alone, as public REAL-M loaders do; 8 kHz or nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mixtures = sorted((root / "audio_files_converted_8000Hz").glob("*/*.wav"))

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], Sounds]:
        mixture = self.mixtures[index]
        stems = [self.root / "separations" / f"{mixture.name}source{number}hat.wav" for number in (1, 2)]
        return self.read(mixture), [self.read(stem) for stem in stems]

    def read(self, path: Path) -> NDArray[np.float32]:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16")
        return soundfile.read(path, dtype="float32")[0]


@pytest.fixture
def participation(campaign: Campaign) -> Participation:
    return make_participation(campaign=campaign, session_code="BcArV")


@pytest.fixture
def root(campaign: Campaign, participation: Participation, tmp_path: Path) -> Path:
    for _ in range(2):
        make_accepted(campaign=campaign, participation=participation)
    make_accepted(campaign=campaign)
    return build(campaign=campaign, out_dir=tmp_path).folder / "REAL-M-v0.1.0"


def test_a_real_m_loader_reads_every_mixture_with_its_separations(root: Path) -> None:
    loader = RealMLoader(root)
    assert len(loader.mixtures) == 3
    for index in range(3):
        mixture, stems = loader[index]
        assert len(mixture) == 20_000
        assert [len(stem) for stem in stems] == [8_000, 8_000]
        assert float(np.abs(mixture).max()) > 0.1


def test_the_paths_are_those_of_real_m(root: Path) -> None:
    mixtures = root / "audio_files_converted_8000Hz" / "BcArV"
    assert sorted(path.name for path in mixtures.iterdir()) == [
        "mixture_1_BcArV.wav",
        "mixture_2_BcArV.wav",
    ]
    assert (root / "separations" / "mixture_1_BcArV.wavsource1hat.wav").is_file()
    assert sorted(path.name for path in root.iterdir()) == [
        "audio_files_converted_8000Hz",
        "separations",
        "transcriptions",
    ]


def test_transcriptions_have_four_columns_and_no_worker(root: Path, participation: Participation) -> None:
    with (root / "transcriptions" / "BcArV.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    prompts = [recording.assignment.prompt for recording in participation.recordings.order_by("pk")]
    assert header == ["index", "sentence1", "sentence2", "filename"]
    assert rows[0] == ["0", prompts[0].sentence_1, prompts[0].sentence_2, "mixture_1_BcArV.wav"]
    assert rows[1][3] == "mixture_2_BcArV.wav"


def test_a_mixture_that_was_never_separated_is_still_there(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign, separated=False)
    built = build(campaign=campaign, out_dir=tmp_path)
    assert len(RealMLoader(built.folder / "REAL-M-v0.1.0").mixtures) == 1
    assert "have no file in `separations`: 1" in (built.folder / "DATASHEET.md").read_text()
