"""The cast of the demo: made-up companies, their products, and the places they meet at.

No name here is, or resembles, a real company's, brand's or authority's. All numbers are
of the GS1 example prefix.
"""

from dataclasses import dataclass

from provenance.core import gs1
from provenance.core.record.event import Place
from provenance.core.record.vocabulary import Role

PREFIX = "9520"


@dataclass(frozen=True, slots=True)
class Actor:
    """A party of the demo."""

    number: int
    name: str
    country: str
    roles: tuple[Role, ...]

    @property
    def prefix(self) -> str:
        """Its GS1 company prefix."""
        return f"{PREFIX}{self.number}"

    @property
    def gln(self) -> str:
        """Its GLN."""
        return gs1.make_gln(self.prefix, 0)


@dataclass(frozen=True, slots=True)
class Good:
    """A product of the demo."""

    number: int
    owner: Actor
    name: str
    brand: str
    hs_code: str
    origin: str

    @property
    def gtin(self) -> str:
        """Its GTIN."""
        return gs1.make_gtin(self.owner.prefix, self.number)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with its clock."""

    place: Place
    offset: str


def _customs(number: int, country: str, name: str) -> Actor:
    return Actor(number, f"{name} Customs (demo)", country, (Role.CUSTOMS_AUTHORITY,))


# Shenzhen to Rotterdam: headphones, made under licence.
BRAND = Actor(101, "Zonnevark Audio", "NL", (Role.BRAND,))
MAKER = Actor(102, "Nanlu Bay Works", "CN", (Role.MAKER,))
AIR_CARRIER = Actor(103, "Ostrelwind Air Cargo", "NL", (Role.CARRIER,))
WAREHOUSE = Actor(104, "Brielmonde Storage", "NL", (Role.WAREHOUSE,))
SHOP = Actor(105, "Kadevelt Stores", "NL", (Role.RETAILER,))
CUSTOMS_CN = _customs(106, "CN", "Chinese")
CUSTOMS_NL = _customs(107, "NL", "Dutch")
OFFICE = Actor(108, "Trade Mark Register (demo)", "NL", (Role.IP_OFFICE,))
# Nairobi to Felixstowe: coffee.
GROWER = Actor(111, "Mlimavuno Growers", "KE", (Role.BRAND, Role.MAKER))
FORWARDER = Actor(112, "Savanreach Freight", "KE", (Role.CARRIER,))
GROCER = Actor(113, "Thornquay Grocers", "GB", (Role.RETAILER,))
CUSTOMS_KE = _customs(114, "KE", "Kenyan")
CUSTOMS_GB = _customs(115, "GB", "British")
# Guadalajara to Laredo: copper pans.
SMITHY = Actor(121, "Cobrelindo Taller", "MX", (Role.BRAND, Role.MAKER))
HAULIER = Actor(122, "Pasonorte Transport", "MX", (Role.CARRIER,))
KITCHEN_SHOP = Actor(123, "Hollowmesa Kitchen", "US", (Role.RETAILER,))
CUSTOMS_MX = _customs(124, "MX", "Mexican")
CUSTOMS_US = _customs(125, "US", "American")

ACTORS = (
    *(BRAND, MAKER, AIR_CARRIER, WAREHOUSE, SHOP, CUSTOMS_CN, CUSTOMS_NL, OFFICE),
    *(GROWER, FORWARDER, GROCER, CUSTOMS_KE, CUSTOMS_GB),
    *(SMITHY, HAULIER, KITCHEN_SHOP, CUSTOMS_MX, CUSTOMS_US),
)

HEADPHONES = Good(201, BRAND, "Zonnevark Drift wireless headphones", "Zonnevark", "851830", "CN")
COFFEE = Good(202, GROWER, "Mlimavuno washed arabica coffee, 1 kg", "Mlimavuno", "090121", "KE")
PAN = Good(203, SMITHY, "Cobrelindo hammered copper pan, 24 cm", "Cobrelindo", "741810", "MX")

SHENZHEN = Spot(Place("CN", "Shenzhen", "CNSZX"), "+08:00")
AIRPORT = Spot(Place("CN", "Shenzhen airport", "CNSZX"), "+08:00")
IN_FLIGHT = Spot(Place(), "+00:00")
ROTTERDAM = Spot(Place("NL", "Rotterdam", "NLRTM"), "+01:00")
UTRECHT = Spot(Place("NL", "Utrecht", "NLUTC"), "+01:00")
NAIROBI = Spot(Place("KE", "Nairobi", "KENBO"), "+03:00")
MOMBASA = Spot(Place("KE", "Mombasa", "KEMBA"), "+03:00")
FELIXSTOWE = Spot(Place("GB", "Felixstowe", "GBFXT"), "+00:00")
LONDON = Spot(Place("GB", "London", "GBLON"), "+00:00")
GUADALAJARA = Spot(Place("MX", "Guadalajara", "MXGDL"), "-06:00")
NUEVO_LAREDO = Spot(Place("MX", "Nuevo Laredo", "MXNLD"), "-06:00")
LAREDO = Spot(Place("US", "Laredo", "USLRD"), "-06:00")
AUSTIN = Spot(Place("US", "Austin", "USAUS"), "-06:00")
