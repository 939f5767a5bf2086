"""A bundle is read whole and unaltered, or refused with a sentence that says what is wrong."""

import json
from pathlib import Path

import pytest
import torch

from modeling.building import build_model, load_model
from modeling.bundles import (
    SEPARATORS,
    digest_of,
    list_shipped_bundles,
    read_bundle,
    shipped_bundle,
    shipped_separator,
)
from modeling.catalog import BundleKind
from modeling.errors import BundleBroken
from modeling.packaging import record_scores, write_debug_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_debug_bundle(tmp_path / "bundle", kind="separator")
    return tmp_path / "bundle"


def change(folder: Path, **fields: object) -> None:
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_a_debug_bundle_is_the_same_each_time_and_small(folder: Path, tmp_path: Path) -> None:
    again = write_debug_bundle(tmp_path / "again", kind="separator")
    assert again.digest == read_bundle(folder).digest
    assert again.weights_path.stat().st_size < 20_000


def test_writing_a_debug_bundle_leaves_the_random_generator_alone(tmp_path: Path) -> None:
    state = torch.get_rng_state()
    write_debug_bundle(tmp_path / "bundle", kind="estimator")
    assert torch.equal(torch.get_rng_state(), state)


def test_weights_survive_in_half_precision(folder: Path) -> None:
    bundle = read_bundle(folder)
    model = load_model(bundle, device=torch.device("cpu"))
    assert not model.training
    assert all(value.dtype == torch.float32 for value in model.state_dict().values())
    assert model.state_dict().keys() == build_model(bundle.config).state_dict().keys()


@pytest.mark.parametrize("kind", ["separator", "estimator"])
def test_each_kind_knows_its_own_facts(tmp_path: Path, kind: str) -> None:
    bundle = write_debug_bundle(tmp_path / "bundle", kind=kind)
    assert (bundle.num_sources == 2) == (kind == "separator")
    assert (bundle.label_range_db == (-10.0, 25.0)) == (kind == "estimator")
    assert bundle.card.startswith(f"# debug-{kind}")


def test_altered_weights_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00")
    with pytest.raises(BundleBroken, match="altered or copied incompletely"):
        read_bundle(folder)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"model": "unheard"}, "no 'separator' with model 'unheard'"),
        ({"kind": "estimator"}, "no 'estimator' with model 'blstm'"),
        ({"sample_rate_hz": -8}, '"sample_rate_hz" must be a whole number from 1, not -8'),
        ({"config": {"depth": 3}}, "has no setting 'depth'"),
        ({"config": {"hidden_size": "big"}}, "must be a whole number"),
        ({"target_convention": "moist"}, "not dry, early or reverberant"),
        ({"name": 7}, '"name" must be a text'),
    ],
)
def test_a_wrong_field_is_named_with_its_value(folder: Path, fields: dict, sentence: str) -> None:
    change(folder, **fields)
    with pytest.raises(BundleBroken, match=sentence):
        read_bundle(folder)


@pytest.mark.parametrize("missing", ["bundle.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(BundleBroken, match=missing):
        read_bundle(folder)


def test_scores_and_card_do_not_change_the_digest_but_weights_and_range_do(folder: Path) -> None:
    before = read_bundle(folder)
    record_scores(folder, scores={"si_snri_db": 7.5}, measured_by="python -m benchmarks starter")
    assert read_bundle(folder).scores == {"si_snri_db": 7.5}
    assert read_bundle(folder).digest == before.digest
    metadata = json.loads((folder / "bundle.json").read_text())
    assert digest_of(metadata | {"weights_sha256": "0" * 64}) != before.digest
    assert digest_of(metadata | {"config": {"hidden_size": 5}}) != before.digest


def test_scores_measured_again_replace_those_in_the_card(folder: Path) -> None:
    before = read_bundle(folder).card
    for value in (1.25, 7.5):
        bundle = record_scores(folder, scores={"si_snri_db": value}, measured_by="a benchmark")
    assert bundle.card.startswith(before.rstrip())
    assert "| si_snri_db | 7.5 |" in bundle.card and "1.25" not in bundle.card


def test_every_shipped_bundle_is_whole_and_small_enough() -> None:
    assert list_shipped_bundles()
    for path in list_shipped_bundles():
        bundle = read_bundle(path)
        assert bundle.name == path.name and bundle.card and bundle.scores
        assert bundle.weights_path.stat().st_size < 12_000_000


@pytest.mark.parametrize("kind", ["separator", "estimator"])
def test_the_default_of_a_kind_is_of_that_kind_and_is_listed_first(kind: BundleKind) -> None:
    default = shipped_bundle(kind)
    same_kind = [path for path in list_shipped_bundles() if read_bundle(path).kind == kind]
    assert default.kind == kind and same_kind[0] == default.path


def test_a_separator_is_shipped_under_its_own_number_of_voices() -> None:
    assert [shipped_separator(number).num_sources for number in SEPARATORS] == list(SEPARATORS)
    assert shipped_separator(2).digest == shipped_bundle("separator").digest


def test_the_shipped_bundles_are_small_together() -> None:
    weights = [read_bundle(path).weights_path for path in list_shipped_bundles()]
    assert sum(path.stat().st_size for path in weights) < 30_000_000
