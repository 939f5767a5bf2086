"""Corpora in their real layouts become folders that training and evaluation read."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.__main__ import main
from modeling.data.corpus import find_corpus, read_clips, read_noises, read_rooms
from modeling.data.importers import IMPORTERS
from modeling.errors import InputRefused
from modeling.manifest import ManifestRow, read_manifest


def sound(path: Path, seconds: float = 0.25) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(int(8000 * seconds)), 8000)
    return path


def prepared(kind: str, root: Path, out: Path) -> Path:
    assert main(["prepare", "corpus", "--from", kind, str(root), "--out", str(out)]) == 0
    return out


def rows(folder: Path, name: str) -> list[ManifestRow]:
    found = list(read_manifest(folder / f"mixtures-{name}.jsonl"))
    assert all(path.is_file() for row in found for path in (row.mixture, *row.references, *row.stems))
    return found


def test_librispeech_gives_clips_by_split_with_sexes_and_no_names(tmp_path: Path) -> None:
    base = tmp_path / "in" / "LibriSpeech"
    sound(base / "train-clean-100" / "14" / "208" / "14-208-0001.flac", 0.5)
    sound(base / "dev-clean" / "84" / "121" / "84-121-0000.flac")
    (base / "SPEAKERS.TXT").write_text("; comment\n14  | F | train-clean-100 | 25.03 | Somebody Somewhere\n")
    folder = prepared("librispeech", tmp_path / "in", tmp_path / "out")
    (clip,) = read_clips(find_corpus(folder), split="train")
    assert (clip.speaker_id, clip.sex, clip.duration_s) == ("libri_14", "f", 0.5)
    assert (folder / clip.path).is_file() and read_clips(folder, split="valid")[0].sex == ""
    assert "Somebody" not in "".join(path.read_text() for path in folder.iterdir())


def test_generated_librimix_gives_manifests_with_references(tmp_path: Path) -> None:
    base = tmp_path / "Libri2Mix" / "wav8k" / "min"
    name = "84-121-0000_17-2-0001"
    for part in ("mix_clean", "s1", "s2"):
        sound(base / "dev" / part / f"{name}.wav")
    table = base / "metadata" / "mixture_dev_mix_clean.csv"
    table.parent.mkdir()
    paths = ",".join(f"/old/place/dev/{part}/{name}.wav" for part in ("mix_clean", "s1", "s2"))
    table.write_text(f"mixture_ID,mixture_path,source_1_path,source_2_path,length\n{name},{paths},2000\n")
    for path in base.glob("dev/*/*.wav"):
        sound(tmp_path / path.relative_to(base))
    folder = prepared("librimix", tmp_path, tmp_path / "out")
    (row,) = rows(folder, "libri2mix-wav8k-min-dev_mix_clean")
    assert len(row.references) == 2 and row.convention == "dry"
    assert [clip.speaker_id for clip in read_clips(folder, split="valid")] == ["libri_84", "libri_17"]


def test_librimix_recipes_give_utterances_and_noises(tmp_path: Path) -> None:
    first = "dev-clean/84/121/84-121-0000.flac"
    second = "dev-clean/17/2/17-2-0001.flac"
    for path in (first, second):
        sound(tmp_path / "LibriSpeech" / path)
    sound(tmp_path / "wham_noise" / "cv" / "a.wav")
    table = tmp_path / "metadata" / "Libri2Mix" / "libri2mix_dev-clean.csv"
    table.parent.mkdir(parents=True)
    header = "mixture_ID,source_1_path,source_1_gain,source_2_path,source_2_gain,noise_path,noise_gain"
    table.write_text(f"{header}\nx,{first},0.5,{second},0.4,cv/a.wav,0.3\n")
    (table.parent / "libri2mix_dev-clean_info.csv").write_text("mixture_ID,speaker_1_ID\nx,84\n")
    folder = prepared("librimix", tmp_path, tmp_path / "out")
    assert len(read_clips(folder, split="valid")) == 2 and len(read_noises(folder, split="valid")) == 1


def test_a_librimix_table_that_names_missing_files_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "metadata" / "Libri2Mix" / "libri2mix_dev-clean.csv"
    table.parent.mkdir(parents=True)
    table.write_text("mixture_ID,source_1_path,source_2_path\nx,dev-clean/1/2/1-2-3.flac,y.flac\n")
    with pytest.raises(InputRefused, match=r"line 2: .* is missing; LibriSpeech/ and wham_noise/"):
        IMPORTERS["librimix"](tmp_path)


@pytest.mark.parametrize("speakers", [2, 3])
def test_wsj0_mix_gives_each_utterance_once(tmp_path: Path, speakers: int) -> None:
    base = tmp_path / f"{speakers}speakers" / "wav8k" / "min" / "tr"
    names = ["011a0101", "22ga010b", "33xa0103"][:speakers]
    for partner in ("0.1", "0.7"):
        name = "_".join(f"{utterance}_{partner}" for utterance in names)
        for part in ("mix", *(f"s{number + 1}" for number in range(speakers))):
            sound(base / part / f"{name}.wav")
    folder = prepared("wsj0-mix", tmp_path, tmp_path / "out")
    clips = read_clips(folder, split="train")
    assert [clip.speaker_id for clip in clips] == ["wsj_011", "wsj_22g", "wsj_33x"][:speakers]
    found = rows(folder, f"{speakers}speakers-wav8k-min-train-mix-dry")
    assert len(found) == 2 and all(len(row.references) == speakers for row in found)


def test_whamr_gives_reverberant_mixtures_in_both_conventions(tmp_path: Path) -> None:
    base, name = tmp_path / "whamr" / "wav8k" / "min" / "tt", "050a0501_1.7_421c020j_-1.7.wav"
    folders = ["mix_clean_anechoic", "mix_both_reverb", "noise"]
    folders += [f"s{number}_{kind}" for number in (1, 2) for kind in ("anechoic", "reverb")]
    for part in folders:
        sound(base / part / name)
    folder = prepared("whamr", tmp_path / "whamr", tmp_path / "out")
    (wet,) = rows(folder, "wav8k-min-test-mix_both_reverb-reverberant")
    (dry,) = rows(folder, "wav8k-min-test-mix_both_reverb-dry")
    assert (wet.convention, dry.convention) == ("reverberant", "dry") and wet.mixture == dry.mixture
    assert wet.references[0].parent.name == "s1_reverb" and dry.references[1].parent.name == "s2_anechoic"
    assert len(read_noises(folder, split="test")) == 1 and len(read_clips(folder, split="test")) == 2


def test_wham_and_its_noise_archive(tmp_path: Path) -> None:
    name = "050a0501_1.7_421c020j_-1.7.wav"
    for part in ("mix_clean", "mix_both", "s1", "s2", "noise"):
        sound(tmp_path / "wham" / "cv" / part / name)
    sound(tmp_path / "noises" / "wham_noise" / "tr" / "a.wav")
    folder = prepared("wham", tmp_path / "wham", tmp_path / "out")
    assert len(rows(folder, "valid-mix_both-dry")) == len(rows(folder, "valid-mix_clean-dry")) == 1
    arguments = ["--from", "wham", str(tmp_path / "wham"), "--from", "wham-noise", str(tmp_path / "noises")]
    assert main(["prepare", "corpus", *arguments, "--out", str(tmp_path / "both")]) == 0
    assert len(read_noises(tmp_path / "both", split="train")) == 1


def test_real_m_gives_mixtures_with_stems_and_never_reads_worker_ids(tmp_path: Path) -> None:
    base = tmp_path / "REAL-M-v0.1.0"
    mixture = sound(base / "audio_files_converted_8000Hz" / "BcArV" / "mixture_0_BcArV.wav")
    for number in (1, 2):
        sound(base / "separations" / f"{mixture.name}source{number}hat.wav")
    (base / "transcriptions").mkdir()
    (base / "transcriptions" / "early.csv").write_text(
        "sentence1,sentence2,WorkerId,filename\na,b,W1,x.mp3\n"
    )
    folder = prepared("real-m", tmp_path, tmp_path / "out")
    (row,) = rows(folder, "real-m")
    assert len(row.stems) == 2 and not row.references
    assert "W1" not in "".join(path.read_text() for path in folder.iterdir())


def test_a_realm_release_gives_its_recordings(tmp_path: Path) -> None:
    sound(tmp_path / "in" / "audio" / "abcd" / "mixture_1_abcd.flac")
    row = {"file": "audio/abcd/mixture_1_abcd.flac", "licence": "CC BY 4.0"}
    (tmp_path / "in" / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    folder = prepared("realm-release", tmp_path / "in", tmp_path / "out")
    assert len(rows(folder, "realm")) == 1
    assert "CC BY 4.0" in (folder / "corpus.json").read_text()


def test_this_repository_s_own_layout_keeps_every_part(corpus: Path, tmp_path: Path) -> None:
    folder = prepared("realm-corpus", corpus, tmp_path / "out")
    for split in ("train", "valid", "test"):
        own, listed = read_clips(corpus, split=split), read_clips(folder, split=split)
        assert [clip.speaker_id for clip in own] == [clip.speaker_id for clip in listed]
        assert all((folder / clip.path).is_file() for clip in listed)
    assert len(read_rooms(folder, split="train")) == 2 and len(read_noises(folder, split="train")) == 1


def test_an_unknown_kind_or_a_wrong_folder_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in IMPORTERS:
        assert main(["prepare", "corpus", "--from", kind, str(tmp_path / "no"), "--out", str(tmp_path)]) == 2
    assert main(["prepare", "corpus", "--from", "timit", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "knows no corpus 'timit'" in capsys.readouterr().err


def test_a_file_that_is_no_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train-clean-100" / "14" / "208" / "14-208-0001.flac"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not sound")
    with pytest.raises(InputRefused, match="14-208-0001.flac is named by the corpus but cannot be read"):
        IMPORTERS["librispeech"](tmp_path)
