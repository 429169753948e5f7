"""Settings, entry points and embedded services.

Django, Celery and the web server find them by dotted string; in the product, only
`manage.py serve` imports one of them by name.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
