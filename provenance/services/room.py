"""Room on the database's disk. PostgreSQL that cannot write its log stops altogether, reads too,
and may not start again until there is room; so writes stop while there is a reserve left.
"""

import os

from django.conf import settings

MEGABYTE = 1_000_000


def is_left() -> bool:
    """Whether the reserve is left on the database's disk. True where the settings name no folder
    on that disk, or a folder that cannot be asked.
    """
    if not settings.CUSTOS_DATABASE_DISK:
        return True
    try:
        disk = os.statvfs(settings.CUSTOS_DATABASE_DISK)
    except OSError:
        return True
    return disk.f_bavail * disk.f_frsize >= settings.CUSTOS_DISK_RESERVE * MEGABYTE
