"""The study that listeners are called to, for those who sent them."""

from django.urls import reverse

from evaluation.listening.models import Study
from recruitment.entrances import Work
from recruitment.models import Effort


def study_entrance(effort: Effort) -> Work | None:
    """The effort's study, or None where it has none."""
    study = Study.objects.filter(effort=effort).first()
    if study is None:
        return None
    return Work(
        title="study",
        entrance=reverse("listen-begin", args=[study.slug]),
        page=reverse("study-results", args=[study.slug]),
        state=study.get_state_display().lower(),
        is_open=study.is_open,
    )
