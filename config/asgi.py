"""The entry point of the web server: `granian --interface asginl config.asgi:application`."""

from django.conf import settings

from config.front import Bounds, Front
from config.wsgi import application as wsgi

BODIES_HELD = 128 * 1024 * 1024

application = Front(
    wsgi,
    Bounds(
        threads=settings.CUSTOS_WEB_THREADS,
        seconds=settings.CUSTOS_BODY_SECONDS,
        most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        held=BODIES_HELD,
    ),
)
