"""A pool keeps its halves apart; its stems survive on disk, and degraded ones keep true labels."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from modeling.errors import InputRefused
from modeling.losses import si_snr_db
from modeling.runs.pool_config import PoolConfig
from modeling.training.degradation import FAILURES, Scene, blend
from modeling.training.estimation import labelled_batches
from modeling.training.pool import PoolMember, add_members, members_for, read_pool, role_of
from modeling.training.remasking import remask
from modeling.training.stem_shards import REVERBERANT, ShardOrigin, read_shards, write_shard
from modeling.training.stem_stream import StemStream, label_stems

RATE_HZ = 8000
SAMPLES = 4000


def member(name: str, half: str, family: str = "blstm") -> PoolMember:
    return PoolMember(bundle=name, family=family, half=half, fraction=1.0, role=role_of(family))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    generator = torch.Generator().manual_seed(0)
    references = torch.randn(6, 3, 2, SAMPLES, generator=generator)
    mix = references[:, REVERBERANT].sum(dim=1)
    good = references[:, REVERBERANT] + 0.1 * mix.unsqueeze(1)
    bad = references[:, REVERBERANT] + 1.0 * mix.unsqueeze(1)
    write_shard(
        folder / "0.safetensors",
        mix_mt=mix,
        references_mvct=references,
        stems_mkct=torch.stack([good, bad], dim=1),
        origin=ShardOrigin(members=("good", "bad"), families=("x", "y"), sample_rate_hz=RATE_HZ),
    )
    return folder


@pytest.fixture
def scene() -> Scene:
    generator = torch.Generator().manual_seed(1)
    references_ct = torch.randn(2, SAMPLES, generator=generator)
    mix_t = references_ct.sum(dim=0)
    return Scene(
        mix_t=mix_t,
        references_ct=references_ct,
        stems_ct=references_ct + 0.2 * references_ct.flip(0),
        stranger_t=torch.randn(SAMPLES, generator=generator),
        sample_rate_hz=RATE_HZ,
    )


def label(scene: Scene, stems_ct: Tensor) -> Tensor:
    references_bvct = scene.references_ct.expand(1, 3, -1, -1)
    return label_stems(references_bvct=references_bvct, stems_bct=stems_ct[None])[0, :, REVERBERANT]


def test_a_separator_never_teaches_with_speakers_it_learned_from() -> None:
    pool = [member("a", "A"), member("b", "B"), member("everyone", "all")]
    assert [each.bundle for each in members_for(pool, role="training", speakers="A")] == ["b"]
    assert [each.bundle for each in members_for(pool, role="training", speakers="B")] == ["a"]


def test_unseen_families_never_teach_or_select() -> None:
    pool = [member(family, "A", family) for family in ("tf_gridnet", "deep_clustering", "band_split")]
    assert members_for(pool, role="training", speakers="all") == []
    assert [each.family for each in members_for(pool, role="selection", speakers="all")] == ["band_split"]


def test_a_member_added_again_takes_the_place_of_its_old_self(tmp_path: Path) -> None:
    add_members(tmp_path, [member("a", "A"), member("b", "B")])
    add_members(tmp_path, [member("a", "B")])
    assert {each.bundle: each.half for each in read_pool(tmp_path)} == {"a": "B", "b": "B"}


def test_a_folder_without_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="pool add"):
        read_pool(tmp_path)


def test_sixteen_bits_change_a_stored_stem_by_less_than_labels_can_tell(shards: Path) -> None:
    (shard,) = read_shards(shards, setting="pool.examples")
    references_vct = shard.references(3)
    expected = references_vct[REVERBERANT] + 0.1 * shard.mixture(3)
    assert si_snr_db(estimate=shard.stems(3, 0), reference=expected).min() > 70.0


def test_a_broken_shard_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.safetensors").write_bytes(b"cut off")
    with pytest.raises(InputRefused, match=r"1\.safetensors"):
        read_shards(tmp_path, setting="pool.examples")


def test_labels_tell_good_stems_from_bad_ones(shards: Path) -> None:
    (shard,) = read_shards(shards, setting="pool.examples")
    references_bvct = torch.stack([shard.references(0)] * 2)
    labels = label_stems(
        references_bvct=references_bvct, stems_bct=torch.stack([shard.stems(0, 0), shard.stems(0, 1)])
    )
    assert (labels[0, :, REVERBERANT] > labels[1, :, REVERBERANT] + 10).all()
    assert (labels[0, :, 0] < -20).all(), "the dry references are other signals here"


def test_a_saved_stream_draws_the_same_stems_again(shards: Path) -> None:
    stream = StemStream(read_shards(shards, setting="pool.examples"), config=PoolConfig(), seed=0)
    stream.draw(4)
    position = stream.state_dict()
    expected = [stream.draw(4) for _ in range(3)]
    stream.load_state_dict(position)
    for before in expected:
        after = stream.draw(4)
        assert torch.equal(after.stems_bct, before.stems_bct)
        assert torch.equal(after.weight_bc, before.weight_bc)


def test_blends_reach_worse_and_better_than_the_separator(scene: Scene) -> None:
    rng = np.random.default_rng(0)
    labels = torch.stack([label(scene, blend(scene, rng)) for _ in range(30)])
    assert labels.min() < 6.0 and labels.max() > 25.0


@pytest.mark.parametrize("name", sorted(set(FAILURES) - {"code"}))
def test_a_failure_lowers_the_label_of_some_stem(scene: Scene, name: str) -> None:
    before = label(scene, scene.stems_ct)
    after = label(scene, FAILURES[name](scene, np.random.default_rng(0)))
    assert (after < before - 1.0).any()


def test_a_codec_gives_samples_back_where_they_were() -> None:
    time_s = torch.arange(SAMPLES) / RATE_HZ
    tone_t = torch.sin(2 * torch.pi * (200 + 100 * time_s) * time_s) * (1 + torch.sin(20 * time_s))
    scene = Scene(
        mix_t=tone_t,
        references_ct=tone_t[None],
        stems_ct=tone_t[None],
        stranger_t=tone_t,
        sample_rate_hz=RATE_HZ,
    )
    for seed in range(4):
        coded_ct = FAILURES["code"](scene, np.random.default_rng(seed))
        assert coded_ct.shape == scene.stems_ct.shape
        assert si_snr_db(estimate=coded_ct, reference=scene.stems_ct).min() > 3.0


def test_the_same_voice_twice_is_low_for_both(scene: Scene) -> None:
    twice = label(scene, torch.stack([scene.stems_ct[0], 0.5 * scene.stems_ct[0]]))
    assert (twice < -10.0).all()


def test_a_mask_made_anew_ranges_from_the_mixture_to_better_than_the_separator(scene: Scene) -> None:
    rng = np.random.default_rng(0)
    labels = torch.stack([label(scene, remask(scene, rng)) for _ in range(60)])
    assert labels.min() < 3.0 and labels.max() > 12.0 and labels.isfinite().all()


def test_a_mixture_that_nobody_separated_is_masked_by_its_references(scene: Scene) -> None:
    rng = np.random.default_rng(0)
    untouched = dataclasses.replace(scene, stems_ct=torch.zeros_like(scene.stems_ct))
    made = [remask(untouched, rng) for _ in range(20)]
    in_order = torch.stack([label(scene, stems_ct) for stems_ct in made])
    exchanged = torch.stack([label(scene, stems_ct.flip(0)) for stems_ct in made])
    assert in_order.mean() > exchanged.mean() + 3.0, "stems must stand in the order of their references"


def test_a_blend_goes_towards_what_another_separator_made(scene: Scene) -> None:
    rival_ct = torch.randn(2, SAMPLES, generator=torch.Generator().manual_seed(2))
    with_rival = dataclasses.replace(scene, rival_ct=rival_ct)
    rng = np.random.default_rng(0)
    blends = [blend(with_rival, rng) for _ in range(30)]
    correlations = [float(torch.corrcoef(torch.stack([made[0], rival_ct[0]]))[0, 1]) for made in blends]
    assert 2 <= sum(each > 0.15 for each in correlations) <= 15


def three_talker_shard(folder: Path) -> None:
    references = torch.randn(4, 3, 3, SAMPLES, generator=torch.Generator().manual_seed(3))
    write_shard(
        folder / "three.safetensors",
        mix_mt=references[:, REVERBERANT].sum(dim=1),
        references_mvct=references,
        stems_mkct=torch.zeros(4, 0, 3, SAMPLES),
        origin=ShardOrigin(members=(), families=(), sample_rate_hz=RATE_HZ),
    )


def test_two_and_three_talkers_teach_in_batches_of_their_own(shards: Path, tmp_path: Path) -> None:
    three_talker_shard(tmp_path)
    both = [*read_shards(shards, setting="x"), *read_shards(tmp_path, setting="x")]
    stream = StemStream(both, config=PoolConfig(), seed=0)
    sizes = [stream.draw(2).si_snr_db_bcv.shape for _ in range(40)]
    assert {size[1] for size in sizes} == {1, 2, 3}
    assert all(size[0] == 2 and size[2] == 3 for size in sizes)


def test_unseparated_mixtures_neither_validate_nor_calibrate(tmp_path: Path) -> None:
    three_talker_shard(tmp_path)
    assert list(labelled_batches(read_shards(tmp_path, setting="x"))) == []


def test_shards_in_folders_of_a_folder_teach_together(tmp_path: Path) -> None:
    for name in ("two", "three"):
        (tmp_path / name).mkdir()
        three_talker_shard(tmp_path / name)
    assert len(read_shards(tmp_path, setting="x")) == 2


@pytest.mark.parametrize("shares", [{"mask_share": 1.2}, {"blend_share": 0.6, "failure_share": 0.5}])
def test_shares_that_cannot_be_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(InputRefused, match=r"pool\.\w+_share"):
        PoolConfig(**shares)  # type: ignore[arg-type]
