"""The page on which people begin to listen, for those who sent them."""

from django.urls import reverse

from evaluation.listening.models import Study
from recruitment.models import Effort


def study_entrance(effort: Effort) -> str:
    """The path of the effort's study, or "" where it has none."""
    study = Study.objects.filter(effort=effort).first()
    return reverse("listen-begin", args=[study.slug]) if study else ""
