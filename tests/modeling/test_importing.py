"""Importing checkpoints: what is refused and with which sentence; equality with the toolkits is in tests/peers."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
import torch

from modeling.__main__ import main
from modeling.building import load_model
from modeling.bundles import read_bundle
from modeling.errors import InputRefused
from modeling.importing.checkpoints import Hints
from modeling.importing.hyperparameters import read_hyperparameters
from modeling.importing.tables.speechbrain_sepformer import path_settings
from modeling.models.sisnr_estimator import SisnrEstimator, SisnrEstimatorConfig

YAML = "sample_rate: 16000\nsnrmin: -5\nsnrmax: 20\nseparation_norm_type: stnorm\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The SI-SNR estimator as SpeechBrain names it, four channels wide, without a YAML file."""
    torch.manual_seed(0)
    weights = SisnrEstimator(SisnrEstimatorConfig(channels=4)).state_dict()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    encoder, readout = {}, {}
    for name, value in weights.items():
        part, _, rest = name.partition(".")
        if part == "encoder":
            number, _, kind = rest.partition(".")
            encoder[f"cnn{int(number) + 1}.conv.{kind}"] = value
        else:
            readout[f"{'layer1' if part == 'hidden' else 'layer2'}.w.{rest}"] = value
    torch.save(encoder, theirs / "encoder.ckpt")
    torch.save(readout, theirs / "encoder_out.ckpt")
    return theirs


def refusal(
    capsys: pytest.CaptureFixture[str], source: Path | str, *options: str, peer: str = "speechbrain"
) -> str:
    assert main(["import", str(source), "--from", peer, "--out", "never-made", *options]) == 2
    assert not Path("never-made").exists()
    return capsys.readouterr().err


def change(path: Path, **tensors: object) -> None:
    """Put tensors into a checkpoint, or take those that are None out of it."""
    state = torch.load(path, weights_only=True)
    for name, value in tensors.items():
        state.pop(name.replace("__", "."), None)
        if value is not None:
            state[name.replace("__", ".")] = value
    torch.save(state, path)


def test_an_imported_bundle_holds_the_same_numbers_in_single_precision(folder: Path, tmp_path: Path) -> None:
    (folder / "hyperparams.yaml").write_text(YAML)
    assert main(["import", str(folder), "--from", "speechbrain", "--out", str(tmp_path / "ours")]) == 0
    bundle = read_bundle(tmp_path / "ours")
    assert (bundle.label_range_db, bundle.sample_rate_hz) == ((-5.0, 20.0), 16_000)
    model = load_model(bundle, device=torch.device("cpu"))
    assert torch.equal(
        model.state_dict()["hidden.weight"], torch.load(folder / "encoder_out.ckpt")["layer1.w.weight"]
    )


def test_what_the_files_do_not_say_is_listed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "encoder.ckpt").rename(folder / "classifier_enc.ckpt")
    (folder / "encoder_out.ckpt").rename(folder / "classifier_out.ckpt")
    out = tmp_path / "ours"
    assert (
        main(["import", str(folder), "--from", "speechbrain", "--out", str(out), "--set", "snrmax=12"]) == 0
    )
    row = json.loads(capsys.readouterr().out)
    assert row["assumed"] == [
        "sample rate 8000 Hz",
        "snrmin=0, snrmax=10, where --set does not say otherwise",
    ]
    assert read_bundle(out).label_range_db == (0.0, 12.0)
    assert "Assumed" in read_bundle(out).card


def test_a_checkpoint_with_code_in_it_is_refused_and_the_code_never_runs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "harm",)  # type: ignore[return-value]

    torch.save({"layer1.w.weight": torch.zeros(1), "payload": Hostile()}, folder / "encoder_out.ckpt")
    assert "could run code" in refusal(capsys, folder)
    (folder / "encoder_out.ckpt").write_bytes(pickle.dumps(Hostile()))
    assert "encoder_out.ckpt" in refusal(capsys, folder)
    torch.save({"model_name": Hostile(), "state_dict": {}, "model_args": {}}, tmp_path / "model.pth")
    assert "could run code" in refusal(capsys, tmp_path / "model.pth", peer="asteroid")
    assert not (tmp_path / "harm").exists()


def test_missing_and_left_over_tensors_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder / "encoder_out.ckpt", layer2__w__bias=None, layer3__w__bias=torch.zeros(4))
    sentence = refusal(capsys, folder)
    assert "missing: readout.bias" in sentence
    assert "without a place in this network: encoder_out.layer3.w.bias" in sentence


def test_a_tensor_of_another_shape_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder / "encoder_out.ckpt", layer1__w__bias=torch.zeros(5))
    assert "hidden.bias (5,) instead of (8,)" in refusal(capsys, folder)


def test_weights_that_are_not_numbers_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder / "encoder_out.ckpt", layer1__w__bias=torch.full((8,), float("nan")))
    assert "layer1.w.bias" in refusal(capsys, folder)


def test_a_folder_of_something_else_is_told_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "neither masknet.ckpt" in refusal(capsys, tmp_path)
    (tmp_path / "dprnn1_masknet.ckpt").touch()
    (tmp_path / "sepformer2_masknet.ckpt").touch()
    assert "dprnn1, sepformer2. Choose one with --member" in refusal(capsys, tmp_path)


