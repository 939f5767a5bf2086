"""Estimate, without any reference, how well each stem of a separation came out."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from core.errors import Broken
from core.storage import object_store
from core.work_folders import work_folder
from evaluation.registry.models import ModelBundle
from evaluation.runs.answers import StemEstimate, StemEstimates
from evaluation.runs.inference import inference_process
from evaluation.runs.models import QualityEstimate, Separation, Stem
from evaluation.runs.rules import CODE_VERSION


def estimate_separation(*, separation: Separation, bundle: ModelBundle) -> list[QualityEstimate]:
    """One blind SI-SNR for each stem; those that are there already stay as they are."""
    stems = list(separation.stems.all())
    done = QualityEstimate.objects.filter(stem__in=stems, bundle=bundle, code_version=CODE_VERSION)
    if len(done) == len(stems):
        return list(done)
    if separation.recording.participation.participant.has_withdrawn:
        return []
    estimates = _ask(separation, stems=stems, bundle=bundle)
    if estimates.bundle_digest != bundle.digest:
        raise Broken(f"The folder of {bundle} holds another model now: run `manage.py register_bundles`.")
    with transaction.atomic():
        return [
            QualityEstimate.objects.get_or_create(
                stem=stem, bundle=bundle, code_version=CODE_VERSION, defaults=_columns(estimate)
            )[0]
            for stem, estimate in zip(stems, estimates.stems, strict=True)
        ]


def _ask(separation: Separation, *, stems: list[Stem], bundle: ModelBundle) -> StemEstimates:
    with work_folder() as folder:
        mixture = folder / "mixture.wav"
        object_store().download_to(separation.recording.object_key, mixture)
        paths = [folder / f"stem{stem.source_number}.flac" for stem in stems]
        for stem, path in zip(stems, paths, strict=True):
            object_store().download_to(stem.object_key, path)
        return inference_process().estimate(bundle=bundle.folder, mixture=mixture, stems=paths)


def _columns(estimate: StemEstimate) -> dict[str, object]:
    return {
        **asdict(estimate.headline),
        "convention": estimate.convention,
        "other_conventions": {name: asdict(figures) for name, figures in estimate.others.items()},
        "out_of_domain": estimate.out_of_domain,
    }
