"""The Django project: settings, addresses, the Celery app."""

# Here, so that whatever loads the settings also has the app by which core.jobs sends its hints.
from config.celery import app as celery_app

__all__ = ["celery_app"]
