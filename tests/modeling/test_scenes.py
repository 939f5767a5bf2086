"""Fixed scenes render the same from their recipe, with references in three conventions that belong together."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from modeling.data.scene_drawing import SCENE_KINDS, SceneKind, draw_scenes
from modeling.data.scenes import FixedScene, reference_snr_db
from modeling.data.testset import (
    TEST_SETS,
    RenderedMixture,
    is_near_floor,
    read_fixed_mixtures,
    render_mixtures,
)
from modeling.errors import InputRefused

EVERYTHING = SceneKind(is_noisy=True, is_reverberant=True)


@pytest.fixture(scope="module")
def scenes(corpus: Path) -> list[FixedScene]:
    return draw_scenes(corpus, kind=EVERYTHING, count=8, seed=1, split="train")


@pytest.fixture(scope="module")
def rendered(corpus: Path, scenes: list[FixedScene]) -> list[RenderedMixture]:
    return list(render_mixtures(scenes, corpus=corpus, sample_rate_hz=8000))


def test_one_seed_draws_one_set(corpus: Path, scenes: list[FixedScene]) -> None:
    assert draw_scenes(corpus, kind=EVERYTHING, count=8, seed=1, split="train") == scenes
    assert draw_scenes(corpus, kind=EVERYTHING, count=8, seed=2, split="train") != scenes


def test_a_frozen_scene_reads_back_as_drawn(scenes: list[FixedScene], tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("".join(scene.to_json() + "\n" for scene in scenes))
    assert read_fixed_mixtures(path) == scenes


def test_a_recipe_renders_identically(
    corpus: Path, scenes: list[FixedScene], rendered: list[RenderedMixture]
) -> None:
    again = list(render_mixtures(scenes, corpus=corpus, sample_rate_hz=8000))
    assert all(torch.equal(one.mix_t, two.mix_t) for one, two in zip(rendered, again, strict=True))


def test_levels_and_noise_are_those_of_the_recipe(rendered: list[RenderedMixture]) -> None:
    for item in rendered:
        assert isinstance(item.mixture, FixedScene) and item.mixture.noise is not None
        torch.testing.assert_close(item.mix_t, item.sources_ct.sum(dim=0) + item.noise_t)
        power_c = item.sources_ct.square().mean(dim=-1)
        sir_db = 10 * torch.log10(power_c[0] / power_c[1]).item()
        first, second = item.mixture.voices
        assert sir_db == pytest.approx(first.level_db - second.level_db, abs=0.01)
        speech = item.sources_ct.sum(dim=0).square().mean()
        snr_db = 10 * torch.log10(speech / item.noise_t.square().mean()).item()
        assert snr_db == pytest.approx(item.mixture.noise.snr_db, abs=0.01)


def test_reflections_come_after_the_direct_sound_and_the_tail_after_fifty_milliseconds(
    rendered: list[RenderedMixture],
) -> None:
    simulated = [item for item in rendered if item.mixture.room.simulated is not None]
    assert len(simulated) >= 3
    for item in simulated:
        late_ct = item.references("reverberant") - item.references("early")
        reflected_ct = item.references("early") - item.references("dry")
        loudest = item.sources_ct.abs().max()
        assert late_ct[:, :400].abs().max() < 1e-4 * loudest < late_ct.abs().max()
        assert reflected_ct[:, 0].abs().max() < 1e-4 * loudest < reflected_ct.abs().max()


def test_without_a_room_the_conventions_are_one(corpus: Path) -> None:
    (scene,) = draw_scenes(corpus, kind=SceneKind(speakers=3), count=1, seed=4)
    (item,) = render_mixtures([scene], corpus=corpus, sample_rate_hz=8000)
    assert item.sources_ct.shape[0] == 3 and item.dry_ct is item.sources_ct
    assert not item.noise_t.any() and len(item.reference_snr_db) == 3


def test_other_rates_render_the_same_scene(corpus: Path, scenes: list[FixedScene]) -> None:
    for rate_hz in (16000, 11025):
        (item,) = render_mixtures(scenes[:1], corpus=corpus, sample_rate_hz=rate_hz)
        assert len(item.mix_t) == pytest.approx(scenes[0].duration_s * rate_hz, abs=2)
        torch.testing.assert_close(item.mix_t, item.sources_ct.sum(dim=0) + item.noise_t, atol=1e-5, rtol=0)


def test_the_floor_of_a_recording_is_measured() -> None:
    rng = np.random.default_rng(0)
    signal = 0.01 * rng.standard_normal(16000)
    signal[8000:] += rng.standard_normal(8000)
    measured_db = reference_snr_db(signal.astype(np.float32), sample_rate_hz=8000)
    assert measured_db == pytest.approx(37.0, abs=2.0)
    assert is_near_floor(32.0, reference_snr_db=37.0) and not is_near_floor(30.0, reference_snr_db=37.0)


@pytest.mark.parametrize(
    "line", ["[", "{}", '{"first": "a.flac"}', '{"voices": [{"path": "a"}], "duration_s": 1}', "[1]"]
)
def test_a_wrong_line_is_refused_with_its_number(line: str, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputRefused, match="line 1: this is not a mixture of a fixed set"):
        read_fixed_mixtures(path)


@pytest.mark.parametrize("name", list(SCENE_KINDS))
def test_the_shipped_sets_are_what_their_description_says(name: str) -> None:
    kind, scenes = SCENE_KINDS[name], read_fixed_mixtures(TEST_SETS[name])
    assert len(scenes) == 200 and 0.6 < sum(scene.is_same_source for scene in scenes) / 200 < 0.8
    assert 0.4 < sum(scene.sexes == "same" for scene in scenes) / 200 < 0.6
    for scene in scenes:
        assert isinstance(scene, FixedScene) and len(scene.voices) == kind.speakers
        assert len({Path(voice.path).parent for voice in scene.voices}) == kind.speakers
        assert all(voice.path.endswith(".flac") and voice.reference_snr_db > 0 for voice in scene.voices)
        assert (scene.noise is not None) == kind.is_noisy and (scene.room is not None) == kind.is_reverberant
        assert scene.noise is None or (0 <= scene.noise.snr_db <= 20 and "/test/" in scene.noise.path)
        assert scene.room is None or all("/test/" in path for path in scene.room.responses)


def test_a_scene_says_all_in_json(scenes: list[FixedScene]) -> None:
    row = json.loads(scenes[0].to_json())
    assert set(row) == {"voices", "duration_s", "is_same_source", "sexes", "noise", "room"}
