"""Lists of prompts come in whole, once, or with the line that is wrong."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from collection.models import Campaign
from collection.prompt_lists import decode_prompt_list, read_prompt_list
from collection.services.prompts import import_prompts
from core.errors import ShownToUser
from tests.factories import make_campaign


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("only one sentence", "Line 2 .* 1 columns"),
        ("a\tb\tc\td", "Line 2 .* 4 columns"),
        ("\tb", "Line 2 .* sentence_1 is empty"),
        ("a\t ", "Line 2 .* sentence_2 is empty"),
        (f"a\t{'b' * 301}", "Line 2 .* sentence_2 has 301 characters"),
        (f"a\tb\t{'c' * 121}", "Line 2 .* source has 121 characters"),
        ("One  kettle.\tOne gate. ", "Line 2 .* repeats line 1"),
    ],
)
def test_a_bad_line_is_named_with_its_number(line: str, reason: str) -> None:
    with pytest.raises(ShownToUser, match=reason):
        read_prompt_list(["One kettle.\tOne gate.", line])


def test_header_comments_blank_lines_and_a_byte_order_mark_are_no_prompts() -> None:
    lines = decode_prompt_list(b"\xef\xbb\xbfsentence_1\tsentence_2\tsource\r\n# note\r\n\r\nA.\tB.\tCC0\r\n")
    (prompt,) = read_prompt_list(lines)
    assert (prompt.sentence_1, prompt.sentence_2, prompt.source) == ("A.", "B.", "CC0")


def test_another_encoding_is_refused_by_line() -> None:
    with pytest.raises(ShownToUser, match="Line 2 .* UTF-8"):
        decode_prompt_list("A.\tB.\nCafé.\tD.".encode("latin-1"))


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ShownToUser, match="no sentences"):
        read_prompt_list(["", "# nothing"])


@pytest.mark.django_db
def test_importing_twice_adds_nothing() -> None:
    campaign = make_campaign(prompts=0)
    first = import_prompts(campaign=campaign, lines=["A.\tB.", "C.\tD."])
    second = import_prompts(campaign=campaign, lines=["C.\tD.", "E.\tF."])
    assert (first.added, second.added, second.already_there) == (2, 1, 1)
    assert campaign.prompts.count() == 3


@pytest.mark.django_db
def test_the_command_names_file_and_line_and_imports_nothing(tmp_path: Path) -> None:
    campaign: Campaign = make_campaign(prompts=0)
    path = tmp_path / "pairs.tsv"
    path.write_text("A.\tB.\nonly one\n")
    with pytest.raises(CommandError, match="pairs.tsv: Line 2"):
        call_command("import_prompts", str(path), campaign=campaign.slug)
    assert not campaign.prompts.exists()
    path.write_text("A.\tB.\n")
    call_command("import_prompts", str(path), campaign=campaign.slug)
    assert campaign.prompts.count() == 1


@pytest.mark.django_db
def test_the_command_says_which_campaigns_there_are(tmp_path: Path) -> None:
    make_campaign(slug="harbour")
    with pytest.raises(CommandError, match="harbour"):
        call_command("import_prompts", str(tmp_path / "x.tsv"), campaign="harbor")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_prompts", str(tmp_path / "x.tsv"), campaign="harbour")
