"""Bundles become rows once; each kind always has one default that can be run."""

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import make_default, register_bundle, register_shipped_bundles
from modeling.bundles import list_shipped_bundles

pytestmark = pytest.mark.django_db


def test_shipped_bundles_become_rows_and_again_changes_nothing() -> None:
    first = register_shipped_bundles()
    again = register_shipped_bundles()
    assert [row.pk for row in again] == [row.pk for row in first]
    assert ModelBundle.objects.count() == len(list_shipped_bundles()) >= 1


def test_the_first_of_a_kind_is_its_default(separator: ModelBundle, estimator: ModelBundle) -> None:
    assert separator.is_default and separator.kind == "separator" and separator.sample_rate_hz == 8000
    assert estimator.is_default and estimator.kind == "estimator"


def test_a_second_separator_of_another_name_leaves_the_default_alone(
    separator: ModelBundle, bundle_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(bundle_folder / "other-separator", tmp_path / "other")
    rewrite(folder, name="another-name")
    other = register_bundle(path=folder)
    assert not other.is_default and ModelBundle.objects.get(pk=separator.pk).is_default


def test_new_weights_under_the_same_name_become_the_default_and_the_old_row_stays(
    separator: ModelBundle, bundle_folder: Path
) -> None:
    newer = register_bundle(path=bundle_folder / "other-separator")
    separator.refresh_from_db()
    assert newer.name == separator.name and newer.digest != separator.digest
    assert newer.is_default and not separator.is_default


def test_registering_an_old_default_again_does_not_bring_it_back(
    separator: ModelBundle, bundle_folder: Path
) -> None:
    newer = register_bundle(path=bundle_folder / "other-separator")
    register_bundle(path=bundle_folder / "separator")
    newer.refresh_from_db()
    assert newer.is_default


def test_a_default_whose_folder_is_gone_is_replaced(bundle_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle_folder / "other-separator", tmp_path / "gone")
    rewrite(folder, name="gone")
    gone = register_bundle(path=folder)
    shutil.rmtree(folder)
    assert register_bundle(path=bundle_folder / "separator").is_default
    gone.refresh_from_db()
    assert not gone.is_default


def test_corrected_scores_change_the_row_and_not_its_identity(bundle_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle_folder / "separator", tmp_path / "corrected")
    row = register_bundle(path=folder)
    rewrite(folder, scores={"si_snri_db": 9.1})
    again = register_bundle(path=folder)
    assert again.pk == row.pk and again.description["scores"] == {"si_snri_db": 9.1}


def test_an_admins_choice_is_kept_and_logged(separator: ModelBundle, bundle_folder: Path) -> None:
    newer = register_bundle(path=bundle_folder / "other-separator")
    make_default(bundle=separator, actor=None)
    register_bundle(path=bundle_folder / "other-separator")
    newer.refresh_from_db()
    assert separator.is_default and not newer.is_default
    assert AuditEntry.objects.get().action == "bundle.make_default"


def test_the_command_says_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"bundle\.json is missing"):
        call_command("register_bundles", str(tmp_path))


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
