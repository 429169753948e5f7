"""The admin of a border's work: posts and postings are decided here, all else is for
reading.
"""

from customs.admin import posts

__all__ = ["posts"]
