"""manage.py migrate: Django's, as the owner of the tables; then the application's role gets its
privileges, on new tables too.
"""

from typing import Any

from django.core.management.commands import migrate

from provenance.services.site import roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with roles.as_owner():
            super().handle(*args, **options)
        roles.grant()
