"""Where people enter an effort: asked of the packages above, which the settings name."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from recruitment.models import Effort


def entrance_of(*, effort: Effort) -> str:
    """The path of the page on which this effort's work begins, or "" while nothing belongs to it."""
    for dotted_name in settings.RECRUITMENT_ENTRANCES:
        find: Callable[[Effort], str] = import_string(dotted_name)
        path = find(effort)
        if path:
            return path
    return ""
