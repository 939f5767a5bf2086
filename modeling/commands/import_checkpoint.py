"""Turn a checkpoint of SpeechBrain, Asteroid or torchaudio into a bundle, without running code from it.

python -m modeling import --from speechbrain DIR --out BUNDLE
python -m modeling import --from asteroid pytorch_model.bin --out BUNDLE
python -m modeling import --from torchaudio conv_tasnet_base_libri2mix.pt --set msk_activate=relu --out BUNDLE
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import get_args

from modeling.commands.options import add_overwrite_option, positive_int, print_row
from modeling.errors import InputRefused
from modeling.manifest import Convention

PEERS = ("speechbrain", "asteroid", "torchaudio")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="SOURCE", help="folder, file, or repository id on the Hugging Face hub"
    )
    parser.add_argument("--from", dest="peer", choices=PEERS, required=True, help="the toolkit it comes from")
    parser.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="folder of the new bundle")
    add_overwrite_option(parser)
    parser.add_argument("--name", help="name of the bundle (default: its folder's)")
    parser.add_argument("--member", metavar="NAME", help="which of several models in one folder")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting that the files leave out"
    )
    parser.add_argument("--sample-rate-hz", type=positive_int, help="sample rate, where the files are silent")
    parser.add_argument(
        "--convention",
        choices=get_args(Convention),
        default="dry",
        help="what its training targets were (default: dry)",
    )
    parser.add_argument("--training-data", default="unstated", metavar="TEXT", help="what it was trained on")


def run(arguments: argparse.Namespace) -> int:
    from modeling.importing.bundle import ImportChoices, import_checkpoint
    from modeling.importing.checkpoints import Hints
    from modeling.importing.hub import locate

    hints = Hints(
        member=arguments.member,
        sample_rate_hz=arguments.sample_rate_hz,
        settings=dict(_setting(text) for text in arguments.set),
    )
    choices = ImportChoices(
        name=arguments.name or arguments.out.resolve().name,
        origin=arguments.source,
        training_data=arguments.training_data,
        target_convention=arguments.convention,
        hints=hints,
        is_overwriting=arguments.overwrite,
    )
    imported = import_checkpoint(
        arguments.peer, locate(arguments.source), folder=arguments.out, choices=choices
    )
    print_row(
        {
            "bundle": str(arguments.out),
            "name": imported.bundle.name,
            "model": imported.bundle.model,
            "from": imported.model.architecture,
            "digest": imported.bundle.digest,
            "assumed": list(imported.model.assumed),
        }
    )
    return 0


def _setting(text: str) -> tuple[str, object]:
    """`KEY=VALUE`: numbers, true and false as JSON has them, any other value as text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputRefused(f"--set {text!r} must have the form KEY=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
