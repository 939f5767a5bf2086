"""Building twice gives identical bytes, and what is in the files is what is in the store."""

import hashlib
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.files import encode_wav
from audio.wav import WavLimits, decode_wav, parse_wav
from collection.models import Campaign
from core.errors import Broken
from core.storage import object_store
from tests.factories import make_sound
from tests.releases.made import build, jsonl_rows, make_accepted


def test_building_twice_gives_identical_bytes(campaign: Campaign, tmp_path: Path) -> None:
    for _ in range(2):
        make_accepted(campaign=campaign)
    first = build(campaign=campaign, out_dir=tmp_path / "a")
    second = build(campaign=campaign, out_dir=tmp_path / "b")
    assert first.archive.read_bytes() == second.archive.read_bytes()
    assert first.archive_sha256 == hashlib.sha256(second.archive.read_bytes()).hexdigest()


def test_the_archive_says_nothing_about_machine_or_moment(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    archive = build(campaign=campaign, out_dir=tmp_path).archive
    with tarfile.open(archive) as tar:
        entries = tar.getmembers()
    assert archive.read_bytes()[3:8] == bytes(5), "gzip: no file name, time 0"
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.mode) for entry in entries} == {
        (0, 0, 0, "", 0o644)
    }


@pytest.mark.parametrize("sample_format", ["pcm16", "pcm24"])
def test_flac_holds_the_stored_samples_bit_for_bit(
    campaign: Campaign, tmp_path: Path, sample_format: str
) -> None:
    wav = encode_wav(make_sound(sample_rate_hz=44_100), sample_rate_hz=44_100, sample_format=sample_format)  # type: ignore[arg-type]
    make_accepted(campaign=campaign, wav=wav, sample_rate_hz=44_100)
    campaign.participations.get().recordings.update(sample_format=sample_format)
    built = build(campaign=campaign, out_dir=tmp_path)
    published, rate_hz = soundfile.read(built.folder / jsonl_rows(built)[0]["file"], dtype="float32")
    stored = decode_wav(wav, parse_wav(wav, limits=WavLimits()))[:, 0]
    assert rate_hz == 44_100
    assert np.array_equal(published, stored)


def test_a_float_take_that_flac_would_round_is_published_as_exact_wav(
    campaign: Campaign, tmp_path: Path
) -> None:
    samples = make_sound() * np.float32(1 / 3)
    make_accepted(campaign=campaign, wav=encode_wav(samples, sample_rate_hz=16_000, sample_format="float32"))
    campaign.participations.get().recordings.update(sample_format="float32")
    built = build(campaign=campaign, out_dir=tmp_path)
    row = jsonl_rows(built)[0]
    published, _ = soundfile.read(built.folder / row["file"], dtype="float32")
    assert row["encoding"] == "wav"
    assert np.array_equal(published, samples[:, 0])


def test_sha256sum_accepts_the_release_and_notices_a_changed_byte(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    folder = build(campaign=campaign, out_dir=tmp_path).folder
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder).returncode == 0
    manifest = folder / "manifest.csv"
    manifest.write_bytes(manifest.read_bytes().replace(b"mixed", b"maxed", 1))
    assert subprocess.run(check, cwd=folder, capture_output=True).returncode != 0


def test_every_file_is_in_the_sums(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    folder = build(campaign=campaign, out_dir=tmp_path).folder
    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert listed == there - {"SHA256SUMS"}


def test_an_object_that_was_tampered_with_is_refused(campaign: Campaign, tmp_path: Path) -> None:
    recording = make_accepted(campaign=campaign)
    other = encode_wav(make_sound(), sample_rate_hz=16_000)
    digest = hashlib.sha256(other).hexdigest()
    object_store().put(key=recording.object_key, data=other, sha256=digest, content_type="audio/wav")
    with pytest.raises(Broken, match="changed in the store"):
        build(campaign=campaign, out_dir=tmp_path)
    assert not list(tmp_path.glob("*.tar.gz"))
