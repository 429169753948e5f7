"""The ledger over HTTP: C2SP tlog-tiles for other people's tools, and a page for
people.
"""

import base64
import hashlib
import shutil

import pytest
from django.conf import settings
from django.test import Client

from provenance.core.ledger import note, tiles, tree_head
from provenance.models import Event, TreeHead
from provenance.services import ledger
from tests import soundness

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anchored() -> None:
    soundness.store(300)
    ledger.anchor_pending()


def test_a_stranger_reads_and_checks_the_whole_ledger_through_its_urls(
    anchored: None, client: Client
) -> None:
    """From the verifier key on, nothing but served files; the tree is computed again
    from them.
    """
    vkey = client.get("/ledger/vkey").content.decode().removesuffix("\n")
    opened = note.open_note(client.get("/ledger/checkpoint").content, [note.parse_vkey(vkey)])
    head = tree_head.parse(opened.text)
    assert (head.origin, head.size) == (settings.CUSTOS_LEDGER_ORIGIN, 300)
    entries = [
        entry
        for path in ("000", "001.p/44")
        for entry in tiles.decode_bundle(client.get(f"/ledger/tile/entries/{path}").content)
    ]
    assert soundness.naive_root(entries) == head.root
    assert [entry.hex() for entry in entries] == list(
        Event.objects.order_by("ledger_index").values_list("digest", flat=True)
    )
    for path, raw in soundness.naive_tiles(entries).items():
        assert client.get(f"/ledger/{path}").content == raw, path


def test_the_core_reads_the_ledger_through_its_urls(anchored: None, client: Client) -> None:
    head = tree_head.parse(note.parse(client.get("/ledger/checkpoint").content).text)
    reader = tiles.TileReader(
        lambda path: client.get(f"/ledger/{path}").content, head.size, head.root
    )
    digest = Event.objects.get(ledger_index=271).digest
    assert reader.entry(271).hex() == digest
    assert len(reader.inclusion_proof(271)) > 0


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        ("checkpoint", "text/plain; charset=utf-8", "public, max-age=2"),
        ("tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("tile/1/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable"),
        (
            "tile/entries/001.p/44",
            "application/octet-stream",
            "public, max-age=31536000, immutable",
        ),
    ],
)
def test_files_have_the_headers_of_the_specification(
    anchored: None, client: Client, path: str, kind: str, cache: str
) -> None:
    answer = client.get(f"/ledger/{path}")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        kind,
        cache,
    )
    assert "Cookie" not in answer.get("Vary", "")
    head = client.head(f"/ledger/{path}")
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(f"/ledger/{path}").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/001",
        "tile/0/001.p/0",
        "tile/0/000.p/256",
        "tile/0/001.p/45",
        "tile/0/001.p/044",
        "tile/0/1.p/44",
        "tile/00/000",
        "tile/0/x000/000",
        "tile/1/000.p/0",
        "tile/64/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/entries/002",
        "tile/entries/../0/000",
        "tile/0/000/",
        "tile/",
        "tile/0/../../checkpoint",
        "tile/0/%2e%2e/%2e%2e/lock/tree-head",
        "tile/0/000%00",
        "tile/0/٠٠٠",
        "tile/" + "x001/" * 400 + "000",
    ],
)
def test_what_is_no_tile_in_its_one_spelling_is_not_there(
    anchored: None, client: Client, path: str
) -> None:
    assert client.get(f"/ledger/{path}").status_code == 404


def test_before_the_first_head_there_is_no_checkpoint(client: Client) -> None:
    assert client.get("/ledger/checkpoint").status_code == 404
    assert "Nothing is in the ledger yet" in client.get("/ledger/").content.decode()


def test_the_page_shows_the_head_its_size_and_the_key(anchored: None, client: Client) -> None:
    soundness.store(2)
    page = client.get("/ledger/").content.decode()
    head = TreeHead.objects.get()
    assert head.root in page
    assert ledger.ledger_vkey().replace("+", "&#x2B;") in page or ledger.ledger_vkey() in page
    assert "<dd>300</dd>" in page
    assert "<dd>2</dd>" in page
    assert "there are older ones" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "最新树头"), ("ar", "أحدث رأس للشجرة"), ("es", "Cabeza de árbol más reciente")],
)
def test_the_page_is_in_its_readers_language_and_figures_keep_their_direction(
    anchored: None, client: Client, language: str, words: str
) -> None:
    page = client.get("/ledger/", {"lang": language}).content.decode()
    assert words in page
    assert "tree head" not in page
    assert page.count('<time dir="ltr"') == page.count("<time") == 2
    assert page.count('<pre dir="ltr"') == page.count("<pre") == 1


def test_the_page_says_that_its_list_is_cut(client: Client) -> None:
    for _ in range(21):
        soundness.store(2)
        ledger.anchor_pending()
    page = client.get("/ledger/").content.decode()
    assert "Only the newest 20 are shown" in page
    roots = list(TreeHead.objects.order_by("size").values_list("root", flat=True))
    assert [root in page for root in roots] == [False, *[True] * 20]


def test_the_page_says_when_nothing_is_signed(anchored: None, client: Client) -> None:
    shutil.rmtree(settings.CUSTOS_LOCK_DIR)
    answer = client.get("/ledger/")
    assert answer.status_code == 200
    assert "nothing new is signed" in answer.content.decode()
    assert client.get("/ledger/checkpoint").status_code == 200


def test_the_key_in_the_page_is_that_of_the_signatures(anchored: None, client: Client) -> None:
    """The key id in a signature line, computed from the verifier key as signed-note
    says.
    """
    name, key_id, encoded = ledger.ledger_vkey().split("+", 2)
    public = base64.b64decode(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    line = client.get("/ledger/checkpoint").content.decode().splitlines()[-1]
    assert key_id == expected == base64.b64decode(line.split(" ")[2])[:4].hex()
