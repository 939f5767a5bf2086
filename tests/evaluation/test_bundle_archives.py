"""A zip is unpacked below its folder and under its limit, or refused with a sentence."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from core.errors import ShownToUser
from evaluation.registry.archives import MAX_MEMBERS, unpack
from tests.evaluation.archives import zip_of


def refusal(archive: io.BytesIO, into: Path, *, max_bytes: int = 1_000_000) -> str:
    with pytest.raises(ShownToUser) as refused:
        unpack(archive, into=into, max_bytes=max_bytes)
    return refused.value.message


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:evil"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert "does not stay in its folder" in refusal(zip_of({name: b"x"}), tmp_path / "in")
    assert not list(tmp_path.rglob("*evil*"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    assert "more than 0 MiB" in refusal(zip_of({"a": bytes(50_000)}), tmp_path / "in", max_bytes=40_000)
    assert not (tmp_path / "in").exists()


def test_a_zip_that_lies_about_its_size_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.registry.archives._check_sizes", lambda members, max_bytes: None)
    assert "more than 0 MiB" in refusal(zip_of({"a": bytes(50_000)}), tmp_path, max_bytes=40_000)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 40_000


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        link = zipfile.ZipInfo("bundle.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    assert "is a link or a device" in refusal(archive, tmp_path)


def test_what_is_no_zip_holds_nothing_or_too_much_is_refused(tmp_path: Path) -> None:
    assert "cannot be unpacked as a zip" in refusal(io.BytesIO(b"not a zip"), tmp_path)
    assert "holds no files" in refusal(zip_of({"__MACOSX/x": b""}), tmp_path)
    many = {str(number): b"" for number in range(MAX_MEMBERS + 1)}
    assert f"at most {MAX_MEMBERS}" in refusal(zip_of(many), tmp_path)


def test_the_folder_around_everything_is_left_out(tmp_path: Path) -> None:
    files = unpack(zip_of({"m/a.txt": b"a", "m/b/c.txt": b"c"}), into=tmp_path, max_bytes=10)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["a.txt", "b/c.txt"]
    assert files[1].read_bytes() == b"c"


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "two files of one name" in refusal(zip_of({"a": b"1", "A": b"2"}), tmp_path)
