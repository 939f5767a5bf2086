"""Calibrate an estimator's intervals and its distance from the known on validation speakers.

python -m modeling calibrate BUNDLE --examples runs/stems/calibration --out BUNDLE
"""

from __future__ import annotations

import argparse
from pathlib import Path

from modeling.commands.options import positive_int, print_row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a quality_estimator bundle")
    parser.add_argument(
        "--examples", type=Path, required=True, metavar="DIR", help="shards of validation speakers"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="may be BUNDLE itself")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=positive_int, default=None, help="CPU threads")


def run(arguments: argparse.Namespace) -> int:
    import torch

    from modeling.building import pick_device
    from modeling.models.configs import QualityEstimatorConfig
    from modeling.training.calibration import calibrate_bundle

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    bundle = calibrate_bundle(
        arguments.bundle,
        examples=arguments.examples,
        folder=arguments.out,
        device=pick_device(arguments.device),
    )
    config = bundle.config
    row: dict[str, object] = {"bundle": str(bundle.path), "digest": bundle.digest}
    if isinstance(config, QualityEstimatorConfig):
        row |= {"shift_db": list(config.shift_db), "widen_db": list(config.widen_db)}
    print_row(row)
    return 0
