"""`python -m tests.counting enqueue 50` or `... states`, run as a process of its own beside the workers."""

from __future__ import annotations

import json
import sys

import django
from django.db.models import Count

django.setup()

from core.jobs import enqueue  # noqa: E402
from core.models import Job  # noqa: E402

if sys.argv[1] == "enqueue":
    for number in range(int(sys.argv[2])):
        enqueue(kind="test.count", subject_key=str(number), payload={"number": number})
states = Job.objects.filter(kind="test.count").values_list("state").annotate(count=Count("id"))
print(json.dumps(dict(states)))
