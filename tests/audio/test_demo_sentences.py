"""The sentences that ship are enough, short enough to read aloud and never the same twice."""

from pathlib import Path

LINES = (Path(__file__).parents[2] / "collection" / "demo" / "sentences.tsv").read_text().splitlines()
PAIRS = [line.split("\t") for line in LINES[1:]]
SENTENCES = [sentence for pair in PAIRS for sentence in pair]


def test_there_are_at_least_240_pairs_under_their_header() -> None:
    assert LINES[0] == "sentence_1\tsentence_2"
    assert len(PAIRS) >= 240
    assert {len(pair) for pair in PAIRS} == {2}


def test_no_sentence_comes_twice() -> None:
    assert len(set(SENTENCES)) == len(SENTENCES)


def test_every_sentence_is_whole_and_short_enough_to_read_aloud() -> None:
    assert all(6 <= len(sentence.split()) <= 12 for sentence in SENTENCES)
    assert all(sentence[0].isupper() and sentence[-1] in ".?!" for sentence in SENTENCES)


def test_the_two_of_a_pair_take_about_equally_long() -> None:
    assert max(abs(len(first) - len(second)) for first, second in PAIRS) <= 12
