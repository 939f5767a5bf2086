"""A run that is started again says where it stands and what has changed, and refuses another corpus."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from modeling.__main__ import main
from modeling.training import assembly
from modeling.training.checkpoints import LAST_NAME, load_checkpoint
from tests.modeling.tiny_runs import TINY

SETTINGS = ["--set", "validation_mixtures=1", "--set", "optimisation.batch_size=1"]


def train(corpus: Path, folder: Path, *more: str, steps: int = 1) -> int:
    limit = ["--set", f"optimisation.max_steps={steps}"]
    return main(["train", "debug", "--corpus", str(corpus), "--out", str(folder), *SETTINGS, *limit, *more])


@pytest.fixture
def begun(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of a run of one step."""
    assert train(corpus, tmp_path / "run") == 0
    capsys.readouterr()
    return tmp_path / "run"


@pytest.fixture
def other_corpus(corpus: Path, tmp_path: Path) -> Path:
    """The same with one clip less."""
    shutil.copytree(corpus, tmp_path / "other")
    manifest = tmp_path / "other" / "speech" / "manifest.csv"
    lines = manifest.read_text().splitlines(keepends=True)
    first = next(line for line in lines if ",train," in line)
    manifest.write_text("".join(line for line in lines if line != first))
    return tmp_path / "other"


def test_a_resumed_run_says_so_and_names_each_changed_setting(
    begun: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(corpus, begun, "--set", "optimisation.learning_rate=0.0005", steps=2) == 0
    said = capsys.readouterr().err
    assert f"Going on at step 1 of {begun}." in said
    (changed,) = [line for line in said.splitlines() if line.startswith("Settings changed")]
    assert "optimisation.max_steps 1 -> 2" in changed
    assert "optimisation.learning_rate 0.001 -> 0.0005" in changed and changed.count("->") == 2


def test_a_new_run_and_one_with_the_same_settings_name_no_change(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert train(corpus, tmp_path / "run") == 0
    said = capsys.readouterr().err
    assert "Settings changed" not in said and "Going on" not in said
    assert said.count("already finished, at step 1") == 1


def test_a_finished_run_answers_before_any_speech_is_decoded(
    begun: Path, corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "assemble", pytest.fail)
    best_score = load_checkpoint(begun / LAST_NAME)["best_score"]
    assert train(corpus, begun) == 0
    said = capsys.readouterr()
    expected = {"run": "debug", "folder": str(begun), "step": 1, "best_score": best_score}
    assert json.loads(said.out) == pytest.approx(expected)
    assert f"The run in {begun} is already finished, at step 1" in said.err


def test_another_corpus_is_refused_with_both_named_unless_it_is_meant(
    begun: Path, corpus: Path, other_corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(other_corpus, begun, steps=2) == 2
    said = capsys.readouterr().err
    assert f"{corpus} (12 training clips" in said and f"{other_corpus} (11 training clips" in said
    assert "--other-corpus" in said and "Going on" not in said
    assert train(other_corpus, begun, "--other-corpus", steps=2) == 0
    assert json.loads((begun / "run.json").read_text())["corpus"]["clips"] == 11


def test_a_copy_of_the_corpus_elsewhere_is_the_same_corpus(begun: Path, corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "copy")
    assert train(tmp_path / "copy", begun, steps=2) == 0


@pytest.mark.parametrize("text", ["{}", "not json", json.dumps(dataclasses.asdict(TINY), default=str)])
def test_a_description_without_a_corpus_takes_any(text: str, begun: Path, other_corpus: Path) -> None:
    (begun / "run.json").write_text(text)
    assert train(other_corpus, begun, steps=2) == 0
