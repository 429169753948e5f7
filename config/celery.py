"""The Celery application: `celery -A config.celery worker`. Tasks are found in each app's `tasks` module."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if settings.EMBEDDED:
    # All-in-one on a developer's machine or in a container, where root may be all there is. Others are warned.
    warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("custos")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
