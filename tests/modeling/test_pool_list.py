"""A damaged or foreign `pool.json` is refused by a sentence that says what to do."""

from pathlib import Path

import pytest

from modeling.errors import InputRefused
from modeling.training.pool import read_pool


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"members": [', "is damaged .* remove it and add the members again"),
        ('[{"bundle": 3}]', 'must hold {"members": '),
        ('{"members": ["x"]}', "one object for each separator"),
        (
            '{"members": [{"half": "A", "role": "training"}]}',
            "describes a member wrongly: 'bundle' is missing",
        ),
    ],
)
def test_a_damaged_list_says_what_is_wrong_and_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "pool.json").write_text(text)
    with pytest.raises(InputRefused, match=sentence):
        read_pool(tmp_path)


def test_a_missing_list_says_how_to_begin_one(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="No such file.*pool add"):
        read_pool(tmp_path)
