"""`python -m tests.scoring prepare 50 BUNDLES` or `... report`, run as a process of its own beside the workers."""

import json
import sys
from pathlib import Path

import django
from django.db.models import Count

django.setup()

from collection.models import Recording  # noqa: E402
from core.models import Job  # noqa: E402
from core.storage import object_store  # noqa: E402
from evaluation.registry.services.bundles import register_bundle  # noqa: E402
from evaluation.runs.models import QualityEstimate, Separation, Stem  # noqa: E402
from tests.factories import make_participation, make_recording, make_wav  # noqa: E402


def prepare(count: int, bundles: Path) -> None:
    participation = make_participation()
    for _ in range(count):
        make_recording(participation=participation, wav=make_wav(duration_s=2))
    for kind in ("separator", "estimator"):
        register_bundle(path=bundles / kind)


def report() -> dict[str, object]:
    """Rows and objects as they are; `per_take` holds every different (separations, stems, estimates)."""
    per_take = Recording.objects.annotate(
        made=Count("separations", distinct=True),
        stems=Count("separations__stems", distinct=True),
        estimates=Count("separations__stems__quality_estimates", distinct=True),
    )
    wanted = {key for stem in Stem.objects.all() for key in (stem.object_key, stem.spectrogram_key)}
    stored = {item.key for item in object_store().list("stems/")}
    return {
        "per_take": [list(counts) for counts in set(per_take.values_list("made", "stems", "estimates"))],
        "separations": Separation.objects.count(),
        "estimates": QualityEstimate.objects.count(),
        "jobs": dict(Job.objects.work().values_list("state").annotate(count=Count("id"))),
        "objects_without_row": len(stored - wanted),
        "rows_without_object": len(wanted - stored),
    }


if sys.argv[1] == "prepare":
    prepare(int(sys.argv[2]), Path(sys.argv[3]))
else:
    print(json.dumps(report()))
