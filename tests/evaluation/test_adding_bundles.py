"""A researcher brings a bundle as a zip: checked whole, kept once, unpacked where it runs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from core.errors import Broken
from core.storage import ObjectStore
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.archives import add_bundle, unpacked_folder
from evaluation.runs.tasks import ready_bundle
from modeling.bundles import read_bundle
from tests.evaluation.archives import files_of, zip_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def files(bundle_folder: Path) -> dict[str, bytes]:
    return files_of(bundle_folder / "separator")


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(role="researcher"))
    return client


def answer_to(client: Client, files: dict[str, bytes]) -> str:
    return client.post(reverse("bundle-add"), {"file": zip_of(files)}, follow=True).content.decode()


def changed(files: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    return files | {"bundle.json": json.dumps(json.loads(files["bundle.json"]) | changes).encode()}


def test_a_bundle_that_is_brought_has_a_page_and_is_not_put_in_use_by_itself(
    researcher: Client, files: dict[str, bytes]
) -> None:
    page = answer_to(researcher, files)
    row = ModelBundle.objects.get()
    assert "is registered." in page and row.digest in page and "It separates and" in page
    assert not row.is_default and row.is_installed
    assert AuditEntry.objects.get().action == "bundle.add"


def test_the_same_digest_is_the_same_row(researcher: Client, files: dict[str, bytes]) -> None:
    answer_to(researcher, files)
    assert "was here already" in answer_to(researcher, files | {"CARD.md": b"other words"})
    assert ModelBundle.objects.count() == 1 and "other words" not in ModelBundle.objects.get().card


def test_it_is_unpacked_where_it_runs(files: dict[str, bytes]) -> None:
    row, _ = add_bundle(file=zip_of(files), actor=make_user(role="researcher"))
    assert not row.folder.exists()
    folder = unpacked_folder(row)
    assert read_bundle(folder).digest == row.digest and unpacked_folder(row) == folder
    assert [path.name for path in folder.parent.iterdir()] == [row.digest]


def test_a_job_finds_it_unpacked(files: dict[str, bytes]) -> None:
    row, _ = add_bundle(file=zip_of(files), actor=make_user(role="researcher"))
    assert read_bundle(ready_bundle(row.pk).folder).digest == row.digest


def test_a_stored_zip_that_was_altered_is_never_run(files: dict[str, bytes]) -> None:
    row, _ = add_bundle(file=zip_of(files), actor=make_user(role="researcher"))
    ModelBundle.objects.update(archive_sha256="0" * 64)
    row.refresh_from_db()
    with pytest.raises(Broken, match="bring the bundle again"):
        unpacked_folder(row)
    assert not row.folder.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weights_sha256": "0" * 64}, "was altered or copied incompletely"),
        ({"model": "os.system"}, "is known to this version"),
        ({"name": "n" * 81}, "has 81 characters"),
        ({"scores": {"db": float("nan")}}, "holds NaN"),
        ({"training_data": "a\0b"}, "NUL character"),
        ({"sample_rate_hz": 10**12}, "at most 768000"),
    ],
)
def test_a_bundle_that_does_not_hold_together_is_refused_and_nothing_is_kept(
    researcher: Client, files: dict[str, bytes], store: ObjectStore, changes: dict[str, object], sentence: str
) -> None:
    page = answer_to(researcher, changed(files, **changes))
    assert sentence in page and "realm-work-" not in page
    assert not ModelBundle.objects.exists() and not list(store.list("bundles/"))


def test_a_pickle_beside_or_instead_of_the_weights_is_refused(
    researcher: Client, files: dict[str, bytes]
) -> None:
    assert "and nothing else" in answer_to(researcher, files | {"model.pt": b"x"})
    assert "model.safetensors is missing" in answer_to(researcher, {"bundle.json": files["bundle.json"]})


def test_a_file_above_the_limit_is_not_kept(
    researcher: Client, files: dict[str, bytes], settings: Any
) -> None:
    settings.MAX_MODEL_BYTES = 0
    big = files | {"CARD.md": bytes(range(256)) * 2000}
    assert "Please choose a .zip of at most" in answer_to(researcher, {"x": os.urandom(200_000), **big})


def test_the_token_is_checked(files: dict[str, bytes]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(role="researcher"))
    assert client.post(reverse("bundle-add"), {"file": zip_of(files)}).status_code == 403
