"""A pool is filled from runs and separates mixtures of the other half's speakers into shards that training reads."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from modeling.__main__ import main
from modeling.building import build_model
from modeling.data.corpus import read_clips
from modeling.data.halves import clips_of_half, half_of
from modeling.errors import InputRefused
from modeling.models.configs import BlstmConfig
from modeling.runs.config import MixingConfig, RunConfig
from modeling.training.checkpoints import save_checkpoint
from modeling.training.pool import read_pool
from modeling.training.separating import SeparationPlan, separate_pool
from modeling.training.stem_shards import read_shards

TINY = BlstmConfig(fft_samples=64, hop_samples=32, hidden_size=4, num_layers=1)
CPU = torch.device("cpu")


def plan(**changes: object) -> SeparationPlan:
    mixing = MixingConfig(crop_s=0.5, speeds_percent=(100,), reverberant_share=0.5)
    run = RunConfig(name="stems", mixing=mixing, seed=3)
    return SeparationPlan(run=run, mixtures=8, mixtures_per_shard=2, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_folder = tmp_path_factory.mktemp("run")
    description = {"model_name": "blstm", "model": {**_plain(TINY)}, "sample_rate_hz": 8000}
    (run_folder / "run.json").write_text(json.dumps(description), encoding="utf-8")
    save_checkpoint(run_folder / "best.pt", {"average": build_model(TINY).state_dict()})
    folder = tmp_path_factory.mktemp("pool")
    for half in ("A", "B"):
        assert main(["pool", "add", str(run_folder), "--pool", str(folder), "--half", half]) == 0
    return folder


def _plain(config: BlstmConfig) -> dict[str, object]:
    return {
        name: getattr(config, name) for name in ("fft_samples", "hop_samples", "hidden_size", "num_layers")
    }


@pytest.fixture(scope="module")
def stems(pool: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stems")
    assert separate_pool(plan(), pool=pool, corpus=corpus, folder=folder, device=CPU) == 4
    return folder


def test_a_run_becomes_a_member_with_its_half_and_family(pool: Path) -> None:
    members = {(member.family, member.half, member.role) for member in read_pool(pool)}
    assert members == {("blstm", "A", "training"), ("blstm", "B", "training")}


def test_a_member_for_three_talkers_does_not_take_the_place_of_one_for_two(tmp_path: Path) -> None:
    for talkers in (2, 3):
        config = dataclasses.replace(TINY, num_sources=talkers)
        run_folder = tmp_path / f"run_{talkers}"
        run_folder.mkdir()
        description = {
            "model_name": "blstm",
            "model": {**_plain(TINY), "num_sources": talkers},
            "sample_rate_hz": 8000,
        }
        (run_folder / "run.json").write_text(json.dumps(description), encoding="utf-8")
        save_checkpoint(run_folder / "best.pt", {"average": build_model(config).state_dict()})
        assert main(["pool", "add", str(run_folder), "--pool", str(tmp_path), "--half", "A"]) == 0
    assert [each.bundle for each in read_pool(tmp_path)] == ["blstm-A-100", "blstm-A-100-of-3"]


def test_each_half_is_separated_by_those_who_never_heard_it(stems: Path) -> None:
    for path, shard in zip(sorted(stems.iterdir()), read_shards(stems, setting="x"), strict=True):
        half = path.name.split("-")[1]
        assert all(f"-{half}-" not in member for member in shard.members), (path.name, shard.members)


def test_a_stored_mixture_is_the_sum_of_its_references(stems: Path) -> None:
    shard = read_shards(stems, setting="x")[0]
    reverberant_ct = shard.references(0)[2]
    torch.testing.assert_close(shard.mixture(0), reverberant_ct.sum(dim=0), rtol=0, atol=1e-3)


def test_a_stopped_separation_goes_on_with_the_same_mixtures(pool: Path, corpus: Path, stems: Path) -> None:
    lost = sorted(stems.iterdir())[1]
    before = read_shards(stems, setting="x")[1]
    lost.unlink()
    assert separate_pool(plan(), pool=pool, corpus=corpus, folder=stems, device=CPU) == 1
    after = read_shards(stems, setting="x")[1]
    assert torch.equal(after.mix_mt, before.mix_mt) and torch.equal(after.stems_mkct, before.stems_mkct)


def test_nobody_teaches_in_a_role_without_members(pool: Path, corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no separator of role 'selection'"):
        separate_pool(
            plan(role="selection", split="valid"), pool=pool, corpus=corpus, folder=tmp_path, device=CPU
        )


def test_halves_divide_the_speakers_and_keep_groups_together(corpus: Path) -> None:
    clips = read_clips(corpus, split="train")
    first, second = (clips_of_half(clips, half) for half in ("A", "B"))
    assert len(first) + len(second) == len(clips)
    assert not {clip.speaker_id for clip in first} & {clip.speaker_id for clip in second}
    assert len({half_of(f"pico_g{number}") for number in range(20)}) == 1


def test_without_a_pool_mixtures_are_stored_unseparated(corpus: Path, tmp_path: Path) -> None:
    assert separate_pool(plan(), pool=None, corpus=corpus, folder=tmp_path, device=CPU) == 4
    shard = read_shards(tmp_path, setting="x")[0]
    assert shard.shape == (2, 0) and shard.talkers == 2 and shard.members == ()
    assert bool(shard.mixture(0).any())


def test_a_pool_without_a_separator_for_so_many_talkers_is_refused(
    pool: Path, corpus: Path, tmp_path: Path
) -> None:
    mixing = MixingConfig(num_sources=3, crop_s=0.5, speeds_percent=(100,))
    three = SeparationPlan(run=RunConfig(name="stems", mixing=mixing), mixtures=2)
    with pytest.raises(InputRefused, match="for 3 talkers"):
        separate_pool(three, pool=pool, corpus=corpus, folder=tmp_path, device=CPU)
