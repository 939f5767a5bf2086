"""A checkpoint of another toolkit becomes a bundle in a confined child process, or says in a sentence why not."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from core.models import Job
from core.runner import run_waiting
from core.storage import ObjectStore
from evaluation.registry.models import CheckpointImport, ModelBundle
from modeling.models.sisnr_estimator import SisnrEstimator, SisnrEstimatorConfig
from tests.evaluation.archives import zip_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db
FORM = {"toolkit": "speechbrain", "name": "theirs", "target_convention": "dry", "training_data": "WSJ0-2mix"}


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(role="researcher"))
    return client


def saved(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The SI-SNR estimator as SpeechBrain names it, four channels wide."""
    torch.manual_seed(0)
    encoder, readout = {}, {}
    for name, value in SisnrEstimator(SisnrEstimatorConfig(channels=4)).state_dict().items():
        part, _, rest = name.partition(".")
        if part == "encoder":
            number, _, kind = rest.partition(".")
            encoder[f"cnn{int(number) + 1}.conv.{kind}"] = value
        else:
            readout[f"{'layer1' if part == 'hidden' else 'layer2'}.w.{rest}"] = value
    return {"m/encoder.ckpt": saved(encoder), "m/encoder_out.ckpt": saved(readout)}


def bring(client: Client, files: dict[str, bytes], **changes: str) -> str:
    answer = client.post(reverse("checkpoint-add"), FORM | changes | {"file": zip_of(files)}, follow=True)
    return answer.content.decode()


def converted(client: Client) -> str:
    """The page after a worker has come by."""
    run_waiting(worker="test")
    row = CheckpointImport.objects.get()
    return client.get(reverse("checkpoint", args=[row.public_id])).content.decode()


def test_a_checkpoint_becomes_a_bundle(
    researcher: Client, files: dict[str, bytes], store: ObjectStore
) -> None:
    assert "Waiting for a worker" in bring(researcher, files, settings="snrmax=12")
    assert "Converted: it is a bundle now." in converted(researcher)
    row = ModelBundle.objects.get()
    assert (row.name, row.kind, row.is_default) == ("theirs", "estimator", False)
    assert row.description["label_range_db"] == [0.0, 12.0] and "WSJ0-2mix" in row.card
    assert "Imported from theirs:" in row.card and "realm-work-" not in row.card
    assert not list(store.list("imports/")) and Job.objects.get().state == "done"


def test_code_in_a_checkpoint_never_runs_and_the_page_says_why_it_is_refused(
    researcher: Client, files: dict[str, bytes], tmp_path: Path, store: ObjectStore
) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "harm"),)

    bring(researcher, files | {"m/encoder_out.ckpt": saved({"payload": Hostile()})})
    page = converted(researcher)
    assert "could run code" in page and "realm-work-" not in page
    assert not (tmp_path / "harm").exists() and not ModelBundle.objects.exists()
    assert not list(store.list("imports/")) and Job.objects.get().state == "done"


def test_a_file_named_like_a_module_is_not_imported(researcher: Client, files: dict[str, bytes]) -> None:
    bring(researcher, files | {"m/torch.py": b"raise SystemExit(9)"}, name="torch")
    assert "Converted" in converted(researcher)


def test_an_importer_that_runs_out_of_memory_says_so(
    researcher: Client, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.registry.services.checkpoints.MEMORY_BYTES", 300 << 20)
    bring(researcher, files)
    assert "ended without a bundle" in converted(researcher)


def test_torchaudio_needs_one_file(researcher: Client, files: dict[str, bytes]) -> None:
    bring(researcher, {"a.pt": b"", "b.pt": b""}, toolkit="torchaudio")
    assert "holds 2 files of weights" in converted(researcher)
    models = researcher.get(reverse("bundle-list")).content.decode()
    assert "theirs" in models and "refused</span>" in models


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "../x"}, "Use letters, digits"),
        ({"settings": "--out=/tmp"}, "is not of the form KEY=VALUE"),
        ({"toolkit": "pickle"}, "Select a valid choice"),
    ],
)
def test_a_form_that_says_something_else_is_refused(
    researcher: Client, files: dict[str, bytes], changes: dict[str, str], sentence: str
) -> None:
    assert sentence in bring(researcher, files, **changes)
    assert not CheckpointImport.objects.exists()


def test_a_confined_process_reaches_no_network_and_starts_no_program() -> None:
    tries = (
        "import socket, subprocess\n"
        "from modeling.importing.confined import confine_this_process\n"
        "confine_this_process(memory_bytes=1 << 32, cpu_s=10, file_bytes=10**6)\n"
        "for attempt in (socket.socket, lambda: subprocess.run(['true'])):\n"
        "    try: attempt()\n"
        "    except PermissionError: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", tries],
        cwd=site.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["refused", "refused"]
