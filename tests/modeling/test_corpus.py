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


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "line 1: this is not a JSON object"),
        ("[1]", "line 1: this is not a JSON object"),
        ('{"path": 3, "split": "train"}', '"path" and "split" must be filled in'),
        ('{"path": "a", "split": "dev"}', "must be train, valid or test, not 'dev'"),
        ('{"path": "a", "split": "train", "duration_s": 1}', '"speaker_id" must be filled in'),
        ('{"path": "a", "split": "train", "speaker_id": "s", "duration_s": "x"}', "seconds above 0, not 'x'"),
        ('{"path": "a", "split": "train", "speaker_id": "s", "duration_s": NaN}', "seconds above 0, not nan"),
    ],
)
def test_a_hostile_line_gets_a_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "speech.jsonl").write_text(line + "\n")
    with pytest.raises(InputRefused, match=sentence):
        read_clips(tmp_path, split="train")


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "speech.jsonl").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputRefused, match="cannot be read"):
        read_clips(tmp_path, split="train")
