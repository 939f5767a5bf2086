"""A model in use cannot be retired, a retired one cannot be put in use, and each change is in the audit log."""

import json
import shutil
from pathlib import Path

import pytest

from accounts.models import AuditEntry
from core.errors import ShownToUser
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import (
    activate_bundle,
    make_default,
    register_bundle,
    retire_bundle,
)
from evaluation.runs.services.requests import default_bundle
from tests.factories import make_user
from tests.listening.studies import make_bundle, make_separation

pytestmark = pytest.mark.django_db


def test_the_model_in_use_cannot_be_retired() -> None:
    bundle = make_bundle(is_default=True)
    with pytest.raises(ShownToUser, match="is in use. Put another model in use first"):
        retire_bundle(bundle=bundle, actor=None)
    bundle.refresh_from_db()
    assert bundle.retired_at is None and not AuditEntry.objects.exists()


def test_a_retired_model_keeps_its_results_and_comes_back() -> None:
    bundle, admin = make_bundle(is_default=False), make_user(role="admin")
    separation = make_separation(bundle=bundle)
    assert retire_bundle(bundle=bundle, actor=admin).retired_at
    assert list(bundle.separations.all()) == [separation]
    assert activate_bundle(bundle=bundle, actor=admin).retired_at is None
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.action for entry in entries] == ["bundle.retire", "bundle.activate"]
    assert {(entry.actor, entry.subject) for entry in entries} == {(admin, f"bundle:{bundle.digest}")}


def test_a_retired_model_cannot_be_put_in_use() -> None:
    bundle = retire_bundle(bundle=make_bundle(is_default=False), actor=None)
    with pytest.raises(ShownToUser, match="is retired. Activate it first"):
        make_default(bundle=bundle, actor=None)


def test_retiring_twice_is_one_entry_in_the_log() -> None:
    bundle = make_bundle(is_default=False)
    first = retire_bundle(bundle=bundle, actor=None).retired_at
    assert retire_bundle(bundle=bundle, actor=None).retired_at == first
    assert AuditEntry.objects.count() == 1


def test_each_number_of_voices_has_a_separator_in_use_and_recordings_go_through_that_of_two() -> None:
    three = make_bundle(is_default=True, num_sources=3)
    two = make_bundle(is_default=True, num_sources=2)
    make_default(bundle=make_bundle(is_default=False, num_sources=3), actor=None)
    assert default_bundle(ModelBundle.Kind.SEPARATOR) == two
    three.refresh_from_db()
    assert not three.is_default


def test_registering_a_retired_model_again_does_not_put_it_in_use(
    bundle_folder: Path, tmp_path: Path
) -> None:
    first = register_bundle(path=bundle_folder / "separator")
    folder = shutil.copytree(bundle_folder / "other-separator", tmp_path / "other")
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"name": "other"}))
    other = retire_bundle(bundle=register_bundle(path=folder), actor=None)
    ModelBundle.objects.filter(pk=first.pk).update(is_default=False)
    assert not register_bundle(path=folder).is_default
    other.refresh_from_db()
    assert other.retired_at
