"""A stranger's walk: every public page and endpoint of the demo, with the code of an item and
with all that can be learnt from there and from the ledger. Nothing on the way names another
item, a despatch advice or a customs declaration (F66).
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from provenance.core import errors, gs1
from provenance.core.ledger import tiles
from provenance.core.record.vocabulary import Act
from provenance.models import Checkpoint, Party, PartyApiKey, Shipment, Subject
from provenance.models.parties import Scope
from provenance.services.site import demo, documents
from provenance.services.site.demo import cast

pytestmark = pytest.mark.django_db
TRUST: Final = (Path(__file__).resolve().parents[3] / "docs" / "trust.md").read_text()
TABLE: Final = TRUST.partition("## What each address reveals\n")[2].partition("\n## ")[0]
ROWS: Final = re.findall(r"^\| (`/[^|]*)\|([^|]*)\|", TABLE, re.MULTILINE)
ADDRESSES: Final = {
    address: told.strip() for cell, told in ROWS for address in re.findall(r"`(/[^`]*)`", cell)
}
NOTHING: Final = {302, 400, 401, 404, 405, 422}  # 422: recalls of a product that is not here
SAMPLES: Final = {
    "code": "01/09520000000004/21/A1",
    "path": "0/000",
    "name": "trust",
    "digest": "0" * 64,
    "gln": "9520000000011",
    "gtin": "09520000000004",
    "public_key": "z6Mk" + "1" * 44,
    "kind": "pack",
    "id": "01890000-0000-7000-8000-000000000000",
    "uri": "x",
}
ITEMS: Final = (
    *("checked_out", "on_the_shelf", "in_transit", "held", "recalled", "unanswered"),
    "corrected",
)
HOLDERS: Final = {"pallet": cast.WAREHOUSE, "lot": cast.GROCER}  # of closed records
ACCEPT: Final = ("application/json", "application/ld+json", "application/linkset+json")


@pytest.fixture
def loaded() -> demo.Demo:
    loaded = demo.load()
    assert loaded is not None
    return loaded


def uri_of(loaded: demo.Demo, name: str) -> str:
    return gs1.parse_subject(f"https://id.gs1.org{loaded.paths[name]}").uri


def hidden_from(*known: str) -> set[str]:
    """Serials of all items but the `known`, numbers of despatch advices and of declarations."""
    items = Subject.objects.filter(kind=gs1.SubjectKind.ITEM).exclude(uri__in=known)
    return {
        *(gs1.parse_subject(uri).serial for uri in items.values_list("uri", flat=True)),
        *Shipment.objects.values_list("reference", flat=True),
        *Checkpoint.objects.exclude(declaration="").values_list("declaration", flat=True),
    }


# --- the table of addresses ---------------------------------------------------------


def view_names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """The names of all views below `resolver`; the admin, whose views are for staff, is one."""
    for route in resolver.url_patterns:
        if isinstance(route, URLPattern):
            yield f"{space}{route.name}" if route.name else ""
        elif route.namespace == "admin":
            yield "admin"
        else:
            yield from view_names(route, f"{route.namespace}:" if route.namespace else space)


def test_the_table_has_every_address_and_no_other() -> None:
    found = {resolve(address.partition("?")[0].format(**SAMPLES)) for address in ADDRESSES}
    listed = {"admin" if at.namespace == "admin" else at.view_name for at in found}
    assert listed == set(view_names(get_resolver())) - {""}


# --- the walk -----------------------------------------------------------------------


@dataclass
class Walk:
    """A reader who asks for every address with all that it knows, until it learns no more.

    `known` are the values of the addresses' variables, `asked` the answers by address.
    """

    headers: dict[str, str] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)
    asked: dict[str, HttpResponse] = field(default_factory=dict)
    found: dict[str, set[str]] = field(default_factory=dict)

    def know(self, variable: str, *values: str) -> None:
        self.known.setdefault(variable, set()).update(values)

    def learn_subject(self, uri: str) -> None:
        """Learn a subject from its URI, and all numbers in it."""
        try:
            subject = gs1.parse_subject(uri)
        except errors.ProvenanceError:
            return
        self.know("uri", quote(subject.uri, safe=""))
        if subject.gtin or subject.sscc:
            self.know("code", subject.path.removeprefix("/"))
        for variable, value in (("gln", subject.gln), ("gtin", subject.gtin)):
            if value:
                self.know(variable, value)

    def learn(self, address: str, body: bytes) -> None:
        """Learn what an answer names."""
        text = body.decode("utf-8", "replace")
        for uri in re.findall(r"https://id\.gs1\.org/[A-Za-z0-9/%._~!$&()*+,;=:@-]+", text):
            self.learn_subject(uri.rstrip(".,;"))
        self.know("digest", *re.findall(r"\b[0-9a-f]{64}\b", text))
        self.know("gln", *re.findall(r"parties[:/]([0-9]{13})\b", text))
        self.know("public_key", *re.findall(r"\bz6Mk[1-9A-HJ-NP-Za-km-z]{44}\b", text))
        if address == "/ledger/checkpoint" and text:
            paths = (tile.path() for tile in tiles.tiles_for(0, int(text.splitlines()[1])))
            self.know("path", *(path.removeprefix("tile/") for path in paths))
        if address.startswith("/ledger/tile/entries/"):
            self.know("digest", *(entry.hex() for entry in tiles.decode_bundle(body)))

    def addresses(self) -> Iterator[str]:
        """All addresses of the table, with each value that is known now."""
        for template in ADDRESSES:
            variables = re.findall(r"\{(\w+)\}", template)
            values = [sorted(self.known.get(name, ())) for name in variables]
            longest = max(map(len, values), default=1) if all(values) else 0
            for i in range(longest):
                chosen = (each[i % len(each)] for each in values)
                yield template.format(**dict(zip(variables, chosen, strict=True)))

    def go(self, hidden: set[str]) -> None:
        """Ask for all, note where any of `hidden` is told, and learn."""
        while new := [address for address in self.addresses() if address not in self.asked]:
            for address in new:
                answer: Any = Client().get(address, headers=self.headers)
                body = b"".join(answer) if answer.streaming else answer.content
                self.asked[address] = answer
                self.look(address, body, answer, hidden)
                self.learn(address, body)

    def look(self, address: str, body: bytes, answer: HttpResponse, hidden: set[str]) -> None:
        """Note which of `hidden` are in an answer."""
        whole = body + repr(dict(answer.headers)).encode()
        if told := {word for word in hidden if word.encode() in whole}:
            self.found[address] = told


def walked(*uris: str, **headers: str) -> Walk:
    """The walk of a reader with the codes of these items."""
    walk = Walk(headers)
    walk.know("name", *documents.NAMES, *documents.FILES)
    walk.know("kind", *(act.value for act in Act if not act.is_claim))
    walk.know("id", SAMPLES["id"])
    for uri in uris:
        walk.learn_subject(uri)
    walk.go(hidden_from(*uris))
    return walk


def told_against_the_table(walk: Walk) -> list[tuple[str, int]]:
    """Answers to addresses that tell a stranger nothing, by the table, and were answered."""
    closed = [address.partition("?")[0] for address, told in ADDRESSES.items() if told == "nothing"]
    patterns = [re.sub(r"\\\{\w+\\\}", ".+?", re.escape(address)) for address in closed]
    return [
        (address, answer.status_code)
        for address, answer in walk.asked.items()
        if any(re.fullmatch(pattern, address.partition("?")[0]) for pattern in patterns)
        and answer.status_code not in NOTHING
    ]


def check_complete(walk: Walk) -> None:
    """Every row of the ledger was asked for, and no answer was an error of ours or "too many"."""
    answers = {address: answer.status_code for address, answer in walk.asked.items()}
    assert [each for each in answers.items() if each[1] not in {200, *NOTHING}] == []
    events = [a for a in walk.asked if re.fullmatch("/api/v1/events/[0-9a-f]{64}", a)]
    answered = [a for a in events if walk.asked[a].status_code == 200]
    assert len(answered) == int(walk.asked["/ledger/checkpoint"].content.splitlines()[1])


@pytest.mark.usefixtures("loaded")
def test_from_the_ledger_alone_a_stranger_finds_no_item_and_no_number_of_a_paper() -> None:
    walk = walked()
    check_complete(walk)
    assert walk.found == {}
    assert told_against_the_table(walk) == []


@pytest.mark.parametrize("name", ["checked_out", "corrected"])
def test_with_the_code_of_an_item_a_stranger_finds_no_other(loaded: demo.Demo, name: str) -> None:
    walk = walked(uri_of(loaded, name))
    check_complete(walk)
    assert walk.asked[loaded.paths[name]].status_code == 200
    assert walk.asked[f"{loaded.paths[name]}?format=bundle"].status_code == 200
    assert walk.found == {}
    assert told_against_the_table(walk) == []


def test_a_party_without_a_part_in_the_goods_finds_no_more(loaded: demo.Demo) -> None:
    walk = walked(uri_of(loaded, "checked_out"), **asked_by(cast.OFFICE))
    check_complete(walk)
    assert walk.found == {}


def test_the_page_of_an_item_tells_of_no_other_in_any_language_or_format(loaded: demo.Demo) -> None:
    walk = Walk()
    asked = [{"accept-language": language} for language, _ in settings.LANGUAGES]
    asked += [{"accept": accept} for accept in ACCEPT]
    for name in ITEMS:
        hidden = hidden_from(uri_of(loaded, name))
        for headers in asked:
            answer: Any = Client().get(loaded.paths[name], headers=headers)
            walk.look(f"{name} {headers}", answer.content, answer, hidden)
            assert answer.status_code == 200
    assert walk.found == {}


# --- the bundles of the stories -----------------------------------------------------


def asked_by(actor: cast.Actor | None) -> dict[str, str]:
    """The headers of a party that asks, or a stranger."""
    if actor is None:
        return {}
    party = Party.objects.get(gln=actor.gln)
    _, key = PartyApiKey.objects.create_key(name="walk", party=party, scopes=list(Scope))
    return {"authorization": f"Api-Key {key}"}


def test_the_bundle_of_each_story_names_no_other_item_and_no_number_of_a_paper(
    loaded: demo.Demo, tmp_path: Path
) -> None:
    """Who has a pallet may see what it held, and no more."""
    assert {*ITEMS, *HOLDERS} == loaded.paths.keys()
    items = Subject.objects.filter(kind=gs1.SubjectKind.ITEM).values_list("uri", flat=True)
    for name in loaded.paths:
        uri, headers = uri_of(loaded, name), asked_by(HOLDERS.get(name))
        served = Client().get("/api/v1/bundles", {"uri": uri}, headers=headers)
        hidden = hidden_from(*(items if name == "pallet" else [uri]))
        assert (name, [word for word in hidden if word.encode() in served.content]) == (name, [])
        answer = Client().get("/api/v1/verdicts", {"uri": uri}, headers=headers).json()
        assert command(uri, served.content, tmp_path)["answer"] == answer["verdict"], name


def command(uri: str, served: bytes, folder: Path) -> dict[str, Any]:
    """The report of `python -m provenance.core` on a bundle."""
    trust = folder / "trust.json"
    trust.write_bytes(Client().get("/ledger/trust.json").content)
    words = [sys.executable, "-m", "provenance.core", "-", "--json"]
    done = subprocess.run(
        [*words, "--trust", str(trust), "--expect", uri],
        cwd=settings.BASE_DIR,
        input=served,
        capture_output=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report
