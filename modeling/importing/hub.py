"""Fetching a published model by its repository id on the Hugging Face hub."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from modeling.errors import InputRefused, ResourceShortage

REPOSITORY_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
WANTED = ("*.ckpt", "*.yaml", "*.bin", "*.pth", "*.pt")


def locate(source: str) -> Path:
    """The path itself, or the folder that a repository id was downloaded to."""
    path = Path(source)
    if path.exists():
        return path
    if not REPOSITORY_ID.fullmatch(source):
        raise InputRefused(f"There is no file or folder {source}.")
    return download(source)


def download(repository_id: str) -> Path:
    """Download the weights and settings of a repository into the hub's own cache; code files are left there."""
    try:
        hub, errors = import_module("huggingface_hub"), import_module("huggingface_hub.errors")
    except ImportError as error:
        raise InputRefused(
            f"There is no folder {repository_id}. To fetch the repository of that name, "
            "run `pip install huggingface_hub` first."
        ) from error
    try:
        return Path(hub.snapshot_download(repository_id, allow_patterns=list(WANTED)))
    except errors.RepositoryNotFoundError as error:
        raise InputRefused(f"The Hugging Face hub has no public repository {repository_id}.") from error
    except errors.HFValidationError as error:
        raise InputRefused(f"{repository_id} is no repository id of the Hugging Face hub.") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError) as error:
        raise ResourceShortage(
            f"Repository {repository_id} could not be downloaded. Check the network, or download it elsewhere and "
            "give its folder."
        ) from error
