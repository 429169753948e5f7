#!/usr/bin/env python3
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded, env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if __name__ == "__main__":
    try:
        execute_from_command_line(sys.argv)
    except (env.BadSetting, embedded.EmbeddedError) as error:
        sys.exit(str(error))
