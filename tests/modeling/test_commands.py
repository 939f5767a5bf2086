"""The command line: one JSON object a line on success, one sentence and status 2 on refusal."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.__main__ import main
from modeling.bundles import read_bundle
from modeling.packaging import write_debug_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name, rate_hz in (("one", 8000), ("two", 44_100)):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * rng.standard_normal(rate_hz), rate_hz)
    write_debug_bundle(tmp_path / "separator", kind="separator")
    write_debug_bundle(tmp_path / "estimator", kind="estimator")
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def separate(folder: Path, *more: str) -> int:
    return main(["separate", *more, "--out", str(folder / "out"), "--bundle", str(folder / "separator")])


def test_mixtures_of_any_rate_become_stems_and_stems_get_estimates(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert separate(folder, str(folder / "one.wav"), str(folder / "two.wav")) == 0
    first, second = rows(capsys)
    assert all(soundfile.info(path).frames == 8000 for path in first["stems"] + second["stems"])
    estimator = ["--bundle", str(folder / "estimator")]
    assert main(["estimate", second["mixture"], "--stems", *second["stems"], *estimator]) == 0
    (estimate,) = rows(capsys)
    assert len(estimate["si_snr_db"]) == 2 and estimate["target_convention"] == "reverberant"


def test_a_manifest_gives_one_row_a_mixture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = folder / "rows.jsonl"
    manifest.write_text(
        '{"mixture": "one.wav", "stems": ["one.wav"]}\n{"mixture": "two.wav", "stems": ["two.wav"]}\n'
    )
    assert separate(folder, "--manifest", str(manifest)) == 0
    assert main(["estimate", "--manifest", str(manifest), "--bundle", str(folder / "estimator")]) == 0
    assert [Path(row["mixture"]).name for row in rows(capsys)] == 2 * ["one.wav", "two.wav"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["separate", "--out", "x"], "No mixture was given"),
        (["separate", "a/m.wav", "b/m.wav", "--out", "x"], "named 'm'"),
        (["separate", "none.wav", "--out", "x", "--bundle", "nowhere"], "no model bundle in nowhere"),
        (["estimate"], "No mixture was given"),
        (["estimate", "mix.wav"], "No stems were given"),
        (["evaluate", "mix.wav"], "No references were given"),
        (["train", "sing"], "no run named 'sing'"),
        (["train", "debug", "--set", "seed"], "KEY=VALUE"),
        (["package", "--out", "x"], "Give one of: a RUN_FOLDER"),
        (["package", "nowhere", "--out", "x"], "not the folder of a training run"),
        (["package", "--scores", "nope.json", "--out", "x"], "There is no report nope.json."),
        (["package", "--scores", "pyproject.toml", "--out", "x"], "is not the report that"),
        (["pool", "list", "--pool", "nowhere"], "no pool of separators in nowhere: it has no pool.json"),
        (
            ["pool", "separate", "--pool", "nowhere", "--out", "x"],
            "Fill one with python -m modeling pool add",
        ),
    ],
)
def test_a_refusal_is_one_sentence_and_status_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1 and captured.out == ""


def test_stems_of_another_length_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write(folder / "short.wav", np.ones(4000) * 0.1, 8000)
    arguments = ["estimate", str(folder / "one.wav"), "--stems", str(folder / "short.wav")]
    assert main([*arguments, "--bundle", str(folder / "estimator")]) == 1
    assert "lasts 0.500 s, but its mixture" in rows(capsys)[0]["error"]


def test_a_bad_row_does_not_cost_the_estimates_of_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = ({"mixture": name, "stems": ["two.wav"]} for name in ("none.wav", "two.wav"))
    (folder / "rows.jsonl").write_text(f"{json.dumps(bad)}\n{json.dumps(good)}\n")
    assert main(["estimate", str(folder / "rows.jsonl"), "--bundle", str(folder / "estimator")]) == 1
    first, second = rows(capsys)
    assert "none.wav" in first["error"] and len(second["si_snr_db"]) == 1


@pytest.mark.parametrize("command", [["separate", "--out", "x"], ["evaluate"], ["estimate"]])
def test_an_empty_manifest_is_refused_by_name(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "none.jsonl").touch()
    assert main([*command, str(folder / "none.jsonl")]) == 2
    assert "none.jsonl is empty" in capsys.readouterr().err


def test_a_run_trains_packages_and_separates(
    folder: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--set", "optimisation.max_steps=2", "--set", "validation_mixtures=1"]
    run_folder = ["--corpus", str(corpus), "--out", str(folder / "run")]
    assert main(["train", "debug", *run_folder, *settings]) == 0
    package = ["package", str(folder / "run"), "--out", str(folder / "mine")]
    assert main([*package, "--checkpoint", "lastt"]) == 2
    assert "no checkpoint 'lastt'" in (sentence := capsys.readouterr().err) and "best, last." in sentence
    assert main(package) == 0
    mixture = [str(folder / "one.wav"), "--out", str(folder / "out")]
    assert main(["separate", *mixture, "--bundle", str(folder / "mine")]) == 0
    assert rows(capsys)[-1]["bundle"] == "mine"


def test_a_report_is_recorded_only_in_the_bundle_it_measured(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = read_bundle(folder / "separator").digest[:12]
    figures = {"separator": "debug", "separator_digest": digest, "si_snri_db": 7.5, "estimator_mae_db": 2.0}
    report = {"benchmark": "starter", "figures": figures, "commit": "abc"}
    (folder / "report.json").write_text(json.dumps(report))
    record = ["package", "--scores", str(folder / "report.json"), "--out"]
    assert main([*record, str(folder / "separator")]) == 0
    assert read_bundle(folder / "separator").scores == {"si_snri_db": 7.5}
    assert main([*record, str(folder / "estimator")]) == 2
    assert "was not measured with the estimator" in capsys.readouterr().err


def test_the_scores_of_a_bundle_beside_the_default_are_those_of_its_own_sets(folder: Path) -> None:
    bundle = read_bundle(folder / "separator")
    figures = {
        "separator_digest": "0123456789ab",
        "si_snri_db": 7.5,
        f"digest/{bundle.name}": bundle.digest[:12],
        f"clean_3/{bundle.name}/si_snri_db": 3.25,
        "clean_3/mixture/si_snr_db": -3.0,
        "clean_3/mixtures": 200,
        "clean_3/other/si_snri_db": 9.0,
        "clean/mixture/si_snr_db": 0.0,
    }
    report = {"benchmark": "starter", "figures": figures, "commit": "0123456789ab"}
    (folder / "report.json").write_text(json.dumps(report))
    assert main(["package", "--scores", str(folder / "report.json"), "--out", str(bundle.path)]) == 0
    kept = [f"clean_3/{bundle.name}/si_snri_db", "clean_3/mixture/si_snr_db", "clean_3/mixtures"]
    assert read_bundle(bundle.path).scores == {name: figures[name] for name in kept}


def test_packaging_replaces_a_bundle_only_with_overwrite(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["package", "--debug", "estimator", "--out", str(folder / "separator")]
    assert main(again) == 2
    assert "pass --overwrite" in capsys.readouterr().err
    assert read_bundle(folder / "separator").kind == "separator"
    assert main([*again, "--overwrite"]) == 0
    assert read_bundle(folder / "separator").kind == "estimator"


def test_a_setting_of_a_pool_without_a_value_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pool.json").write_text('{"members": []}')
    assert main(["pool", "separate", "--pool", str(folder), "--out", "x", "--set", "seed"]) == 2
    assert "--set wants KEY=VALUE" in capsys.readouterr().err


def test_packaging_never_replaces_a_folder_of_something_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["package", "--debug", "estimator", "--overwrite", "--out", str(folder)]) == 2
    assert "is no bundle" in capsys.readouterr().err and (folder / "one.wav").is_file()


def test_a_shipped_bundle_is_chosen_by_its_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixture = str(folder / "one.wav")
    assert main(["estimate", mixture, "--stems", mixture, "--bundle", "sisnr-estimator-8k"]) == 0
    assert rows(capsys)[0]["bundle"] == "sisnr-estimator-8k"


@pytest.mark.parametrize(
    "command", [["separate", "--out", "x"], ["evaluate", "--references", "a"], ["estimate"]]
)
def test_an_unknown_bundle_lists_the_shipped_ones(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stems = ["--stems", "one.wav"] if command == ["estimate"] else []
    assert main([*command, *stems, "--bundle", "blstm", "--", str(folder / "one.wav")]) == 2
    assert (
        "blstm-everyday-8k, quality-estimator-8k, blstm-three-8k, sisnr-estimator-8k"
        in capsys.readouterr().err
    )


def test_a_run_folder_given_as_bundle_says_how_to_package_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "run.json").write_text("{}")
    mixture = str(folder / "one.wav")
    assert main(["separate", mixture, "--out", "x", "--bundle", str(folder)]) == 2
    assert f"python -m modeling package {folder} --out BUNDLE" in capsys.readouterr().err


def test_help_answers_without_loading_torch() -> None:
    code = "import sys, modeling.__main__ as m; m.build_parser(); sys.exit(int('torch' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0


def test_a_reader_who_leaves_early_gets_no_traceback() -> None:
    command = [sys.executable, "-m", "modeling", "train", "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listing:
        assert listing.stdout is not None and listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == ""
    assert listing.returncode == 141
