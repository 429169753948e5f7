"""/verify: typed codes and photos. The content of a code is read, shown as text, and
never opened.
"""

import contextlib
import html
import io
import re
import resource
import subprocess
import sys

import pytest
import qrcode
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from provenance.core import errors, gs1
from provenance.services.check import decoder, photos
from provenance.services.goods import labels
from tests.cast import GTIN, ITEM, LOT, PALLET

pytestmark = pytest.mark.django_db
PATH = gs1.parse_subject(ITEM).path
SSCC = gs1.parse_subject(PALLET).sscc


def ask(code: str, **more: str) -> tuple[int, str, str]:
    """Status, Location and page."""
    response = Client().get("/verify", {"code": code, **more})
    return response.status_code, response.headers.get("Location", ""), response.content.decode()


@pytest.mark.parametrize(
    "code",
    [
        f"http://localhost:8000{PATH}",
        f"https://id.gs1.org{PATH}",
        f"  (01){GTIN}(21)7K3M9QZXW2T5 ",
        f"01{GTIN}217K3M9QZXW2T5",
        f"]d201{GTIN}217K3M9QZXW2T5",
        f"HTTP://LOCALHOST:8000{PATH}",
        f"localhost:8000{PATH}",
        PATH,
        f"http://localhost:8000{PATH}/",
        f"(01) {GTIN} (21) 7K3M 9QZX W2T5",
    ],
)
def test_a_typed_code_leads_to_its_own_page(code: str) -> None:
    assert ask(code)[:2] == (303, PATH)


def test_the_chosen_language_is_kept_on_the_way() -> None:
    assert ask(SSCC, lang="ar")[:2] == (303, f"/00/{SSCC}?lang=ar")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("https://evil.example/01/09520000000004/21/A", "belongs to another site"),
        ("https://id.gs1.org.evil.example/01/09520000000004/21/A", "belongs to another site"),
        (
            "http://localhost:8000@evil.example/01/09520000000004/21/A",
            "not a code that we can look up",
        ),
        ("//evil.example/01/09520000000004", "not a code that we can look up"),
        ("\\\\evil.example", "not a code that we can look up"),
        ("javascript:alert(1)//(01)09520000000004", "not a code that we can look up"),
        ("WIFI:T:WPA;S:free;P:12345678;;", "not a code that we can look up"),
        ("data:text/html,<script>alert(1)</script>", "not a code that we can look up"),
        ("A" * 4096, "not a code that we can look up"),
        ("(01)09520000000005(21)A", "A digit of this code cannot be right"),
        ("095200000000000012", "A digit of this code cannot be right"),
        ("(21)A(10)B", "not a code that we can look up"),
        ("(417)9520000000028", "not a code that we can look up"),
        ("]C1", "not a code that we can look up"),
        ("\x00", "not a code that we can look up"),
    ],
)
def test_hostile_and_wrong_codes_are_shown_as_text_and_lead_nowhere(code: str, words: str) -> None:
    status, location, page = ask(code)
    assert (status, location) == (400, "")
    assert words in page
    assert "<script" not in page
    targets = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert all(target.startswith(("/", "?", "#", "data:image/svg+xml,")) for target in targets)
    assert not any(target.startswith("//") for target in targets)
    assert len(page) < 30_000


def test_the_number_under_the_bars_leads_to_its_product() -> None:
    for number in (GTIN[1:], f"{GTIN[1]} {GTIN[2:8]} {GTIN[8:]}"):
        assert ask(number)[:2] == (303, f"/01/{GTIN}")


@pytest.mark.parametrize(
    "code", ["(01)09520000000005(21)A", 'no "code" <b>', "https://evil.example/"]
)
def test_the_typed_text_stays_in_the_field(code: str) -> None:
    assert f'value="{html.escape(code)}"' in ask(code)[2]


def test_a_lot_beside_the_serial_is_kept_on_the_way() -> None:
    assert ask(f"(01){GTIN}(10)L-9(21)S")[:2] == (303, f"/01/{GTIN}/10/L-9/21/S")


def test_the_domain_of_another_site_is_named() -> None:
    page = ask("https://EVIL.example/01/09520000000004/21/A")[2]
    assert re.search(r"<pre[^>]*>evil\.example</pre>", page)


@hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=60))
def test_nothing_typed_is_an_error_of_ours_or_leads_away(code: str) -> None:
    status, location, _ = ask(code.encode("utf-8", "replace").decode())
    assert status in {200, 303, 400}
    assert location == "" or re.match(r"/0[01]/[0-9]", location)


# --- photos -------------------------------------------------------------------------


def picture(*codes: str, form: str = "PNG") -> bytes:
    """A photo-like picture with these codes side by side."""
    images = [qrcode.make(code).get_image().convert("L") for code in codes]
    sheet = Image.new(
        "L",
        (sum(image.width for image in images) + 40, max(image.height for image in images) + 40),
        180,
    )
    left = 20
    for image in images:
        sheet.paste(image, (left, 20))
        left += image.width
    output = io.BytesIO()
    sheet.convert("RGB").save(output, form)
    return output.getvalue()


def upload(raw: bytes, name: str = "photo.jpg") -> tuple[int, str, str]:
    response = Client().post("/verify", {"photo": SimpleUploadedFile(name, raw)})
    return response.status_code, response.headers.get("Location", ""), response.content.decode()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_leads_to_the_page_of_its_code(form: str) -> None:
    assert upload(picture(labels.link(ITEM), form=form))[:2] == (303, PATH)


