"""The admin of a border's work: posts and postings are decided here, all else is for
reading.
"""

from customs.admin import declarations, posts

__all__ = ["declarations", "posts"]
