"""The closed words of a border: kinds of posts, modes of transport."""

from enum import StrEnum


class PostKind(StrEnum):
    """The kinds of border post."""

    SEA = "sea"
    AIR = "air"
    ROAD = "road"
    RAIL = "rail"
    POST = "post"
    FREE_ZONE = "free_zone"


class TransportMode(StrEnum):
    """The codes of UNECE Recommendation 19 (WCO Data Model: BorderTransportMeans.ModeCode;
    CUSDEC: TDT 8067).
    """

    MARITIME = "1"
    RAIL = "2"
    ROAD = "3"
    AIR = "4"
    MAIL = "5"
    MULTIMODAL = "6"
    FIXED = "7"
    INLAND_WATER = "8"
