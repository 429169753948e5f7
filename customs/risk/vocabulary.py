"""The closed words of a border: kinds of posts."""

from enum import StrEnum


class PostKind(StrEnum):
    """The kinds of border post."""

    SEA = "sea"
    AIR = "air"
    ROAD = "road"
    RAIL = "rail"
    POST = "post"
    FREE_ZONE = "free_zone"
