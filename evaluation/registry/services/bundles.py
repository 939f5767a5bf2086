"""Register model bundles as rows, and choose which ones every new recording is run through."""

from __future__ import annotations

import json
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from evaluation.registry.models import ModelBundle
from modeling.bundles import METADATA_NAME, SHIPPED_FOLDER, Bundle, list_shipped_bundles, read_bundle


def register_shipped_bundles() -> list[ModelBundle]:
    """One row for each shipped bundle; safe to repeat. Each kind and number of voices ends with a
    default that can be run.

    A shipped bundle that takes the place of the default (same name, new digest) becomes the default; the old row
    stays, because old results point to it.
    """
    return [register_bundle(path=path) for path in list_shipped_bundles()]


@transaction.atomic
def register_bundle(*, path: Path) -> ModelBundle:
    """Register one folder; the same content is the same row. Raises modeling's BundleBroken with the reason."""
    bundle = read_bundle(path)
    facts = facts_of(bundle)
    row, is_new = ModelBundle.objects.get_or_create(digest=bundle.digest, defaults=facts)
    if not is_new:
        # Scores and card may be corrected later, and a folder may move; what was computed stays valid.
        ModelBundle.objects.filter(pk=row.pk).update(
            location=facts["location"], description=facts["description"], card=facts["card"]
        )
        row.refresh_from_db()
    if _should_be_default(row, is_new=is_new):
        _put_in_place_of_default(row)
    return row


@transaction.atomic
def make_default(*, bundle: ModelBundle, actor: User | None) -> ModelBundle:
    """The one in use for its kind and number of voices; recordings have two, and older ones follow later."""
    bundle = _locked(bundle)
    if bundle.retired_at:
        raise ShownToUser(f"{bundle} is retired. Activate it first, then put it in use.", code="retired")
    _put_in_place_of_default(bundle)
    record_action(actor=actor, action="bundle.make_default", subject=f"bundle:{bundle.digest}")
    return bundle


@transaction.atomic
def retire_bundle(*, bundle: ModelBundle, actor: User | None) -> ModelBundle:
    """No new work from now on; its results stay. The one in use cannot be retired."""
    bundle = _locked(bundle)
    if bundle.is_default:
        raise ShownToUser(
            f"{bundle} is in use. Put another model in use first, then retire it.", code="in_use"
        )
    if bundle.retired_at is None:
        ModelBundle.objects.filter(pk=bundle.pk).update(retired_at=Now())
        record_action(actor=actor, action="bundle.retire", subject=f"bundle:{bundle.digest}")
        bundle.refresh_from_db()
    return bundle


@transaction.atomic
def activate_bundle(*, bundle: ModelBundle, actor: User | None) -> ModelBundle:
    """Offer a retired bundle again."""
    bundle = _locked(bundle)
    if bundle.retired_at is not None:
        ModelBundle.objects.filter(pk=bundle.pk).update(retired_at=None)
        record_action(actor=actor, action="bundle.activate", subject=f"bundle:{bundle.digest}")
        bundle.refresh_from_db()
    return bundle


def _locked(bundle: ModelBundle) -> ModelBundle:
    return ModelBundle.objects.select_for_update().get(pk=bundle.pk)


def _put_in_place_of_default(row: ModelBundle) -> None:
    ModelBundle.objects.in_use_like(row).exclude(pk=row.pk).update(is_default=False)
    ModelBundle.objects.filter(pk=row.pk).update(is_default=True)
    row.refresh_from_db()


def _should_be_default(row: ModelBundle, *, is_new: bool) -> bool:
    default = ModelBundle.objects.in_use_like(row).first()
    if row.retired_at is not None:
        return False
    if default is None:
        return True
    replaces_it = is_new and (default.name == row.name or default.location == row.location)
    return replaces_it or not default.is_installed


def facts_of(bundle: Bundle) -> dict[str, object]:
    """The columns of a row, of a bundle that was read and checked."""
    folder = bundle.path.resolve()
    shipped = SHIPPED_FOLDER.resolve()
    return {
        "name": bundle.name,
        "kind": bundle.kind,
        "location": str(folder.relative_to(shipped) if folder.is_relative_to(shipped) else folder),
        "sample_rate_hz": bundle.sample_rate_hz,
        "num_sources": bundle.num_sources or 1,
        "card": bundle.card,
        "description": json.loads((bundle.path / METADATA_NAME).read_text(encoding="utf-8")),
    }
