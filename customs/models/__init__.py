"""The tables of a border's work. They are in no event, and `manage.py rebuild` leaves them
alone.

DeclarationVersion is append-only, by triggers. BorderPost, Posting and Declaration change.
"""

from customs.models.declarations import Declaration, DeclarationVersion
from customs.models.posts import BorderPost, Posting

__all__ = ["BorderPost", "Declaration", "DeclarationVersion", "Posting"]
