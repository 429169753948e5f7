"""The closed words of a border: kinds of posts, modes of transport, findings, watch-lists."""

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


class FindingCode(StrEnum):
    """The findings of the rules: stable codes, each with a sentence in `customs.risk.rules`."""

    CLASSIFICATION_DIFFERS = "classification-differs"
    ORIGIN_DIFFERS = "origin-differs"
    QUANTITY_DIFFERS = "quantity-differs"
    MASS_DIFFERS = "mass-differs"
    SEAL_DIFFERS = "seal-differs"
    ROUTE_UNEXPECTED = "route-unexpected"
    MODE_UNEXPECTED = "mode-unexpected"
    CUSTODY_BROKEN = "custody-broken"
    CUSTODY_ONE_SIDED = "custody-one-sided"
    RECORD_BROKEN = "record-broken"
    MAKER_NOT_LICENSED = "maker-not-licensed"
    RIGHT_HOLDER_ALERT = "right-holder-alert"
    RECALLED = "recalled"
    STOLEN = "stolen"
    UNUSUAL_SCANS = "unusual-scans"
    FIRST_TIME_TRADER = "first-time-trader"
    OVERDUE = "overdue"
    PARTY_WATCHED = "party-watched"
    PRODUCT_WATCHED = "product-watched"
    ROUTE_WATCHED = "route-watched"
    NOT_ON_RECORD = "not-on-record"
    RANDOM_SELECTION = "random-selection"


class WatchKind(StrEnum):
    """The kinds of a watch-list's entries. A right is watched by its owner."""

    PARTY = "party"
    PRODUCT = "product"
    ROUTE = "route"
    RIGHT = "right"
