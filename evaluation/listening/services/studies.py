"""Make, open and close studies."""

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from accounts.services.audit import record_action
from collection.models import Recording
from core.errors import ShownToUser
from evaluation.listening.models import Study, Trial
from evaluation.listening.selection import Selection, choose_recordings
from evaluation.listening.wording import CONSENT_TEXT
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation
from recruitment.models import ConsentText, Effort


@transaction.atomic
def create_study(
    *,
    title: str,
    instructions: str,
    bundle: ModelBundle,
    recordings: Sequence[Recording],
    created_by: User,
) -> Study:
    """A draft with one trial per recording: its newest separation by `bundle`.

    Ratings will be compared with the quality estimator that is the default at this moment. Raises ShownToUser
    where nothing was picked or a recording has no separation by the bundle.
    """
    separations = newest_separations(bundle=bundle, recordings=recordings)
    effort = Effort.objects.create(name=f"Listening: {title}"[:120])
    ConsentText.objects.create(effort=effort, version=1, text=CONSENT_TEXT)
    study = Study.objects.create(
        slug=make_slug(title),
        title=title,
        instructions=instructions,
        effort=effort,
        estimator=default_estimator(),
        created_by=created_by,
    )
    Trial.objects.bulk_create(Trial(study=study, separation=separation) for separation in separations)
    details = {"bundle": bundle.digest, "trials": len(separations)}
    record_action(actor=created_by, action="study.create", subject=f"study:{study.slug}", details=details)
    return study


@transaction.atomic
def create_study_from_selection(
    *, title: str, instructions: str, selection: Selection, created_by: User
) -> Study:
    """A draft over randomly chosen recordings; the choice is written down so that it can be made again."""
    study = create_study(
        title=title,
        instructions=instructions,
        bundle=selection.bundle,
        recordings=choose_recordings(selection=selection),
        created_by=created_by,
    )
    study.selection = selection.as_json()
    study.save(update_fields=["selection"])
    return study


@transaction.atomic
def open_study(*, study: Study, actor: User) -> Study:
    """Let listeners in; a closed study may be opened again and keeps its ratings.

    A study made before there was an estimator gets the default one of this moment.
    """
    if not study.trials.presentable().exists():
        raise ShownToUser(
            f"The study '{study.title}' has no recording left to rate: all of them were withdrawn. "
            "Make a new study.",
            code="study_without_trials",
            status=409,
        )
    if study.estimator is None:
        study.estimator = default_estimator()
        study.save(update_fields=["estimator"])
    return change_state(study=study, state=Study.State.OPEN, actor=actor)


@transaction.atomic
def close_study(*, study: Study, actor: User) -> Study:
    """Take no more ratings; those given stay."""
    return change_state(study=study, state=Study.State.CLOSED, actor=actor)


def change_state(*, study: Study, state: Study.State, actor: User) -> Study:
    """Asked twice, it changes and records only once."""
    if Study.objects.filter(pk=study.pk).exclude(state=state).update(state=state):
        record_action(actor=actor, action=f"study.{state}", subject=f"study:{study.slug}")
    study.refresh_from_db()
    return study


def newest_separations(*, bundle: ModelBundle, recordings: Sequence[Recording]) -> list[Separation]:
    if not recordings:
        raise ShownToUser("No recording was picked; a study needs at least one.", field="recordings")
    found = Separation.objects.whole().filter(bundle=bundle, recording__in=recordings)
    newest = {separation.recording_id: separation for separation in found.order_by("made_at", "id")}
    missing = [recording for recording in recordings if recording.pk not in newest]
    if missing:
        raise ShownToUser(
            f"{len(missing)} of the {len(recordings)} picked recordings have not been separated by "
            f"{bundle.name} yet. Wait for the worker or leave them out.",
            code="not_separated",
            field="recordings",
        )
    return list(newest.values())


def default_estimator() -> ModelBundle | None:
    return ModelBundle.objects.filter(kind=ModelBundle.Kind.ESTIMATOR, is_default=True).first()


def make_slug(title: str) -> str:
    """Readable, and with 40 random bits: a link that was not shared cannot be guessed."""
    return f"{slugify(title)[:28].strip('-') or 'study'}-{secrets.token_hex(5)}"
