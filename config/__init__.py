"""What runs Custos: settings, doors, workers. Nobody imports it by name; Django and
Celery find it by dotted string.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
