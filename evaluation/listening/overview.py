"""Lists for the study pages: studies with their progress, and the models behind one study."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from evaluation.listening.models import Rating, Study
from evaluation.registry.models import ModelBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyLine:
    study: Study
    trials: int
    listeners: int
    ratings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """A bundle as a reader of the figures needs it."""

    role: str
    name: str
    digest: str
    code_versions: str
    target_convention: str


def list_studies(*, user: User | AnonymousUser) -> list[StudyLine]:
    return [study_line(study) for study in Study.objects.visible_to(user)]


def study_line(study: Study) -> StudyLine:
    counted = Rating.objects.counted().filter(trial__study=study)
    return StudyLine(
        study=study,
        trials=study.trials.presentable().count(),
        listeners=counted.values("participant").distinct().count(),
        ratings=counted.count(),
    )


def models_compared(*, study: Study) -> list[ModelLine]:
    """The separator that was rated and the estimator it is compared with, each with version and convention."""
    separations = study.trials.select_related("separation__bundle")
    by_bundle: dict[ModelBundle, set[str]] = {}
    for trial in separations:
        by_bundle.setdefault(trial.separation.bundle, set()).add(trial.separation.code_version)
    lines = [
        model_line(bundle, role="Separator", versions=versions) for bundle, versions in by_bundle.items()
    ]
    if study.estimator:
        estimates = study.estimator.quality_estimates.filter(stem__separation__trials__study=study)
        versions = set(estimates.values_list("code_version", flat=True))
        lines.append(model_line(study.estimator, role="Estimator", versions=versions))
    return lines


def model_line(bundle: ModelBundle, *, role: str, versions: set[str]) -> ModelLine:
    return ModelLine(
        role=role,
        name=bundle.name,
        digest=bundle.digest,
        code_versions=", ".join(sorted(versions)),
        target_convention=bundle.target_convention,
    )
