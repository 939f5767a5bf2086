"""What a release holds, and what it never holds."""

from pathlib import Path

import pytest

from collection.models import Campaign, QualityFlag
from core.errors import Broken, ShownToUser
from evaluation.runs.models import QualityEstimate
from recruitment.models import Participant
from recruitment.services.participants import enter_effort
from recruitment.services.stamps import mint_stamp
from recruitment.services.withdrawals import show_withdrawal_code
from recruitment.services.work_units import record_finished_work
from releases.models import Release, WithdrawnRecording
from releases.services.publishing import publish_release
from tests.factories import make_participation, make_recording
from tests.releases.made import build, csv_rows, jsonl_rows, make_accepted


def test_only_accepted_recordings_are_published(campaign: Campaign, tmp_path: Path) -> None:
    accepted = make_accepted(campaign=campaign)
    for state in ("waiting", "rejected"):
        make_recording(participation=make_participation(campaign=campaign), review_state=state)
    rows = jsonl_rows(build(campaign=campaign, out_dir=tmp_path))
    assert [row["recording_id"] for row in rows] == [str(accepted.public_id)]


def test_recordings_of_other_campaigns_stay_out(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    make_recording(review_state="accepted")
    assert len(jsonl_rows(build(campaign=campaign, out_dir=tmp_path))) == 1


def test_a_row_tells_what_a_researcher_needs(campaign: Campaign, tmp_path: Path) -> None:
    capture = {
        "settings": {"echoCancellation": False},
        "processing_verified_off": True,
        "frame_gaps": 0,
        "browser": "Chromium",
    }
    recording = make_accepted(campaign=campaign, capture=capture)
    QualityFlag.objects.create(recording=recording, code="low_level", severity="info", message="Quiet.")
    row = jsonl_rows(build(campaign=campaign, out_dir=tmp_path))[0]
    assert row["original_sha256"] == recording.sha256
    assert (row["si_snr_db_1"], row["si_snr_db_2"]) == (7.25, 3.5)
    assert (row["estimator"], row["estimator_convention"]) == ("test-estimator", "reverberant")
    assert row["processing_verified_off"] is True and row["echo_cancellation"] is False
    assert row["noise_suppression"] is None
    assert row["quality_flags"] == ["low_level"]
    assert row["consent_version"] == 1 and row["licence"] == "CC-BY-4.0"
    assert row["created_month"] == recording.stored_at.strftime("%Y-%m")


def test_a_browser_that_tells_nonsense_stops_no_release(campaign: Campaign, tmp_path: Path) -> None:
    capture = {"settings": "off", "browser": [1, 2], "os": "x" * 500, "device_class": "usb", "frame_gaps": 0}
    capture["recorder_version"] = "=1+1"
    make_accepted(campaign=campaign, capture=capture)
    built = build(campaign=campaign, out_dir=tmp_path)
    row = jsonl_rows(built)[0]
    assert (row["echo_cancellation"], row["browser"], row["os"]) == (None, None, None)
    assert row["recorder_version"] is None
    assert (csv_rows(built)[0]["device_class"], row["frame_gaps"]) == ("usb", 0)


def test_csv_and_json_lines_hold_the_same_rows(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    make_accepted(campaign=campaign, separated=False)
    built = build(campaign=campaign, out_dir=tmp_path)
    for flat, full in zip(csv_rows(built), jsonl_rows(built), strict=True):
        assert list(flat) == list(full)
        assert flat["file"] == full["file"] and float(flat["duration_s"]) == full["duration_s"]
        assert flat["si_snr_db_1"] == ("" if full["si_snr_db_1"] is None else str(full["si_snr_db_1"]))


def test_an_estimate_is_published_with_its_interval_and_distance(campaign: Campaign, tmp_path: Path) -> None:
    recording = make_accepted(campaign=campaign)
    known = {"low_db": 5.12345, "high_db": 9.5, "convention": "reverberant"}
    estimates = QualityEstimate.objects.filter(stem__separation__recording=recording)
    estimates.filter(stem__source_number=1).update(out_of_domain=1.2, **known)
    built = build(campaign=campaign, out_dir=tmp_path)
    row, flat = jsonl_rows(built)[0], csv_rows(built)[0]
    assert (row["low_db_1"], row["high_db_1"], row["out_of_domain_1"]) == (5.123, 9.5, 1.2)
    assert (row["low_db_2"], flat["high_db_2"], flat["out_of_domain_2"]) == (None, "", "")
    assert "(`out_of_domain` above 1): 1;" in (built.folder / "DATASHEET.md").read_text()


def test_the_documents_are_there_and_count_truly(campaign: Campaign, tmp_path: Path) -> None:
    for _ in range(3):
        make_accepted(campaign=campaign)
    folder = build(campaign=campaign, out_dir=tmp_path).folder
    datasheet = (folder / "DATASHEET.md").read_text()
    assert "3 recordings in 3 sessions, 0.002 hours (7.5 s)" in datasheet
    assert "6 stems: mean 5.38 dB" in datasheet and "abstains" not in datasheet
    assert "We keep and publish your voices." in (folder / "CONSENT_v1.txt").read_text()
    assert "CC-BY-4.0" in (folder / "LICENSE").read_text()
    assert "first release: 3 recordings" in (folder / "CHANGELOG.md").read_text()
    assert {"README.md", "withdrawals.jsonl", "SHA256SUMS"} <= {path.name for path in folder.iterdir()}


def test_a_constructed_take_is_labelled_with_its_attribution(campaign: Campaign, tmp_path: Path) -> None:
    note = "Constructed from LibriSpeech 1188-133604-0040, CC BY 4.0."
    make_accepted(campaign=campaign, origin="constructed", origin_note=note)
    built = build(campaign=campaign, out_dir=tmp_path)
    assert (csv_rows(built)[0]["origin"], csv_rows(built)[0]["origin_note"]) == ("constructed", note)
    assert note in (built.folder / "README.md").read_text()


def test_no_code_stamp_key_or_person_is_in_any_byte(campaign: Campaign, tmp_path: Path) -> None:
    participation = make_participation(
        campaign=campaign, other_native_languages="Farsi, pat@example.org, 5550199447723"
    )
    recording = make_accepted(campaign=campaign, participation=participation)
    person = participation.participant
    unit = record_finished_work(participant=person, subject=recording.work_subject, evidence={})
    Participant.objects.filter(pk=person.pk).update(provider_pseudonym="f" * 60)
    secrets = [mint_stamp(work_unit=unit), show_withdrawal_code(participant=person), str(person.public_id)]
    secrets += [campaign.effort.pseudonym_key, person.withdrawal_code_hmac, person.withdrawal_code_sealed]
    secrets += [unit.stamp.code_sealed, "f" * 60, "pat@example.org", "5550199447723", recording.object_key]
    built = build(campaign=campaign, out_dir=tmp_path)
    everything = b"".join(path.read_bytes() for path in sorted(built.folder.rglob("*")) if path.is_file())
    assert b"Farsi" in everything
    assert [secret for secret in secrets if secret.encode() in everything] == []


def test_nothing_accepted_is_said(campaign: Campaign, tmp_path: Path) -> None:
    with pytest.raises(ShownToUser, match="No recording of 'Demo' has been accepted yet"):
        build(campaign=campaign, out_dir=tmp_path)


@pytest.mark.parametrize("version", ["", "1", "v0.1.0", "0.1", "01.0.0", "0.1.0\n", "../0.1.0"])
def test_a_malformed_version_is_refused(campaign: Campaign, tmp_path: Path, version: str) -> None:
    make_accepted(campaign=campaign)
    with pytest.raises(ShownToUser) as refusal:
        build(campaign=campaign, out_dir=tmp_path, version=version)
    assert (refusal.value.code, refusal.value.field) == ("bad_version", "version")


def test_a_version_that_is_there_is_not_overwritten(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    build(campaign=campaign, out_dir=tmp_path)
    with pytest.raises(ShownToUser, match="is there already"):
        build(campaign=campaign, out_dir=tmp_path)


def test_a_published_version_is_not_built_from_other_recordings(campaign: Campaign, tmp_path: Path) -> None:
    release = Release.objects.create(campaign=campaign, version="0.1.0", state="ready")
    release.recordings.set([make_accepted(campaign=campaign)])
    build(campaign=campaign, out_dir=tmp_path / "same")
    make_accepted(campaign=campaign)
    with pytest.raises(ShownToUser, match="published with other recordings"):
        build(campaign=campaign, out_dir=tmp_path / "other")


def test_a_published_version_is_built_again_only_to_the_same_bytes(
    campaign: Campaign, tmp_path: Path
) -> None:
    make_accepted(campaign=campaign)
    release = publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    again = build(campaign=campaign, out_dir=tmp_path / "same")
    assert again.archive_sha256 == release.archive_sha256
    Campaign.objects.update(introduction="Reworded since.")
    campaign.refresh_from_db()
    with pytest.raises(ShownToUser, match="published with other bytes"):
        build(campaign=campaign, out_dir=tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_the_changelog_counts_what_came_since(campaign: Campaign, tmp_path: Path) -> None:
    release = Release.objects.create(campaign=campaign, version="0.1.0", state="ready")
    release.recordings.set([make_accepted(campaign=campaign)])
    make_accepted(campaign=campaign)
    folder = build(campaign=campaign, out_dir=tmp_path, version="0.2.0").folder
    assert "## 0.2.0\n- 2 recordings: 1 added, 0 dropped" in (folder / "CHANGELOG.md").read_text()


def test_a_recording_with_a_tombstone_stops_the_build(campaign: Campaign, tmp_path: Path) -> None:
    recording = make_accepted(campaign=campaign)
    WithdrawnRecording.objects.create(
        recording_id=recording.public_id,
        mixture_name=recording.mixture_name,
        sha256=recording.sha256,
        withdrawn_at=recording.stored_at,
    )
    with pytest.raises(Broken, match="was withdrawn by its speakers"):
        build(campaign=campaign, out_dir=tmp_path)


def test_one_person_alone_does_not_consent_for_two(campaign: Campaign, tmp_path: Path) -> None:
    alone = enter_effort(
        effort=campaign.effort, consent_text=campaign.effort.consent_texts.get(), people_consenting=1
    )
    make_accepted(campaign=campaign, participation=make_participation(campaign=campaign, participant=alone))
    with pytest.raises(ShownToUser, match="only 1 of 2 people agreed"):
        build(campaign=campaign, out_dir=tmp_path)
