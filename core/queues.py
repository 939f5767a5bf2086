"""The queues: one for each class of resource; a worker serves one or several."""

from __future__ import annotations

from django.db import models


class JobQueue(models.TextChoices):
    CPU = "cpu"
    GPU = "gpu"
    TRAINING = "training"