def test_our_own_label_photographed_leads_to_its_page() -> None:
    assert upload(labels.png(LOT))[:2] == (303, gs1.parse_subject(LOT).path)


def test_among_several_codes_ours_is_chosen() -> None:
    foreign = "https://evil.example/01/09520000000004/21/A"
    assert upload(picture("WIFI:T:WPA;S:free;;", foreign, labels.link(ITEM)))[:2] == (303, PATH)
    assert "evil.example" in upload(picture("WIFI:T:WPA;S:free;;", foreign))[2]


def bars(number: str) -> bytes:
    """A picture of an EAN-13, as on a box."""
    output = io.BytesIO()
    symbol = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.EAN13)
    Image.fromarray(symbol.to_image(scale=4)).save(output, "PNG")
    return output.getvalue()


def test_a_photo_of_the_bars_on_the_box_leads_to_the_product() -> None:
    assert upload(bars(GTIN[1:]))[:2] == (303, f"/01/{GTIN}")


def test_beside_the_bars_the_code_of_the_item_is_chosen() -> None:
    assert upload(picture(GTIN[1:], labels.link(ITEM)))[:2] == (303, PATH)


def blank(form: str, size: tuple[int, int] = (50, 50)) -> bytes:
    output = io.BytesIO()
    Image.new("L", size, 255).save(output, form)
    return output.getvalue()


def bomb(scans: int) -> bytes:
    """A progressive JPEG of 39 Mpx whose last scan is there so many times."""
    output = io.BytesIO()
    Image.new("L", (6500, 6000), 255).save(output, "JPEG", progressive=True)
    head, scan = output.getvalue()[:-2].rsplit(b"\xff\xda", 1)
    return head + (b"\xff\xda" + scan) * scans + b"\xff\xd9"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (blank("PNG"), "We found no code in this photo"),
        (blank("PNG", (7000, 6000)), "cannot read this file as a photo"),
        (blank("PNG", (20_000, 20_000)), "cannot read this file as a photo"),
        (blank("GIF"), "cannot read this file as a photo"),
        (blank("BMP"), "cannot read this file as a photo"),
        (blank("TIFF"), "cannot read this file as a photo"),
        (b"", "cannot read this file as a photo"),
        (b"%PDF-1.7", "cannot read this file as a photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot read this file as a photo"),
        (bomb(scans=1), "We found no code in this photo"),
        (bomb(scans=400), "cannot read this file as a photo"),
        (blank("JPEG")[:200], "cannot read this file as a photo"),
        (blank("PNG")[:60] + b"\0" * 40, "cannot read this file as a photo"),
    ],
    ids=[
        "blank",
        "42 Mpx",
        "400 Mpx",
        "gif",
        "bmp",
        "tiff",
        "empty",
        "pdf",
        "svg",
        "scan",
        "bomb",
        "cut",
        "torn",
    ],
)
def test_what_is_no_photo_of_a_code_gets_a_notice(raw: bytes, words: str) -> None:
    status, location, page = upload(raw)
    assert (status, location) == (400, "")
    assert words in page


def test_a_photo_of_more_than_8_mb_is_refused_before_it_is_opened() -> None:
    with pytest.raises(errors.TooLarge) as refused:
        photos.codes(io.BytesIO(b""), photos.MOST_BYTES + 1)
    assert refused.value.code == "too-large"
    assert (
        "cannot read this file" in upload(picture(labels.link(ITEM)) + b"\0" * photos.MOST_BYTES)[2]
    )


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_photo_is_refused_or_read_and_never_an_error_of_ours(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(PICTURES)))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(decoder.NoPicture, decoder.TooManyPixels):
        decoder.codes(bytes(raw))


PICTURES = [
    picture("https://id.gs1.org/01/09520000000004", form=form) for form in ("JPEG", "PNG", "WEBP")
]


def test_a_photo_that_takes_too_long_is_ended_by_the_system() -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    raw = bomb(scans=2_000)
    with pytest.raises(errors.TooLarge):
        photos.codes(io.BytesIO(raw), len(raw))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used < decoder.SECONDS + 2


def test_the_decoder_imports_nothing_of_ours() -> None:
    imported = subprocess.run(
        [sys.executable, "-I", "-X", "importtime", decoder.__file__],
        input=blank("PNG"),
        env={},
        capture_output=True,
        check=True,
    ).stderr.decode()
    assert "django" not in imported
    assert "provenance" not in imported


def test_a_form_from_elsewhere_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/verify", {"photo": SimpleUploadedFile("photo.png", blank("PNG"))})
    assert answer.status_code == 403
    assert "The photo was not sent" in answer.content.decode()
    assert b'type="file"' in answer.content
    assert client.post("/admin/login/").status_code == 403
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/verify").content.decode()
    )
    assert token is not None
    sent = {"photo": SimpleUploadedFile("photo.png", blank("PNG")), "csrfmiddlewaretoken": token[1]}
    assert client.post("/verify", sent).status_code == 400


def test_the_empty_page_asks() -> None:
    response = Client().get("/verify")
    assert response.status_code == 200
    assert b'name="code"' in response.content
    assert b'type="file"' in response.content
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_an_address_with_a_code_stays_on_this_site() -> None:
    policies = {
        address: Client().get(address)["Referrer-Policy"]
        for address in ("/verify", "/verify?code=x", f"/01/{GTIN}", "/01/1", PATH)
    }
    assert policies.pop(PATH) == "no-referrer"
    assert set(policies.values()) == {"same-origin"}
