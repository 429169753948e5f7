"""manage.py customs_demo: posts, officers and declarations beside the demo's goods."""

from typing import Any

from django.core.management.base import BaseCommand

from customs.services import demo
from provenance.services.site import first_run


class Command(BaseCommand):
    help = "Load posts, officers and declarations beside the goods of `manage.py demo`, once."

    def handle(self, *_args: Any, **options: Any) -> None:
        passwords = demo.load()
        if passwords is None:
            if options["verbosity"]:
                self.stdout.write("no demo of goods, or declarations already: nothing was loaded")
            return
        users = first_run.read().get("users", {}) | passwords
        first_run.remember({"users": users})
        if demo.OFFICER in users:
            officer = {"customs_user": demo.OFFICER, "customs_password": users[demo.OFFICER]}
            first_run.remember(officer)
        for name, password in passwords.items():
            if options["verbosity"]:
                self.stdout.write(f"user {name} {password}")
