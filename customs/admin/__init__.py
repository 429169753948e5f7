"""The admin of a border's work: posts, postings, policies of risk and watch-lists are decided
here, all else is for reading.
"""

from customs.admin import declarations, posts, risk

__all__ = ["declarations", "posts", "risk"]
