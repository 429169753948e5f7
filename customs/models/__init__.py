"""The tables of a border's work. They are in no event, and `manage.py rebuild` leaves them
alone: BorderPost, Posting.
"""

from customs.models.posts import BorderPost, Posting

__all__ = ["BorderPost", "Posting"]