def test_a_masknet_of_an_unknown_kind_is_named_by_its_first_tensor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("encoder", "masknet", "decoder"):
        torch.save({"model.seg_model.0.lstm.weight_ih_l0": torch.zeros(2, 2)}, tmp_path / f"{part}.ckpt")
    sentence = refusal(capsys, tmp_path)
    assert "none of SepFormer, DPRNN, Conv-TasNet, RE-SepFormer" in sentence
    assert "masknet.model.seg_model.0.lstm" in sentence


def test_files_of_asteroid_and_torchaudio_are_told_what_they_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.pth"
    torch.save({"weight": torch.zeros(1)}, path)
    assert "no model_name" in refusal(capsys, path, peer="asteroid")
    assert "mask_generator" in refusal(capsys, path, peer="torchaudio")
    torch.save({"model_name": "DeMask", "state_dict": {}, "model_args": {}}, path)
    assert "'DeMask'; only ConvTasNet, DPRNNTasNet, DPTNet" in refusal(capsys, path, peer="asteroid")


def test_a_folder_that_is_no_bundle_is_never_replaced(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    assert main(["import", str(folder), "--from", "speechbrain", "--out", str(precious)]) == 2
    assert "is no bundle" in capsys.readouterr().err
    assert (precious / "thesis.txt").read_text() == "years of work"


def test_a_setting_that_nothing_reads_is_refused_with_those_that_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = refusal(capsys, folder, "--set", "snr_max=12")
    assert "has no --set snr_max. It takes: separation_norm_type, snrmax, snrmin." in sentence


def test_settings_within_a_block_are_known_by_their_dotted_names() -> None:
    hints = Hints(settings={"intra_model.nheads": 4})
    settings = hints.completed({"K": 250, "intra_model": {"nhead": 8}})
    intra = settings["intra_model"]
    assert isinstance(intra, Mapping) and (intra["nhead"], intra["nheads"], settings.get("K")) == (8, 4, 250)
    hints.refuse_unread(settings, architecture="SepFormer")
    unread = hints.completed({"intra_model": {"nhead": 8}})
    assert path_settings(unread, "intra_model")["nhead"] == 8
    with pytest.raises(InputRefused, match=r"--set intra_model.nheads. It takes: intra_model.nhead\."):
        hints.refuse_unread(unread, architecture="SepFormer")


def test_the_mask_function_of_torchaudio_is_asked_for_as_it_is_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"mask_generator.input_norm.weight": torch.ones(1)}, tmp_path / "model.pt")
    sentence = refusal(capsys, tmp_path / "model.pt", peer="torchaudio")
    assert "--set msk_activate=relu" in sentence and "--set msk_activate=sigmoid" in sentence


def test_a_bundle_is_replaced_only_with_overwrite(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["import", str(folder), "--from", "speechbrain", "--out", str(tmp_path / "ours")]
    assert main(again) == 0
    digest = read_bundle(tmp_path / "ours").digest
    assert main([*again, "--set", "snrmax=12"]) == 2
    assert "pass --overwrite" in capsys.readouterr().err
    assert read_bundle(tmp_path / "ours").digest == digest
    assert main([*again, "--set", "snrmax=12", "--overwrite"]) == 0
    assert read_bundle(tmp_path / "ours").digest != digest


def test_a_repository_id_needs_the_package_of_the_hub(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "pip install huggingface_hub" in refusal(capsys, "someone/some-model")
    assert "There is no file or folder /no/such/folder." in refusal(capsys, "/no/such/folder")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [("RepositoryNotFoundError", "no public repository"), ("LocalEntryNotFoundError", "Check the network")],
)
def test_a_download_that_fails_says_what_to_do(
    failure: str, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, errors = ModuleType("huggingface_hub"), ModuleType("huggingface_hub.errors")
    for name in ("RepositoryNotFoundError", "HfHubHTTPError", "LocalEntryNotFoundError", "HFValidationError"):
        setattr(errors, name, type(name, (Exception,), {}))

    def snapshot_download(repository_id: str, *, allow_patterns: list[str]) -> str:
        assert not any(pattern.endswith(".py") for pattern in allow_patterns)
        raise getattr(errors, failure)(repository_id)

    hub.snapshot_download = snapshot_download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", errors)
    assert sentence in refusal(capsys, "someone/some-model")


def test_tags_of_hyperparameters_build_nothing_and_references_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "hyperparams.yaml"
    path.write_text(
        "chunk: 250\nblock: !new:os.system\n    nhead: !ref <heads>\nheads: 4\nfolder: !PLACEHOLDER\n"
        "MaskNet: !new:some.where.Net\n    K: !ref <chunk>\n    intra_model: !ref <block>\n"
        "modules:\n    masknet: !ref <MaskNet>\n"
    )
    hyperparameters = read_hyperparameters(path)
    assert hyperparameters.arguments_of("masknet") == {"K": 250, "intra_model": {"nhead": 4}}
    assert hyperparameters.find("folder") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: !ref <b>\nb: !ref <a>\n", "refers to itself"),
        ("a: &x [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
            f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
            for before, name in [("x", "p"), ("p", "q"), ("q", "r"), ("r", "s"), ("s", "a")]
        ), "nests too deep"),
        ("a: [1, 2", "cannot be read as YAML"),
        ("- 1\n- 2\n", "must hold named entries"),
        ("a: !!python/object/apply:os.system ['true']\n", "cannot be read as YAML"),
    ],
)  # fmt: skip
def test_hostile_and_broken_hyperparameters_are_refused(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "hyperparams.yaml"
    path.write_text(text)
    with pytest.raises(InputRefused, match=sentence):
        read_hyperparameters(path).find("a")
