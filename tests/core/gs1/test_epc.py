"""Every way of writing a GS1 identifier comes to one Digital Link."""

import pytest

from provenance.core import gs1

ID = "https://id.gs1.org"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("urn:epc:id:sgtin:9520123.045678.A%2F1", f"{ID}/01/09520123456788/21/A%2F1"),
        ("urn:epc:id:sgtin:952012345678.0.(1)!", f"{ID}/01/09520123456788/21/%281%29%21"),
        ("urn:epc:id:sscc:0614141.0123456789", f"{ID}/00/006141411234567890"),
        ("urn:epc:id:sgln:9520000.00001.0", f"{ID}/414/9520000000011"),
        ("urn:epc:id:sgln:9520000.00001.D7", f"{ID}/414/9520000000011/254/D7"),
        ("urn:epc:id:pgln:952000000001.", f"{ID}/417/9520000000011"),
        ("urn:epc:id:grai:9520000.00001.X", f"{ID}/8003/09520000000011X"),
        ("urn:epc:id:giai:9520000.X1", f"{ID}/8004/9520000X1"),
        ("urn:epc:id:gdti:952000000001..9", f"{ID}/253/95200000000119"),
        ("urn:epc:id:sgcn:9520000.00001.9", f"{ID}/255/95200000000119"),
        ("urn:epc:id:gsrn:9520000.0000000001", f"{ID}/8018/952000000000000019"),
        ("urn:epc:id:gsrnp:9520000.0000000001", f"{ID}/8017/952000000000000019"),
        ("urn:epc:id:ginc:9520000.x%2F1", f"{ID}/401/9520000x%2F1"),
        ("urn:epc:id:gsin:9520000.000000001", f"{ID}/402/95200000000000011"),
        ("urn:epc:id:cpi:9520000.A-%23.12", f"{ID}/8010/9520000A-%23/8011/12"),
        ("urn:epc:id:itip:9520123.045678.01.02.S", f"{ID}/8006/095201234567880102/21/S"),
        ("urn:epc:id:upui:9520123.045678.T", f"{ID}/01/09520123456788/235/T"),
        ("urn:epc:class:lgtin:9520123.045678.L", f"{ID}/01/09520123456788/10/L"),
        ("urn:epc:idpat:sgtin:9520123.045678.*", f"{ID}/01/09520123456788"),
        ("urn:epc:idpat:grai:9520000.00001.*", f"{ID}/8003/09520000000011"),
        ("urn:epc:idpat:itip:9520123.045678.01.02.*", f"{ID}/8006/095201234567880102"),
        ("urn:epc:idpat:cpi:9520000.A.*", f"{ID}/8010/9520000A"),
        (
            "https://brand.example/01/09520123456788/10/L/21/S?17=261122",
            f"{ID}/01/09520123456788/21/S",
        ),
        ("http://brand.example/x/01/9520123456788/22/V/10/L#f", f"{ID}/01/09520123456788/10/L"),
        (
            "https://brand.example/8006/095201234567880102/22/V/10/L",
            f"{ID}/8006/095201234567880102/10/L",
        ),
        ("https://brand.example/414/9520000000011/254/D7", f"{ID}/414/9520000000011/254/D7"),
        ("https://brand.example/8004/9520000X1/7040/1ABC", f"{ID}/8004/9520000X1"),
        (f"{ID}/01/09520123456788/21/S", f"{ID}/01/09520123456788/21/S"),
    ],
)
def test_an_identifier_has_one_canonical_link(text: str, canonical: str) -> None:
    assert gs1.canonical_uri(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "geo:47.5,11.1",
        "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f",
        "urn:epcglobal:cbv:bt:4012345000009:ASN1099",
        "urn:epc:id:sgtin:9520123.045678",
        "urn:epc:id:sgtin:9520123.04567.1",
        "urn:epc:id:nothing:9520123.045678.1",
        "urn:epc:id:giai:9520000.",
        "http://transaction.example/po/12345678",
        "https://brand.example/01/97803",
        "https://brand.example/01/09520123456788/99/x",
        "https://brand.example/01/09520123456788/21/1/10/2",
        "https://brand.example/01/09520123456788/21/",
        "https://brand.example/123/456",
        "https://brand.example",
    ],
)
def test_what_is_no_gs1_identifier_stays_as_it_is(text: str) -> None:
    assert gs1.canonical_uri(text) == text
