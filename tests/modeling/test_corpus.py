"""The corpus is found by option or environment, and refused in one sentence when it is not there."""

from pathlib import Path

import pytest

from modeling.data.corpus import find_corpus, read_clips, read_noises, read_rooms
from modeling.errors import InputRefused


def test_without_a_corpus_the_sentence_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REALM_CORPUS_DIR", raising=False)
    with pytest.raises(InputRefused, match="pass --corpus DIR or set REALM_CORPUS_DIR"):
        find_corpus(None)


def test_the_option_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("REALM_CORPUS_DIR", str(corpus))
    assert find_corpus(None) == corpus
    with pytest.raises(InputRefused, match="manifest.csv is missing"):
        find_corpus(tmp_path)


def test_a_split_holds_only_its_own_speakers(corpus: Path) -> None:
    train, test = read_clips(corpus, split="train"), read_clips(corpus, split="test")
    assert {clip.source for clip in train} == {"aa", "bb", "pico"}
    assert not {clip.speaker_id for clip in train} & {clip.speaker_id for clip in test}
    assert all(clip.is_lossless for clip in train)


def test_noises_and_rooms_are_listed_by_split(corpus: Path) -> None:
    assert read_noises(corpus, split="train") == [Path("noise/hum.flac")]
    assert [room.room for room in read_rooms(corpus, split="train")] == ["room", "room"]
    assert read_noises(corpus, split="test") == []


def test_a_manifest_line_without_a_path_is_refused_with_its_number(tmp_path: Path) -> None:
    manifest = tmp_path / "speech" / "manifest.csv"
    manifest.parent.mkdir()
    manifest.write_text("path,speaker_id,split,duration_s\na.flac,s_1,train,2\n,s_2,train,2\n")
    with pytest.raises(InputRefused, match="line 3"):
        read_clips(tmp_path, split="train")
