"""The work an effort calls people to: asked of the packages above, which the settings name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from recruitment.models import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The campaign or study of an effort, as far as recruitment knows it: `title` says which of them it is."""

    title: str
    entrance: str  # the path of the page on which people begin
    page: str  # the path of the page on which its makers look after it
    state: str  # such as draft
    is_open: bool
    review: str = ""  # the path of the page on which what people made is reviewed; "" where nobody reviews


def work_of(*, effort: Effort) -> Work | None:
    """None while nothing belongs to this effort."""
    for dotted_name in settings.RECRUITMENT_ENTRANCES:
        find: Callable[[Effort], Work | None] = import_string(dotted_name)
        work = find(effort)
        if work is not None:
            return work
    return None


def entrance_of(*, effort: Effort) -> str:
    """The path of the page on which this effort's work begins, or "" while nothing belongs to it."""
    work = work_of(effort=effort)
    return work.entrance if work else ""
